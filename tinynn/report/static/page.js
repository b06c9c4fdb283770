// The frame of every page: packed arrays, light and dark, and a start for each block.
const tinynn = (() => {
  "use strict";
  const kinds = {};
  const embedded = [], views = [];
  const TYPES = {u1: Uint8Array, i4: Int32Array, f4: Float32Array, f8: Float64Array};

  function revive(value) {
    if (Array.isArray(value)) return value.map(revive);
    if (value === null || typeof value !== "object") return value;
    if ("$" in value) {
      const bytes = Uint8Array.from(atob(value.data), (c) => c.charCodeAt(0));
      const array = new TYPES[value.$](bytes.buffer);
      array.shape = value.shape;
      return array;
    }
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revive(inner)]));
  }

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  // A Bokeh figure takes the colours of the page; a glyph tagged "ink" is drawn as text is.
  function paint(figure) {
    const size = `${Math.round(0.8 * parseFloat(getComputedStyle(document.documentElement).fontSize))}px`;
    const ink = colour("ink"), soft = colour("soft"), faint = colour("faint"), paper = colour("paper");
    for (const model of figure.references()) {
      const target = model.glyph || model;
      const set = (values) => target.setv(Object.fromEntries(
        Object.entries(values).filter(([name]) => name in target.properties)));
      if (/Axis$/.test(model.type)) {
        set({axis_label_text_color: ink, major_label_text_color: ink, axis_line_color: soft,
          axis_label_text_font_size: size, major_label_text_font_size: size, axis_label_text_font_style: "normal"});
      } else if (model.type === "Grid") set({grid_line_color: faint});
      else if (model.type === "Legend") set({label_text_color: ink, label_text_font_size: size, background_fill_color: paper,
        background_fill_alpha: 0.8, border_line_color: null});
      else if (model.tags && model.tags.includes("ink")) {
        set({line_color: ink, text_color: ink});
      } else if (model.tags && model.tags.includes("soft")) set({line_color: soft, text_color: soft});
    }
  }

  function theme(dark) {
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    const button = document.getElementById("theme");
    button.setAttribute("aria-pressed", String(dark));
    embedded.forEach(paint);
    document.dispatchEvent(new CustomEvent("theme"));
  }

  // Paper is light, whatever the screen is; drawn at once, since the next frame comes after the printing.
  function printing() {
    let dark = false;
    addEventListener("beforeprint", () => {
      dark = document.documentElement.dataset.theme === "dark";
      theme(false);
      views.forEach((view) => view.paint());
    });
    addEventListener("afterprint", () => theme(dark));
  }

  async function plots(section) {
    const items = JSON.parse(section.querySelector("script.plots").textContent);
    const found = {};
    for (const [name, item] of Object.entries(items)) {
      const place = section.querySelector(`[data-plot="${name}"]`);
      const [view] = await Bokeh.embed.embed_item(item, place);
      view.canvas_view.events_el.tabIndex = -1;  // it has no keys of its own
      views.push(view);
      const model = Bokeh.documents[Bokeh.documents.length - 1].roots()[0];
      embedded.push(model);
      paint(model);
      found[name] = {
        model,
        get: (part) => model.document.get_model_by_name(part),
        set: (part, data) => { model.document.get_model_by_name(part).data_source.data = data; },
      };
    }
    return found;
  }

  async function start() {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    theme(dark.matches);
    dark.addEventListener("change", (event) => theme(event.matches));
    document.getElementById("theme").addEventListener("click", () =>
      theme(document.documentElement.dataset.theme !== "dark"));
    printing();
    for (const section of document.querySelectorAll("section.block")) {
      const data = revive(JSON.parse(section.querySelector("script.data").textContent));
      const drawn = await plots(section);
      const begin = kinds[section.dataset.kind];
      if (begin) begin(section, data, drawn);
    }
    document.documentElement.dataset.ready = "yes";
  }

  // A slider of block.py: calls back with its value now and on every change; returns a function that sets it.
  function slider(section, name, change) {
    const label = section.querySelector(`[data-slider="${name}"]`);
    const input = label.querySelector("input"), output = label.querySelector("output");
    const update = () => {
      const said = change(Number(input.value));
      if (said !== undefined) {
        output.textContent = said;
        input.setAttribute("aria-valuetext", said);
      }
    };
    input.addEventListener("input", update);
    const set = (value) => { input.value = value; update(); };
    set.input = input;
    set.update = update;
    return set;
  }

  // Arrow keys inside a group of buttons; one of them is in the tab order.
  function arrows(buttons, columns) {
    buttons.forEach((button, i) => {
      button.tabIndex = i ? -1 : 0;
      button.addEventListener("focus", () => buttons.forEach((b) => { b.tabIndex = b === button ? 0 : -1; }));
      button.addEventListener("keydown", (event) => {
        const step = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns}[event.key];
        const next = buttons[i + step];
        if (step === undefined || !next) return;
        event.preventDefault();
        next.focus();
      });
    });
  }

  // Calls back where somebody points at, focuses or presses an element; not where the page scrolls under the pointer.
  let pointer = "";
  document.addEventListener("mousemove", (event) => { pointer = `${event.screenX},${event.screenY}`; });
  function point(target, act) {
    target.addEventListener("mouseenter", (event) => { if (`${event.screenX},${event.screenY}` !== pointer) act(); });
    target.addEventListener("focus", act);
    target.addEventListener("click", act);
  }

  // Text with a sign and so many digits; never "-0.00".
  const signed = (value, digits = 3) => {
    const text = Math.abs(value).toFixed(digits);
    return `${value < 0 && Number(text) ? "\u2212" : "+"}${text}`;
  };
  const percent = (value, digits = 1) => `${(100 * value).toFixed(digits)} %`;
  const element = (tag, options = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(options)) {
      if (name === "class") made.className = value;
      else if (name in made) made[name] = value;
      else made.setAttribute(name, value);
    }
    made.append(...children);
    return made;
  };

  document.addEventListener("DOMContentLoaded", start);
  return {block: (kind, begin) => { kinds[kind] = begin; }, slider, arrows, point, signed, percent, element, colour};
})();
