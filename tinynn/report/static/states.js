// states.py: the frame of every moving part for where the controls stand.
tinynn.block("states", (section, data, plots) => {
  "use strict";
  const at = {}, sizes = {}, drawn = new Map();
  const BLUE = [63, 144, 218], ORANGE = [255, 169, 14];
  const number = (by) => by.reduce((sum, name) => sum * sizes[name] + at[name], 0);

  function regions(source, bytes) {
    const [rows, columns] = bytes.shape, target = source.data.image[0];
    for (let i = 0; i < rows * columns; i++) {
      const p = bytes[i] / 255, [r, g, b] = p > 0.5 ? ORANGE : BLUE;
      target[i] = ((Math.round(140 * Math.abs(2 * p - 1)) << 24) | (b << 16) | (g << 8) | r) >>> 0;
    }
    source.change.emit();
  }

  function show() {
    for (const [i, {plot, part, by, frames}] of data.moving.entries()) {
      const frame = number(by);
      if (drawn.get(i) === frame) continue;
      drawn.set(i, frame);
      const {image, ...columns} = frames[frame];
      if (image) regions(plots[plot].get(part).data_source, image);
      else plots[plot].set(part, {...plots[plot].get(part).data_source.data, ...columns});
    }
    const told = section.querySelector(".told");
    told.textContent = data.told.sentences[number(data.told.by)];
    section.dataset.state = JSON.stringify(at);
  }

  for (const {name, values, listed, start} of data.controls) {
    sizes[name] = values.length;
    at[name] = start;
    if (listed) {
      const list = section.querySelector(`select[name="${name}"]`);
      list.addEventListener("change", () => { at[name] = Number(list.value); show(); });
    } else {
      let ready = false;
      tinynn.slider(section, name, (value) => {
        at[name] = value;
        if (ready) show();
        return values[value];
      })(start);
      ready = true;
    }
  }
  show();
});
