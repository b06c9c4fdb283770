// One array holds a picture of the fold: two counts, then the columns one after the other. A message for each
// column would cost more than the picture. Nothing of it is sent back but the answer, once it has been painted.
const v = packed.data.v;
if (v.length > 2) {
  const lines = v[0], dots = v[1];
  let at = 2;
  const take = (count) => new Float32Array(v.buffer, v.byteOffset + 4 * ((at += count) - count), count);
  const quietly = (source, data) => source.setv({data}, {sync: false});
  quietly(grid, {ax: take(lines), ay: take(lines), cx: take(lines), cy: take(lines)});
  quietly(points, {x: take(dots), y: take(dots), c: take(dots)});
  quietly(zero, {x: take(1), y: take(1)});
  requestAnimationFrame(() => { answer.data = {n: [answer.data.n[0] + 1]}; });
}
