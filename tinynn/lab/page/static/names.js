// What Bokeh leaves without a name behind its shadow roots: handles of sliders and buttons of spinners.
const inside = (model, what) => Bokeh.index.get_one(model).shadow_el.querySelectorAll(what);

function tell(slider, text) {
  const [handle] = inside(slider, "[role=slider]");
  const write = () => {
    if (handle.getAttribute("aria-valuetext") !== text()) handle.setAttribute("aria-valuetext", text());
  };
  handle.setAttribute("aria-label", slider.title);
  new MutationObserver(write).observe(handle, {attributeFilter: ["aria-valuetext"]});  // noUiSlider's is "2.50"
  write();
  return write;
}
for (const slider of sliders) tell(slider, () => String(slider.value));
const seen = document.getElementById("lab-stage");
new MutationObserver(tell(stage, () => seen.textContent)).observe(seen, {childList: true});

for (const spinner of spinners) {
  const words = ["up", "down"];
  for (const button of inside(spinner, ".bk-spin-btn")) {
    button.setAttribute("aria-label", `${spinner.title}: ${words.shift()}`);
    button.tabIndex = -1;  // they know the mouse alone; the arrow keys in the field do the same
  }
}

// A file that is too large for the connection would end it: send as much of it as is refused for its size.
Bokeh.index.get_one(upload).shadow_el.addEventListener("change", ({target}) => {
  const [file] = target.files;
  if (file === undefined || file.size <= largest) return;
  const cut = new DataTransfer();
  cut.items.add(new File([file.slice(0, largest + 1)], file.name, {type: file.type}));
  target.files = cut.files;
}, true);
