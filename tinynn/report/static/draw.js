// Pictures on canvases. A picture is (c, h, w) numbers; weights are red where positive and blue where negative.
tinynn.draw = (() => {
  "use strict";
  function paint(canvas, h, w, pixel) {
    canvas.width = w;
    canvas.height = h;
    const context = canvas.getContext("2d"), picture = context.createImageData(w, h);
    for (let i = 0; i < h * w; i++) {
      const [r, g, b] = pixel(i);
      picture.data.set([r, g, b, 255], 4 * i);
    }
    context.putImageData(picture, 0, 0);
    return canvas;
  }

  // White at 0, red at +1, blue at -1; between, the colours of ColorBrewer's RdBu.
  const RED = [[255, 255, 255], [244, 165, 130], [178, 24, 43]], BLUE = [[255, 255, 255], [146, 197, 222], [33, 102, 172]];
  function signed(value) {
    const ends = value < 0 ? BLUE : RED, t = 2 * Math.min(Math.abs(value), 1), i = t < 1 ? 0 : 1;
    return ends[i].map((from, c) => from + (t - i) * (ends[i + 1][c] - from));
  }

  // What all but the largest 0.2 % stay under, so that one odd pixel does not turn the rest white.
  function scale(values) {
    const sorted = Float32Array.from(values, Math.abs).sort();
    return sorted[Math.floor(0.998 * (sorted.length - 1))] || sorted[sorted.length - 1] || 1;
  }

  // Grey as ink on paper, colour as it is; bytes 0..255.
  function image(canvas, bytes, c, h, w) {
    return paint(canvas, h, w, (i) => (c === 1 ? [255 - bytes[i], 255 - bytes[i], 255 - bytes[i]]
      : [bytes[i], bytes[h * w + i], bytes[2 * h * w + i]]));
  }

  // One channel red and blue; of three, the colour 1/2 + w / (2 scale): middle grey is zero.
  function weights(canvas, values, c, h, w, top = scale(values)) {
    if (c === 1) return paint(canvas, h, w, (i) => signed(values[i] / top));
    return paint(canvas, h, w, (i) => [0, 1, 2].map((k) => 127.5 * (1 + values[k * h * w + i] / top)));
  }

  // The sum over channels of a signed picture, red and blue.
  function sums(canvas, values, c, h, w, top) {
    const all = new Float32Array(h * w);
    for (let i = 0; i < values.length; i++) all[i % (h * w)] += values[i];
    const most = top || scale(all);
    return paint(canvas, h, w, (i) => signed(all[i] / most));
  }

  function grey(canvas, values, h, w, top) {
    return paint(canvas, h, w, (i) => Array(3).fill(255 * (1 - Math.max(values[i], 0) / (top || 1))));
  }

  const size = (canvas, css) => { canvas.style.width = css; canvas.style.height = "auto"; return canvas; };

  // Picture number i of a sheet of encode.py, so many CSS units wide.
  function sprite(sheet, i, rem) {
    const tile = document.createElement("span"), high = rem * sheet.h / sheet.w;
    const left = i % sheet.columns, top = Math.floor(i / sheet.columns);
    tile.className = "sprite";
    Object.assign(tile.style, {width: `${rem}rem`, height: `${high}rem`, backgroundImage: `url(${sheet.uri})`,
      backgroundSize: `${rem * sheet.columns}rem ${high * sheet.rows}rem`,
      backgroundPosition: `${-rem * left}rem ${-high * top}rem`});
    return tile;
  }
  return {paint, signed, scale, image, weights, sums, grey, size, sprite};
})();
