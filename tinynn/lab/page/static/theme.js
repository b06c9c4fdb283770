// Colours of figures, taken from the browser, and again when it changes its mind.
const dark = window.matchMedia("(prefers-color-scheme: dark)");
function paint() {
  const ink = dark.matches ? "#e6ebf0" : "#1f2933", line = dark.matches ? "#3a444f" : "#c9d0d7";
  const paper = dark.matches ? "#14181d" : "#ffffff";
  for (const f of figures) {
    f.background_fill_color = paper; f.border_fill_color = null; f.outline_line_color = line;
    for (const a of [...f.below, ...f.left]) {
      a.axis_label_text_color = ink; a.major_label_text_color = ink;
      a.axis_line_color = line; a.major_tick_line_color = line; a.minor_tick_line_color = null;
    }
    for (const g of f.center) { if ("grid_line_color" in g) g.grid_line_color = line; }
  }
  for (const g of inks) g.text_color = ink;
}
paint();
dark.addEventListener("change", paint);
