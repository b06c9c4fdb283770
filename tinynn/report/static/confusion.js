// confusion.py: a cell that is pointed at or focused shows its samples; a click keeps them.
tinynn.block("confusion", (section, data, plots) => {
  "use strict";
  const {element, percent, draw} = tinynn, {classes, counts} = data, k = classes.length;
  const buttons = [...section.querySelectorAll("td button")];
  const heading = section.querySelector(".shown h3"), list = section.querySelector(".tiles");
  const note = section.querySelector(".chosen");
  const inCell = new Map();
  data.image.forEach((_, i) => {
    const cell = data.actual[i] * k + data.predicted[i];
    inCell.set(cell, [...(inCell.get(cell) || []), i]);
  });
  let kept = null, shown = null;

  function probabilities(i, tile) {
    list.querySelectorAll(".tile").forEach((other) => other.classList.toggle("on", other === tile));
    const p = data.p.slice(i * k, (i + 1) * k);
    plots.bars.set("bars", {y: classes, right: Array.from(p)});
    const said = classes[data.predicted[i]], actual = classes[data.actual[i]];
    note.textContent = `Test image ${data.image[i]}: ${said} with ${percent(data.p[i * k + data.predicted[i]])}`
      + (said === actual ? "" : `; the right answer, ${actual}, has ${percent(data.p[i * k + data.actual[i]])}`);
  }

  function show(cell) {
    if (cell === shown) return;
    shown = cell;
    const row = Math.floor(cell / k), column = cell % k, members = inCell.get(cell) || [], count = counts[cell];
    const what = row === column ? `${classes[row]}, rightly` : `${classes[row]} taken for ${classes[column]}`;
    heading.textContent = `${what}: ${count}`
      + (count > members.length ? `, the ${members.length} surest of them` : "");
    list.replaceChildren(...members.map((i) => {
      const tile = element("button", {type: "button", class: "tile"},
        draw.sprite(data.sheet, i, 3.4), percent(data.p[i * k + column]));
      tile.dataset.image = data.image[i];
      tile.dataset.p = data.p[i * k + column];
      tile.setAttribute("aria-label", `test image ${data.image[i]}, ${percent(data.p[i * k + column])} ${classes[column]}`);
      tinynn.point(tile, () => probabilities(i, tile));
      return element("li", {}, tile);
    }));
    if (members.length) probabilities(members[0], list.querySelector(".tile"));
    else { note.textContent = "No test image was taken so."; plots.bars.set("bars", {y: classes, right: classes.map(() => 0)}); }
  }

  function keep(button) {
    kept = button === kept ? null : button;
    buttons.forEach((b) => b.setAttribute("aria-pressed", String(b === kept)));
  }

  const cellOf = (button) => Number(button.dataset.row) * k + Number(button.dataset.column);
  buttons.forEach((button) => {
    tinynn.point(button, () => { if (!kept) show(cellOf(button)); });
    button.addEventListener("click", () => {
      keep(button);
      show(cellOf(kept || button));
    });
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && kept) keep(kept); });
  tinynn.arrows(buttons, k);
  let worst = 0, most = -1;  // to begin with: the most frequent mistake
  counts.forEach((count, cell) => {
    if (Math.floor(cell / k) !== cell % k && count > most) [worst, most] = [cell, count];
  });
  show(worst);
});
