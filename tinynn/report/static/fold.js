// fold.py: all of it is computed here from the weights of the chosen moment; stages are input, affine 1, act 1, ...
tinynn.block("fold", (section, data, plots) => {
  "use strict";
  const {between, cells, reach, labels} = data, n = labels.length, LINES = 21, FINE = 61;
  const find = (name) => section.querySelector(name);
  const chooser = find("select"), play = find(".play");
  const rgb = data.colours.map((c) => [1, 3, 5].map((i) => parseInt(c.slice(i, i + 2), 16)));
  const at = (i, count) => -reach + 2 * reach * i / (count - 1);
  const starts = Array.from({length: n}, (_, i) => [data.x[2 * i], data.x[2 * i + 1]]);
  const rows = [], columns = [];
  for (let i = 0; i < LINES; i++) {
    rows.push(Array.from({length: FINE}, (_, j) => [at(j, FINE), at(i, LINES)]));
    columns.push(Array.from({length: FINE}, (_, j) => [at(i, LINES), at(j, FINE)]));
  }
  const step = 2 * reach / cells;
  const places = Array.from({length: cells * cells}, (_, i) =>
    [-reach + (i % cells + 0.5) * step, -reach + (Math.floor(i / cells) + 0.5) * step]);
  let net, moment, layers, hidden;

  // The weights of one moment: per layer rows [w..., b].
  function choose() {
    net = data.nets[Number(chooser.value)];
    layers = net.weights.map((w, l) => {
      const [, out, into] = w.shape;
      return Array.from({length: out}, (_, o) => {
        const from = (moment * out + o) * into;
        return [...w.slice(from, from + into), net.biases[l][moment * out + o]];
      });
    });
    hidden = layers.length - 1;
  }
  const bend = (v) => (net.activation === "relu" ? Math.max(v, 0) : Math.tanh(v));
  const affine = (layer, h) => layer.map((row) => row.reduce((sum, w, i) => sum + w * (i < h.length ? h[i] : 1), 0));

  // h after so many stages, the first layer whose ReLU put it into one point (0: none did), and the dimensions
  // that are left around it: the fewest units that let it pass in any layer so far, 2 at most.
  function through(point, stages) {
    let h = point, lost = 0, left = 2;
    for (let s = 0; s < stages; s++) {
      if (s % 2 === 0) h = affine(layers[s / 2], h);
      else {
        if (net.activation === "relu") left = Math.min(left, h.filter((v) => v > 0).length);
        if (!lost && !left) lost = (s + 1) / 2;
        h = h.map(bend);
      }
    }
    return [h, lost, left];
  }
  function view(stage, h) {
    const k = h.length, turn = net.turns[stage], from = 2 * k * moment, off = net.offsets[stage];
    return [0, 1].map((d) => h.reduce((sum, v, i) => sum + turn[from + d * k + i] * v, off[2 * moment + d]));
  }

  // From one stage to the next: an affine map of the plane turns by a growing angle while it stretches; all
  // else goes straight. A = turn(angle) S; where A mirrors there is no such turn.
  function mover(stage) {
    const straight = (a, b, t) => [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])];
    const layer = layers[stage / 2];
    if (stage % 2 || layer.length !== 2) return straight;
    const [[a, b, e], [c, d, f]] = layer;
    if (a * d - b * c <= 0) return straight;
    const angle = Math.atan2(c - b, a + d), co = Math.cos(angle), si = Math.sin(angle);
    const s = [[co * a + si * c, co * b + si * d], [-si * a + co * c, -si * b + co * d]];
    return (p, _, t) => {
      const m = [[1 + t * (s[0][0] - 1), t * s[0][1]], [t * s[1][0], 1 + t * (s[1][1] - 1)]];
      const x = m[0][0] * p[0] + m[0][1] * p[1], y = m[1][0] * p[0] + m[1][1] * p[1];
      const u = Math.cos(t * angle), v = Math.sin(t * angle);
      return [u * x - v * y + t * e, v * x + u * y + t * f];
    };
  }

  function told(h) {
    const z = affine(layers[hidden], h), top = Math.max(...z), e = z.map((v) => Math.exp(v - top));
    const best = z.indexOf(top);
    return [best, e[best] / e.reduce((a, v) => a + v, 0), z.length];
  }
  const pack = ([r, g, b], alpha) => ((Math.round(255 * alpha) << 24) | (b << 16) | (g << 8) | r) >>> 0;
  function paint(name, plot, colour) {
    const source = plot.get(name).data_source;
    source.data.image[0].set(colour);
    source.change.emit();
  }

  // What a stage does to the points, counted.
  const ofAll = (count) => `${count} of ${n} points`;
  const list = (words) => words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;
  const colours = (counts) => list(counts.map((count, k) => [count, k]).filter(([count]) => count)
    .map(([count, k]) => `${count} ${data.named[k % data.named.length]}`));
  function census(stage) {
    const relu = net.activation === "relu", layer = Math.ceil(stage / 2), heaps = new Map();
    const kinds = Math.max(...labels) + 1, all = Array(kinds).fill(0);
    let line = 0;
    starts.forEach((p, i) => {
      const [h, lost, left] = through(p, stage), place = h.join();
      all[labels[i]] += 1;
      line += left === 1;
      if (!lost) return;
      if (!heaps.has(place)) heaps.set(place, Array(kinds).fill(0));
      heaps.get(place)[labels[i]] += 1;
    });
    const sum = (counts) => counts.reduce((a, v) => a + v, 0);
    const found = [...heaps.values()].sort((a, b) => sum(b) - sum(a));
    const lost = found.reduce((a, heap) => a + sum(heap), 0);
    const wrong = found.reduce((a, heap) => a + sum(heap) - Math.max(...heap), 0);
    const before = stage ? starts.map((p) => through(p, 2 * layer - 1)[0]) : [], units = stage ? before[0].length : 0;
    const below = Array.from({length: units}, (_, u) => before.filter((z) => z[u] <= 0).length);
    const silent = below.flatMap((count, u) => (count === n ? [u + 1] : []));
    Object.assign(section.dataset, {line, wrong, silent: relu ? silent.length : 0});
    if (!stage) return `The input: ${colours(all)} points.`;
    if (!relu && stage % 2) return "Turned, stretched and sheared: straight lines stay straight, and nothing is lost.";
    if (!relu) {
      const edge = starts.filter((p) => through(p, stage)[0].some((v) => Math.abs(v) > 0.99)).length;
      return `tanh squeezes everything to between \u22121 and 1. Nothing is pressed into one point; for ${ofAll(edge)} a `
        + "unit is within 0.01 of a limit, where tanh is almost flat: what differs there ends close together, and hardly any gradient comes back.";
    }
    if (stage % 2) {
      if (units > 2) return `Of ${units} units, ${silent.length || "none"} ${silent.length > 1 ? "are" : "is"} negative for all points, and ReLU will put what is negative to 0.`;
      return `Negative, so that ReLU will put them to 0: ${list(below.map((count, u) => `unit ${u + 1} for ${count === n ? `all ${n}` : `${count} of ${n}`} points`))}.`;
    }
    const parts = [];
    if (silent.length === units) parts.push("All units are 0 for all points: they are one point now, and no gradient reaches this layer or those before it.");
    else if (silent.length && units === 2) parts.push(`Unit ${silent[0]} is 0 for all points: they lie on one line now, and no gradient reaches the weights of this unit.`);
    else if (silent.length) parts.push(`${silent.length} of ${units} units ${silent.length > 1 ? "are" : "is"} 0 for all points.`);
    parts.push(`So far ${ofAll(line)} are pressed onto lines and ${lost || "none"} into ${found.length > 1 ? `${found.length} single points` : "one single point"}`
      + (lost ? ` (${found.map(colours).join("; ")}).` : "."));
    if (lost) parts.push(wrong ? `Points in one place get one answer: ${wrong} must be wrong.` : "Each place has one colour only, so that nothing is lost by it.");
    return parts.join(" ");
  }

  let counted = "";
  function show(position) {
    const stage = Math.min(Math.floor(position / between), 2 * hidden - 1), raw = position / between - stage;
    const t = raw * raw * (3 - 2 * raw), move = mover(stage), after = t > 0 ? stage + 1 : stage;
    const place = (point) => {
      const [h] = through(point, stage), [next, lost] = through(point, stage + 1);
      const here = view(stage, h);
      return [t === 0 ? here : move(here, view(stage + 1, next), t), t > 0 ? lost : through(point, stage)[1]];
    };
    const gone = {xs: [], ys: []};
    const lines = (all) => {
      const kept = {xs: [], ys: []};
      for (const line of all) {
        const moved = line.map(place), alive = moved.map(([, lost]) => !lost);
        const cut = (keep) => moved.map(([p], i) => (keep(i) ? p : [NaN, NaN]));
        const near = (i) => alive[i] || alive[i - 1] || alive[i + 1];
        for (const [to, part] of [[kept, cut(near)], [gone, cut((i) => !alive[i])]]) {
          to.xs.push(part.map((p) => p[0]));
          to.ys.push(part.map((p) => p[1]));
        }
      }
      return kept;
    };
    plots.moving.set("rows", lines(rows));
    plots.moving.set("columns", lines(columns));
    plots.moving.set("lost_lines", gone);
    const moved = starts.map(place), lost = moved.filter(([, l]) => l).length;
    const colour = Array.from(labels, (label, i) => (moved[i][1] ? "#7b858f" : data.colours[label % data.colours.length]));
    plots.moving.set("points", {x: moved.map(([p]) => p[0]), y: moved.map(([p]) => p[1]), colour});
    const reach = [0, 1].map((d) => {
      const all = [...moved.map(([p]) => p[d]), 0];
      return [Math.min(...all), Math.max(...all)];
    });
    const half = Math.max(...reach.map(([low, high]) => high - low)) * 0.55 || 1;  // of both: a turn looks like one
    const box = reach.map(([low, high]) => ({start: (low + high) / 2 - half, end: (low + high) / 2 + half}));
    plots.moving.model.x_range.setv(box[0]);
    plots.moving.model.y_range.setv(box[1]);
    straight(stage === 2 * hidden - 1 ? t : 0, box);
    plane(after);
    const act = net.activation === "relu" ? "ReLU" : net.activation, layer = Math.ceil(after / 2);
    const name = after === 0 ? "The input" : `Layer ${layer}: ${after % 2 ? "affine map" : act}`;
    const projected = net.weights[0].shape[1] > 2 && after > 0 ? ", seen along two directions" : "";
    find(".where").textContent = name + projected;
    Object.assign(section.dataset, {lost, x0: moved[0][0][0], y0: moved[0][0][1], stage: after});
    const key = `${chooser.value}/${moment}/${after}`;
    if (key !== counted) {
      counted = key;
      find(".told").textContent = census(after);
    }
    buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(position === i * between)));
    return `${name}${raw > 0 && raw < 1 ? `, ${Math.round(100 * raw)} % of the way` : ""}`;
  }

  // The three linear regions of the last hidden plane, as they appear with the last fold.
  function straight(t, [bx, by]) {
    const source = plots.moving.get("straight").data_source;
    if (net.weights[0].shape[1] !== 2 || t === 0) {
      paint("straight", plots.moving, new Uint32Array(cells * cells));
      return;
    }
    const w = bx.end - bx.start, h = by.end - by.start;
    const colour = Uint32Array.from({length: cells * cells}, (_, i) => {
      const [best, p, k] = told([bx.start + (i % cells + 0.5) / cells * w, by.start + (Math.floor(i / cells) + 0.5) / cells * h]);
      return pack(rgb[best % rgb.length], 0.5 * t * (p - 1 / k) / (1 - 1 / k));
    });
    Object.assign(source.data, {x: [bx.start], y: [by.start], dw: [w], dh: [h]});
    paint("straight", plots.moving, colour);
  }

  let drawn = "";
  function plane(stage) {
    const key = `${chooser.value}/${moment}/${Math.floor(stage / 2)}`;
    if (key === drawn) return;
    drawn = key;
    const layer = Math.floor(stage / 2);
    paint("regions", plots.plane, Uint32Array.from(places, (p) => {
      const [h, lost] = through(p, 2 * hidden), [best, sure, k] = told(h);
      return lost && lost <= layer ? pack([123, 133, 143], 0.9) : pack(rgb[best % rgb.length], 0.5 * (sure - 1 / k) / (1 - 1 / k));
    }));
  }

  function moments(value) {
    const most = data.nets[Number(chooser.value)].steps.length - 1;
    moment = Math.min(value, most);
    choose();
    time.input.max = most;
    if (stages) stages.update();
    const right = starts.filter((p, i) => told(through(p, 2 * hidden)[0])[0] === labels[i]).length;
    section.dataset.right = right;
    return `Step ${net.steps[moment].toLocaleString("en")}: ${right} of ${n} points right (${tinynn.percent(right / n)})`;
  }
  const buttons = [...section.querySelectorAll(".stages button")];
  buttons.forEach((button, i) => button.addEventListener("click", () => stages(i * between)));
  tinynn.arrows(buttons, 0);
  let stages = null, time = {input: section.querySelector("input[name=moment]")}, timer = null;
  const set = tinynn.slider(section, "moment", moments);
  set(Number(time.input.value));
  stages = tinynn.slider(section, "stage", show);
  stages(0);
  set.update();
  chooser.addEventListener("change", () => { time.input.max = data.nets[Number(chooser.value)].steps.length - 1; set(time.input.max); });
  play.addEventListener("click", () => {
    if (timer) { clearInterval(timer); timer = null; play.textContent = "Play"; return; }
    play.textContent = "Pause";
    const top = Number(stages.input.max);
    if (Number(stages.input.value) >= top) stages(0);
    timer = setInterval(() => {
      const next = Number(stages.input.value) + 1;
      stages(next);
      if (next >= top) play.click();
    }, 40);
  });
});
