// templates.py: weight x pixel = product; the products of a row of pixels are added to all scores at once.
tinynn.block("templates", (section, data, plots) => {
  "use strict";
  const {element, signed, percent, draw} = tinynn, {classes, w, b, inputs, images} = data;
  const [c, h, width] = data.shape, plane = h * width, pixels = c * plane, k = classes.length;
  const find = (name) => section.querySelector(name);
  const top = draw.scale(w);
  let chosen = 0, unit = 0;

  const products = (i, j) => w.slice(j * pixels, (j + 1) * pixels).map((v, n) => v * inputs[i * pixels + n]);

  // The score of class j after each row of pixels, the bias first.
  function adding(i, j) {
    const parts = products(i, j), sums = [b[j]];
    for (let row = 0; row < h; row++) {
      let sum = sums[row];
      for (let ch = 0; ch < c; ch++) {
        for (let col = 0; col < width; col++) sum += parts[ch * plane + row * width + col];
      }
      sums.push(sum);
    }
    return sums;
  }

  function show() {
    const all = classes.map((_, j) => adding(chosen, j)), scores = all.map((sums) => sums[h]);
    const highest = Math.max(...scores), powers = scores.map((z) => Math.exp(z - highest));
    const total = powers.reduce((a, v) => a + v, 0), parts = products(chosen, unit);
    draw.weights(find("canvas.weights"), w.slice(unit * pixels, (unit + 1) * pixels), c, h, width, top);
    const own = inputs.slice(chosen * pixels, (chosen + 1) * pixels);
    if (c === 1) draw.grey(find("canvas.image"), own, h, width, 1);
    else draw.weights(find("canvas.image"), own, c, h, width, 2.5);
    draw.sums(find("canvas.products"), parts, c, h, width);
    const sum = scores[unit] - b[unit];
    find(".told").textContent = `Score of ${classes[unit]}: bias ${signed(b[unit], 2)}, products ${signed(sum, 2)}`
      + ` in all, so ${signed(scores[unit], 2)}`;
    find(".told").dataset.score = scores[unit];
    const order = scores.map((_, j) => j).sort((a, d) => scores[d] - scores[a]);
    find(".scores tbody").replaceChildren(...order.map((j) => {
      const cells = [classes[j] + (j === data.labels[chosen] ? " (right)" : ""), signed(scores[j], 2), percent(powers[j] / total)];
      const row = element("tr", {}, ...cells.map((text, n) => element("td", {class: n ? "right" : ""}, text)));
      if (j === unit) row.style.fontWeight = "700";
      return row;
    }));
    const rows = all[0].map((_, row) => row);
    const front = classes.map((_, j) => j).sort((a, d) => (a === unit) - (d === unit));
    plots.lines.set("lines", {
      xs: front.map(() => rows), ys: front.map((j) => all[j]), name: front.map((j) => classes[j]),
      last: front.map((j) => scores[j]), width: front.map((j) => (j === unit ? 4 : 1.5)),
      colour: front.map((j) => tinynn.colour(j === unit ? "accent" : "dead")),
    });
    for (const [group, own] of [[".images", chosen], [".units", unit]]) {
      section.querySelectorAll(`${group} .tile`).forEach((tile, i) => tile.setAttribute("aria-pressed", String(i === own)));
    }
  }

  function tile(picture, text, told, take) {
    const button = element("button", {type: "button", class: "tile", ariaLabel: told}, picture, text);
    if (take.hover) tinynn.point(button, take.act);
    else button.addEventListener("click", take.act);
    return button;
  }
  const picture = (paint) => draw.size(paint(element("canvas", {})), "3.4rem");
  const pick = Array.from(data.labels, (label, i) => tile(
    picture((canvas) => draw.image(canvas, images.slice(i * pixels, (i + 1) * pixels), c, h, width)), classes[label],
    `test image of ${classes[label]}`, {act: () => { chosen = i; show(); }}));
  const units = classes.map((name, j) => tile(
    picture((canvas) => draw.weights(canvas, w.slice(j * pixels, (j + 1) * pixels), c, h, width, top)), name,
    `template of ${name}`, {hover: true, act: () => { unit = j; show(); }}));
  find(".images").replaceChildren(...pick.map((button) => element("li", {}, button)));
  find(".units").replaceChildren(...units.map((button) => element("li", {}, button)));
  tinynn.arrows(pick, 1);
  tinynn.arrows(units, 1);
  const canvas = find("canvas.products");
  const spot = element("span", {class: "spot", hidden: true});
  let x = 0, y = 0;
  canvas.tabIndex = 0;
  canvas.parentElement.append(spot);

  // The numbers of a product, and a frame around it.
  function look(column, row) {
    if (column < 0 || row < 0 || column >= width || row >= h) return;
    [x, y] = [column, row];
    spot.hidden = false;
    const wide = canvas.clientWidth / width, high = canvas.clientHeight / h;
    Object.assign(spot.style, {left: `${x * wide}px`, top: `${y * high}px`, width: `${wide}px`, height: `${high}px`});
    const at = [...Array(c).keys()].map((ch) => ch * plane + y * width + x);
    find(".pixel").textContent = `Row ${y + 1}, column ${x + 1}: ` + at.map((n) => {
      const v = w[unit * pixels + n], p = inputs[chosen * pixels + n];
      return `${signed(v)} × ${signed(p, 2)} = ${signed(v * p)}`;
    }).join("; ");
  }
  canvas.addEventListener("mousemove", (event) => look(Math.floor(event.offsetX / canvas.clientWidth * width),
    Math.floor(event.offsetY / canvas.clientHeight * h)));
  canvas.addEventListener("focus", () => look(x, y));
  canvas.addEventListener("keydown", (event) => {
    const step = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[event.key];
    if (!step) return;
    event.preventDefault();
    look(x + step[0], y + step[1]);
  });
  document.addEventListener("theme", show);
  unit = data.labels[0];
  show();
});
