// ledger.py: the entries of the chosen weight, sorted by size, with their running sum.
tinynn.block("ledger", (section, data, plots) => {
  "use strict";
  const {element, signed} = tinynn, find = (name) => section.querySelector(name);
  const chooser = find("select"), wires = [...section.querySelectorAll(".wire")];
  const wire = (layer, out, into) => wires.find((line) => Number(line.dataset.layer) === layer
    && Number(line.dataset.out) === out && Number(line.dataset.in) === into);

  function label(weight, i) {
    if (weight.labels) return weight.labels[i];
    const p = weight.path.shape[1], path = Array.from(weight.path.slice(i * p, (i + 1) * p), (n) => n + 1);
    return `sample ${weight.sample[i] + 1}: ${[weight.weight[2] + 1, ...path].join(" \u2192 ")}`;
  }

  // The lines from the weight to the output that an entry stands for.
  function way(weight, i) {
    wires.forEach((line) => line.classList.remove("way"));
    if (weight.labels || !wires.length) return;
    const p = weight.path.shape[1], path = weight.path.slice(i * p, (i + 1) * p);
    for (let n = 0; n + 1 < p; n++) wire(weight.weight[0] + 1 + n, path[n + 1], path[n]).classList.add("way");
  }

  function show() {
    const weight = data.weights[Number(chooser.value)], values = Array.from(weight.contribution);
    const order = values.map((_, i) => i).sort((a, b) => Math.abs(values[b]) - Math.abs(values[a]));
    const largest = Math.abs(values[order[0]]) || 1, sums = [0];
    const rows = order.map((i, place) => {
      sums.push(sums[place] + values[i]);
      const bar = element("span", {class: `bar ${values[i] < 0 ? "minus" : ""}`});
      bar.style.width = `${Math.abs(values[i]) / largest * 100}%`;
      const cell = element("td", {}, bar);
      cell.style.width = "28%";
      const row = element("tr", {}, element("td", {}, label(weight, i)),
        element("td", {class: "right"}, signed(values[i], 5)), cell, element("td", {class: "right"}, signed(sums[place + 1], 5)));
      row.dataset.value = values[i];
      for (const event of ["mouseenter", "focus"]) row.addEventListener(event, () => way(weight, i));
      return row;
    });
    find("tbody").replaceChildren(...rows);
    tinynn.arrows(rows, 1);
    find(".scroll").scrollTop = 0;
    const total = sums[sums.length - 1], off = Math.abs(total - weight.gradient);
    find(".told").textContent = `${weight.name}: ${values.length} entries add up to ${signed(total, 6)}; autograd finds `
      + `${signed(weight.gradient, 6)} (difference ${off ? off.toExponential(0) : "none"})`;
    Object.assign(find(".told").dataset, {sum: total, gradient: weight.gradient});
    plots.sums.set("sums", {x: sums.map((_, i) => i), y: sums});
    plots.sums.set("gradient", {x: [0, values.length], y: [weight.gradient, weight.gradient]});
    wires.forEach((line) => line.classList.remove("chosen"));
    if (weight.weight && wires.length) wire(...weight.weight).classList.add("chosen");
    way(weight, order[0]);
  }
  chooser.addEventListener("change", show);
  wires.forEach((line) => line.addEventListener("click", () => {
    const {layer, out, in: into} = line.dataset;
    const found = data.weights.findIndex(({weight}) => weight[0] === Number(layer) && weight[1] === Number(out) && weight[2] === Number(into));
    chooser.value = found;
    show();
  }));
  show();
});
