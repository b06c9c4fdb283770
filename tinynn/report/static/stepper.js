// stepper.py: step k of 2 n; the first n are the ops in order, the others the same ops from the last to the first.
tinynn.block("stepper", (section, data) => {
  "use strict";
  const {element, signed} = tinynn, {nodes, sources} = data;
  const byName = Object.fromEntries(nodes.map((node) => [node.name, node]));
  const ops = nodes.filter((node) => node.op), n = ops.length, last = ops[n - 1];
  const find = (name) => section.querySelector(name), rung = find("select");
  const boxes = Object.fromEntries([...section.querySelectorAll(".node")].map((g) => [g.dataset.name, g]));
  const edges = [...section.querySelectorAll("path.edge")], texts = [...section.querySelectorAll("text.edge")];
  const number = (v, digits = 3) => signed(v, digits).replace("+", "");

  // After k steps: which values are known, the gradient so far, what each edge has carried back.
  function state(k) {
    const known = new Set(nodes.filter((node) => !node.op).map((node) => node.name));
    ops.slice(0, Math.min(k, n)).forEach((op) => known.add(op.name));
    const grads = {}, carried = {};
    if (k >= n) grads[last.name] = 1;  // dC/dC: where it begins
    for (const op of ops.slice(Math.max(0, 2 * n - k)).reverse()) {
      op.inputs.forEach((name, i) => {
        const down = grads[op.name] * op.locals[i];
        carried[`${name}>${op.name}>${i}`] = [grads[op.name], op.locals[i], down];
        grads[name] = (grads[name] || 0) + down;
      });
    }
    const op = k === 0 ? null : k <= n ? ops[k - 1] : ops[2 * n - k];
    return {known, grads, carried, op, way: k <= n ? "forward" : "backward"};
  }

  function words({op, way, carried, grads}) {
    if (!op) return [element("p", {}, `The inputs and weights are given. ${n} ops follow, then the same ${n} backwards.`)];
    const letters = "ab", values = op.inputs.map((name) => byName[name].value);
    const title = element("h3", {}, way === "forward" ? `Forward: ${op.name}` : `Backward through ${op.name}`);
    const formula = element("p", {}, element("code", {}, `${op.name} = ${op.formula.replace(/\b([ab])\b/g,
      (_, letter) => op.inputs[letters.indexOf(letter)])}`));
    if (way === "forward") {
      const filled = op.formula.replace(/\b([ab])\b/g, (_, letter) => number(values[letters.indexOf(letter)]));
      return [title, formula, element("p", {class: "number"}, `${filled} = ${number(op.value)}`)];
    }
    const rows = op.inputs.map((name, i) => {
      const [up, local, down] = carried[`${name}>${op.name}>${i}`];
      const cells = [name, number(up), `${number(local)}`, number(down), number(grads[name])];
      const rule = op.rules[i].replace(/\b([ab])\b/g, (_, letter) => op.inputs[letters.indexOf(letter)]).replace(/\by\b/g, op.name);
      cells[2] += ` (${rule})`;
      return element("tr", {}, ...cells.map((text, c) => element("td", {class: c ? "right" : ""}, text)));
    });
    const head = element("tr", {}, ...["to", "upstream", "local", "product", "sum"].map((text, c) =>
      element("th", {class: c ? "right" : ""}, text)));
    return [title, formula, element("table", {class: "rows"}, element("thead", {}, head), element("tbody", {}, ...rows))];
  }

  function source({op, way}) {
    if (!op) return [];
    const pieces = sources[op.op][way][rung.value], kernel = element("h3", {}, `What computes it: ${way}, ${op.op}`);
    if (!pieces.length) return [kernel, element("p", {class: "note"}, "This kernel has no version on this rung; it runs on the native one.")];
    return [kernel, ...pieces.flatMap((piece) => {
      const lines = piece.text.split("\n").map((text, i) => {
        const line = `${String(piece.first + i).padStart(4)}  ${text}`;
        return piece.marks.includes(i) ? element("mark", {}, line) : line;
      });
      const pre = element("pre", {tabIndex: 0}, ...lines.flatMap((line, i) => (i ? ["\n", line] : [line])));
      return [element("p", {class: "note"}, `${piece.path}, line ${piece.first}`), pre];
    })];
  }

  function show(k) {
    const now = state(k);
    for (const node of nodes) {
      const box = boxes[node.name], grad = now.grads[node.name];
      box.classList.toggle("on", now.op === node);
      box.classList.toggle("unknown", !now.known.has(node.name));
      box.querySelector(".value").textContent = now.known.has(node.name) ? number(node.value) : "";
      const text = box.querySelector(".grad");
      text.textContent = grad === undefined ? "" : signed(grad);
      text.setAttribute("class", `grad ${grad < 0 ? "down" : "up"}`);
      box.dataset.grad = grad === undefined ? "" : grad;
    }
    edges.forEach((edge, i) => {
      const carried = now.carried[`${edge.dataset.from}>${edge.dataset.to}>${edge.dataset.input}`];
      const on = now.op && now.op.name === edge.dataset.to;
      for (const part of [edge, texts[i]]) part.classList.toggle("on", Boolean(on));
      edge.classList.toggle("carried", Boolean(carried));
      texts[i].textContent = !carried ? "" : on
        ? `${number(carried[0], 2)} \u00d7 ${number(carried[1], 2)} = ${number(carried[2], 2)}` : number(carried[2], 2);
    });
    for (const option of rung.options) option.disabled = Boolean(now.op) && !sources[now.op.op][now.way][option.value].length;
    find(".told").replaceChildren(...words(now));
    const code = find(".source");
    code.replaceChildren(...source(now));
    for (const pre of code.querySelectorAll("pre")) {
      const mark = pre.querySelector("mark");
      if (mark) pre.scrollTop = mark.offsetTop - pre.offsetTop - pre.clientHeight / 3;
    }
    const graph = find(".graph"), own = now.op && boxes[now.op.name].querySelector("rect");
    if (own && graph.scrollWidth > graph.clientWidth) {
      const from = own.getBoundingClientRect(), window_ = graph.getBoundingClientRect();
      graph.scrollLeft += from.left - window_.left - graph.clientWidth / 2;
    }
    find(".back").disabled = k === 0;
    find(".next").disabled = k === 2 * n;
    return k === 0 ? "Nothing computed yet" : k === 2 * n ? `Step ${k} of ${2 * n}: all gradients are there`
      : `Step ${k} of ${2 * n}: ${now.way}`;
  }
  const set = tinynn.slider(section, "step", show);
  const move = (by) => set(Math.min(Math.max(Number(set.input.value) + by, 0), 2 * n));
  find(".back").addEventListener("click", () => move(-1));
  find(".next").addEventListener("click", () => move(1));
  rung.addEventListener("change", set.update);
  set(0);
});
