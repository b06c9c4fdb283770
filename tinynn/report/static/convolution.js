// convolution.py: everything at the window is computed here, from kernel, image and dy; dw and dx are compared with autograd's.
tinynn.block("convolution", (section, data) => {
  "use strict";
  const {element, signed, draw} = tinynn, {w, b, inputs, dy, padding: pad} = data;
  const [n, c, h, wide] = inputs.shape, [o, , kh, kw] = w.shape, [, , oh, ow] = dy.shape, size = c * kh * kw;
  const find = (name) => section.querySelector(name), way = find("select[name=way]"), layer = find("select[name=layer]");
  const which = find("select[name=sum]");
  const play = find(".play");
  let image = 0, kernel = 0, timer = null;

  const pixel = (ch, i, j) => (i < 0 || j < 0 || i >= h || j >= wide ? 0 : inputs[((image * c + ch) * h + i) * wide + j]);
  function windowAt(p) {
    const top = Math.floor(p / ow) - pad, left = p % ow - pad, found = new Float32Array(size);
    for (let ch = 0, at = 0; ch < c; ch++) for (let i = 0; i < kh; i++) for (let j = 0; j < kw; j++) found[at++] = pixel(ch, top + i, left + j);
    return found;
  }
  const weights = () => w.slice(kernel * size, (kernel + 1) * size);
  const gradient = (p, m = kernel) => dy[(image * o + m) * oh * ow + p];
  const value = (p) => windowAt(p).reduce((sum, v, i) => sum + v * w[kernel * size + i], b[kernel]);

  // A frame of so many cells around the window, over what a canvas shows.
  function frame(canvas, top, left, rows, columns, total) {
    const context = canvas.getContext("2d"), zoom = 8, copy = document.createElement("canvas");
    copy.width = canvas.width; copy.height = canvas.height;
    copy.getContext("2d").drawImage(canvas, 0, 0);
    canvas.width = total[1] * zoom; canvas.height = total[0] * zoom;
    context.imageSmoothingEnabled = false;
    context.drawImage(copy, 0, 0, canvas.width, canvas.height);
    context.lineWidth = 5;
    context.strokeStyle = "#e76300";
    context.strokeRect(left * zoom, top * zoom, columns * zoom, rows * zoom);
  }

  // Several channels as one picture: colour where there are three, else red and blue.
  const patch = (canvas, values, scale) => (c === 1 ? draw.weights(canvas, values, 1, kh, kw, scale) : draw.weights(canvas, values, c, kh, kw, scale));

  function forward(p) {
    const own = weights(), seen = windowAt(p), parts = own.map((v, i) => v * seen[i]), top = draw.scale(own);
    patch(find(".forward-a"), own, top);
    patch(find(".forward-b"), seen, c === 1 ? 1 : 2.5);
    draw.sums(find(".forward-c"), parts, c, kh, kw);
    const so = Float32Array.from({length: oh * ow}, (_, q) => (q <= p ? value(q) : NaN));
    const most = Math.max(...so.filter((v) => !Number.isNaN(v)).map(Math.abs)) || 1;
    draw.paint(find("canvas.y"), oh, ow, (q) => (Number.isNaN(so[q]) ? [210, 214, 218] : draw.signed(so[q] / most)));
    frame(find("canvas.y"), Math.floor(p / ow), p % ow, 1, 1, [oh, ow]);
    const own_ = inputs.slice(image * c * h * wide, (image + 1) * c * h * wide), x = find("canvas.x");
    if (c === 1) draw.grey(x, own_, h, wide, 1);
    else draw.weights(x, own_, c, h, wide, 2.5);
    frame(x, Math.floor(p / ow) - pad, p % ow - pad, kh, kw, [h, wide]);
    const sum = parts.reduce((a, v) => a + v, 0);
    section.dataset.value = sum + b[kernel];
    return `Row ${Math.floor(p / ow) + 1}, column ${p % ow + 1}: ${size} products ${signed(sum)}, bias ${signed(b[kernel])}, value ${signed(sum + b[kernel])}`;
  }

  // What some kernels send back to the pixels, from the first window to window p.
  function pixels(p, those) {
    const dx = new Float64Array(c * h * wide);
    for (const m of those) for (let q = 0; q <= p; q++) {
      const d = gradient(q, m), top = Math.floor(q / ow) - pad, left = q % ow - pad;
      if (d === 0) continue;
      for (let ch = 0, at = m * size; ch < c; ch++) for (let i = 0; i < kh; i++) for (let j = 0; j < kw; j++, at++) {
        if (top + i >= 0 && left + j >= 0 && top + i < h && left + j < wide) dx[(ch * h + top + i) * wide + left + j] += d * w[at];
      }
    }
    return dx;
  }

  function backward(p) {
    const seen = windowAt(p), g = gradient(p), dw = new Float64Array(size), every = which.value === "all";
    const dx = pixels(p, every ? Array(o).keys() : [kernel]);
    let count = 0;
    for (let q = 0; q <= p; q++) {
      const d = gradient(q);
      if (d === 0) continue;
      count++;
      windowAt(q).forEach((v, i) => { dw[i] += d * v; });
    }
    const all = dy.slice((image * o + kernel) * oh * ow, (image * o + kernel + 1) * oh * ow), most = Math.max(...all.map(Math.abs)) || 1;
    draw.paint(find(".backward-a"), 1, 1, () => draw.signed(g / most));
    patch(find(".backward-b"), seen, c === 1 ? 1 : 2.5);
    draw.sums(find(".backward-c"), seen.map((v) => g * v), c, kh, kw, most);
    draw.weights(find("canvas.dy"), all, 1, oh, ow, most);
    frame(find("canvas.dy"), Math.floor(p / ow), p % ow, 1, 1, [oh, ow]);
    draw.sums(find("canvas.dw"), dw, c, kh, kw);
    draw.sums(find("canvas.dx"), dx, c, h, wide);
    frame(find("canvas.dx"), Math.floor(p / ow) - pad, p % ow - pad, kh, kw, [h, wide]);
    const from = (image * o + kernel) * size;
    const off = Math.max(...dw.map((v, i) => Math.abs(v - data.dw[from + i])));
    const offDx = Math.max(...dx.map((v, i) => Math.abs(v - data.dx[image * c * h * wide + i])));
    Object.assign(section.dataset, {off, offDx, terms: count});
    find("canvas.dx").nextElementSibling.textContent = every ? "dx so far, all kernels" : "this kernel's part of dx so far";
    const end = p < oh * ow - 1 ? "" : `; all windows: dw differs from autograd's by ${off.toExponential(0)} at most`
      + (every ? `, dx by ${offDx.toExponential(0)}` : "");
    return `Row ${Math.floor(p / ow) + 1}, column ${p % ow + 1}: dy ${signed(g, 5)}; ${count} windows so far sent a gradient${end}`;
  }

  function maps() {
    const {bytes} = data.maps[Number(layer.selectedIndex)], [, channels, mh, mw] = bytes.shape;
    find(".maps").replaceChildren(...Array.from({length: channels}, (_, m) => {
      const at = (image * channels + m) * mh * mw, canvas = element("canvas", {role: "img", ariaLabel: `map ${m + 1}`});
      canvas.style.width = channels > 40 ? "2.6rem" : "4rem";
      canvas.setAttribute("aria-label", `map ${m + 1}`);
      draw.grey(canvas, bytes.slice(at, at + mh * mw), mh, mw, 255);
      const tile = element("li", {class: layer.selectedIndex === 0 && m === kernel ? "tile on" : "tile"}, canvas);
      return tile;
    }));
  }

  function show(p) {
    for (const name of ["forward", "backward"]) {
      section.querySelectorAll(`div.${name}`).forEach((part) => { part.hidden = way.value !== name; });
    }
    find(".told").textContent = way.value === "forward" ? forward(p) : backward(p);
    images.forEach((button, i) => button.setAttribute("aria-pressed", String(i === image)));
    kernels.forEach((button, i) => button.setAttribute("aria-pressed", String(i === kernel)));
    return `Window ${p + 1} of ${oh * ow}`;
  }
  const tile = (paint, text, told, act) => {
    const button = element("button", {type: "button", class: "tile"}, draw.size(paint(element("canvas", {})), "3.2rem"), text);
    button.setAttribute("aria-label", told);
    button.addEventListener("click", act);
    return button;
  };
  const plane = c * h * wide;
  const images = data.names.map((name, i) => tile((canvas) => draw.image(canvas, data.images.slice(i * plane, (i + 1) * plane), c, h, wide),
    name, `test image of ${name}`, () => { image = i; maps(); set.update(); }));
  const kernels = Array.from({length: o}, (_, m) => tile((canvas) => draw.weights(canvas, w.slice(m * size, (m + 1) * size), c, kh, kw),
    "", `kernel ${m + 1}`, () => { kernel = m; maps(); set.update(); }));
  find(".images").replaceChildren(...images.map((button) => element("li", {}, button)));
  find(".kernels").replaceChildren(...kernels.map((button) => element("li", {}, button)));
  tinynn.arrows(images, 1);
  tinynn.arrows(kernels, 1);
  const set = tinynn.slider(section, "place", show);
  for (const list of [way, which]) list.addEventListener("change", set.update);
  layer.addEventListener("change", maps);
  play.addEventListener("click", () => {
    if (timer) { clearInterval(timer); timer = null; play.textContent = "Play"; return; }
    play.textContent = "Pause";
    if (Number(set.input.value) >= oh * ow - 1) set(0);
    timer = setInterval(() => {
      set(Number(set.input.value) + 1);
      if (Number(set.input.value) >= oh * ow - 1) play.click();
    }, 60);
  });
  maps();
  // To begin with, the window that the most comes back to.
  const back = Array.from({length: oh * ow}, (_, p) => Math.abs(gradient(p)));
  set(back.indexOf(Math.max(...back)));
});
