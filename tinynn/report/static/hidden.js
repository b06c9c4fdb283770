// hidden.py: units as pictures with a bar per class under each; class and unit are highlighted everywhere.
tinynn.block("hidden", (section, data, plots) => {
  "use strict";
  const {element, signed, draw} = tinynn, {classes, v, c, activity, labels} = data;
  const [ch, h, w] = data.shape, k = classes.length, u = data.filters.shape[0], pixels = ch * h * w;
  const find = (name) => section.querySelector(name), chooser = find("select"), many = u > 20;
  const largest = Math.max(...Array.from(v, Math.abs)), SVG = "http://www.w3.org/2000/svg";
  let image = 0, unit = 0;

  function bars(j, named = false) {
    const svg = document.createElementNS(SVG, "svg");
    const room = named ? 1.5 * Math.max(...classes.map((name) => name.length)) : 0;  // for names, written aslant
    svg.setAttribute("viewBox", `${-room / 2} -11 ${6 * k + room / 2} ${22 + room + named}`);
    svg.setAttribute("aria-hidden", "true");
    for (let i = 0; i < k; i++) {
      const value = v[i * u + j] / largest * 10, rect = document.createElementNS(SVG, "rect");
      for (const [name, at] of Object.entries({x: 6 * i + 1, y: Math.min(-value, 0), width: 4, height: Math.max(Math.abs(value), 0.4)})) {
        rect.setAttribute(name, at);
      }
      rect.setAttribute("class", `of${i} ${value < 0 ? "minus" : "plus"}`);
      rect.addEventListener("mouseenter", () => { chooser.value = i; show(); });
      svg.append(rect);
      if (!named) continue;
      const text = document.createElementNS(SVG, "text");
      text.setAttribute("transform", `translate(${6 * i + 4} 13) rotate(-60)`);
      text.textContent = classes[i];
      svg.append(text);
    }
    return svg;
  }
  const small = (paint, rem) => draw.size(paint(element("canvas", {})), `${rem}rem`);
  const images = Array.from(labels, (label, i) => element("button", {type: "button", class: "tile", ariaLabel: `test image of ${classes[label]}`},
    small((canvas) => draw.image(canvas, data.images.slice(i * pixels, (i + 1) * pixels), ch, h, w), 3.2), classes[label]));
  images.forEach((button, i) => button.addEventListener("click", () => { image = i; show(); }));
  const filter = (j, rem) => small((canvas) => draw.weights(canvas,
    Float32Array.from(data.filters.slice(j * pixels, (j + 1) * pixels), (b) => b / 127.5 - 1), ch, h, w, 1), rem);
  const units = Array.from({length: u}, (_, j) => {
    const answer = element("span", {class: "answer"});
    const button = element("button", {type: "button", class: "tile"},
      filter(j, many ? 2.6 : 5), answer, bars(j));
    tinynn.point(button, () => { unit = j; show(); });
    return button;
  });
  find(".images").replaceChildren(...images.map((button) => element("li", {}, button)));
  find(".units").replaceChildren(...units.map((button) => element("li", {}, button)));
  tinynn.arrows(images, 1);
  tinynn.arrows(units, 1);

  function show() {
    const kind = Number(chooser.value), a = activity.slice(image * u, (image + 1) * u);
    const red = tinynn.colour("positive"), blue = tinynn.colour("negative");
    const colours = (values) => values.map((value) => (value < 0 ? blue : red));
    const fromUnit = classes.map((_, i) => a[unit] * v[i * u + unit]);
    const toClass = Array.from(a, (value, j) => value * v[kind * u + j]);
    const score = toClass.reduce((sum, value) => sum + value, c[kind]);
    plots.of_unit.set("bars", {x: classes, top: fromUnit, colour: colours(fromUnit)});
    const names = toClass.map((_, j) => String(j + 1));
    plots.of_class.set("bars", {x: names, top: toClass, colour: colours(toClass)});
    units.forEach((button, j) => {
      button.setAttribute("aria-pressed", String(j === unit));
      button.querySelector(".answer").textContent = many ? "" : a[j].toFixed(2);
      button.setAttribute("aria-label", `unit ${j + 1}, answer ${a[j].toFixed(2)}, weight to ${classes[kind]} ${signed(v[kind * u + j], 2)}`);
      button.querySelectorAll("rect").forEach((rect, i) => rect.classList.toggle("on", i === kind));
    });
    images.forEach((button, i) => button.setAttribute("aria-pressed", String(i === image)));
    if (many) {
      find(".chosen").replaceChildren(filter(unit, 6.5), bars(unit, true));
      find(".chosen canvas").setAttribute("role", "img");
      find(".chosen canvas").setAttribute("aria-label", `what unit ${unit + 1} looks for`);
      find(`.chosen rect.of${kind}`).classList.add("on");
    }
    find("h3.unit").textContent = `Unit ${unit + 1} answers ${a[unit].toFixed(2)}: what it adds to each class`;
    find("h3.class").textContent = `${classes[kind]}: bias ${signed(c[kind], 2)} and ${u} units make ${signed(score, 2)}`;
    Object.assign(section.dataset, {score, answer: a[unit]});
  }
  chooser.addEventListener("change", show);
  document.addEventListener("theme", show);
  chooser.value = labels[0];
  unit = Array.from({length: u}, (_, j) => j).sort((p, q) => activity[q] - activity[p])[0];  // the busiest
  show();
});
