// A correlation where padding matters: pixels near the edge of a small image multiply many zeros. Here the
// rows of a tile are the same pixel of several images, so that each pixel takes exactly the taps that fall
// inside, and nothing has to be padded.
//
// The images of a batch are copied side by side, a little apart: at a distance of a power of two they would
// fight for the same few places of the cache.
#pragma once

#include "conv_rows.h"

namespace tinynn::TINYNN_NAMESPACE {

constexpr Index kBatchFloats = 64 << 10;

struct Batches {
  Index images, rows;  // of one task
  Index groups, down;
};

inline Batches cut_batches(const Correlation& k) {
  const Index most = k.o > Vec::width ? kHighest<kConvVecs, RowsAre::pixels> : kHighest<1, RowsAre::pixels>;
  const Index groups = ceil_div(k.n, most), images = ceil_div(k.n, groups);
  Index rows = larger(smaller(k.rows.out, k.rows.out * groups / kTasks), 1);
  while (rows > 1 && images * k.rows.reach(rows) * k.cols.in * k.c > kBatchFloats) rows = ceil_div(rows, 2);
  return {images, rows, ceil_div(k.n, images), ceil_div(k.rows.out, rows)};
}

// Worth it where more than a twentieth of the multiplications would be with zeros.
inline bool batch_suits(const Correlation& k) {
  if (k.n < 6 || !k.joined() || k.work() < kSerialWork) return false;
  const Batches cut = cut_batches(k);
  if (cut.images * k.rows.reach(cut.rows) * k.cols.in * k.c > kBatchFloats) return false;
  return 20 * k.cols.used() < 19 * k.cols.out * k.cols.taps;
}

// y[image, r, q, :] for the images of a batch, which stand `image` apart in x, its first row being `top`.
inline void correlate_images(const Prepared& p, const Finish& finish, const float* x, Index image, Index top,
                             Index images, Index r0, Index r1, float* y, float* z) {
  const Correlation& k = p.k;
  const float* weights = p.weights;
  const Index line = k.cols.in * k.c, taps = k.cols.taps * k.c;
  for (Index o = 0; o < k.o; o += kConvBlock) {
    const Index used = smaller(k.o - o, kConvBlock), wide = whole_vectors(used);
    for (Index r = r0; r < r1; ++r) {
      const Index i0 = k.rows.begin(r), i1 = k.rows.end(r);
      for (Index q = 0; q < k.cols.out; ++q) {
        const Index j0 = k.cols.begin(q), j1 = k.cols.end(q);
        const Sweep sweep{p.runs + i0, j1 > j0 ? i1 - i0 : 0, (j1 - j0) * k.c, image, 1, wide, 0,
                          k.y_image,   finish.floor};
        const Index from = (r * k.rows.step + k.rows.first() - top) * line +
                           (q * k.cols.step + (j1 > j0 ? k.cols.at[j0] : 0)) * k.c;
        const Index to = r * k.y_row + q * k.y_col + o;
        conv_strip_of<RowsAre::pixels>(images, used, sweep, x + from, weights + j0 * k.c * wide, p.bias + o,
                                       y + to);
        if (finish.apply != nullptr)
          finish.apply(y + to, z == nullptr ? z : z + to, images, k.y_image, o, used, finish.constant);
      }
    }
    weights += k.rows.taps * taps * wide;
  }
}

inline void correlate_batch(const Correlation& k, const Source& x, const float* w, const float* b,
                            const Finish& finish, float* y, float* z) {
  const Batches cut = cut_batches(k);
  const Index line = x.w * x.c;
  const Prepared prepared = prepare(k, w, b, line);
  parallel_for(cut.groups * cut.down, 1, [&](Index begin, Index end) {
    for (Index task = begin; task < end; ++task) {
      const Index first = task / cut.down * cut.images, images = smaller(cut.images, k.n - first);
      const Index r0 = task % cut.down * cut.rows, r1 = smaller(r0 + cut.rows, k.rows.out);
      const Index top = smaller(larger(r0 * k.rows.step + k.rows.first(), 0), x.h);
      const Index bottom = smaller(top + k.rows.reach(r1 - r0), x.h);
      const Index image = (ceil_div((bottom - top) * line, 16) | 1) * 16;
      float* copy = scratch(kBandSlot, images * image);
      for (Index n = 0; n < images; ++n)
        copy_band(x, first + n, {top, 0, bottom - top, x.w}, x.c, copy + n * image);
      const Index to = first * k.y_image;
      correlate_images(prepared, finish, copy, image, top, images, r0, r1, y + to, z == nullptr ? z : z + to);
    }
  });
}

}  // namespace tinynn::TINYNN_NAMESPACE
