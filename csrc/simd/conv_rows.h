// Any correlation, row by row of pixels: the path that covers everything.
//
// Fast because nothing is rearranged but a band of one image (conv_band.h) and, once a call, the weights; a
// row of pixels goes through the tile while its window is in the nearest cache, and bias and activation
// are applied before it leaves.
#pragma once

#include "conv_band.h"

namespace tinynn::TINYNN_NAMESPACE {

// What becomes of the sums. A ReLU is done by the tile; the others go over each row of pixels again.
struct Finish {
  float floor;
  Constant constant;
  void (*apply)(float* y, float* z, Index pixels, Index step, Index o0, Index count,
                const Constant& constant);
};

// y[pixel * step + o0...] holds `count` sums for each pixel; make them act(sum), and keep them in z.
template <class A>
void finish_pixels(float* y, float* z, Index pixels, Index step, Index o0, Index count, const Constant& c) {
  const bool flat = step == count && c.same_for_all();
  const Index wide = flat ? pixels * count : count;
  for (Index q = flat ? pixels - 1 : 0; q < pixels; ++q, y += step, z += z == nullptr ? 0 : step)
    for_vectors(0, wide, [&](Index i, Index some) {
      const Vec sum = load_some(y + i, some);
      if (z != nullptr) store_some(z + i, sum, some);
      store_some(y + i, A::forward(sum, c.at(o0 + i, some)), some);
    });
}

inline Finish finish_of(Activation act, Constant constant, bool keeps_z) {
  Finish finish{-kInfinity, constant, nullptr};
  if (act == Activation::relu && !keeps_z) {
    finish.floor = 0;
    return finish;
  }
  visit(act, [&](auto formula) {
    using A = decltype(formula);
    if (A::keeps != Keeps::nothing || keeps_z) finish.apply = finish_pixels<A>;
  });
  return finish;
}

// A correlation made ready: weights packed, places of the runs known.
struct Prepared {
  const Correlation& k;
  const float *weights, *bias;
  const Run* runs;
};

// The scratch memory is the calling thread's; other threads may read it while the call lasts.
inline Prepared prepare(const Correlation& k, const float* w, const float* b, Index row) {
  const Index size = packed_size(k);
  float* weights = scratch(kWeightSlot, size + k.groups * whole_vectors(k.o_group()));
  float* bias = weights + size;
  Run* runs = run_memory(k.runs());
  pack_weights(k, w, weights);
  pack_bias(k, b, bias);
  list_runs(k, row, runs);
  return {k, weights, bias, runs};
}

// The rows of a piece. Kernel rows that lie outside the image are left out.
inline void correlate_rows(const Prepared& p, const Finish& finish, Band band, const Piece& piece, float* y,
                           float* z) {
  const Correlation& k = p.k;
  const Index rows = piece.r1 - piece.r0, pixels = piece.q1 - piece.q0;
  const Index og = k.o_group(), depth = k.depth();
  const float* weights = p.weights;
  for (Index g = 0; g < k.groups; ++g)
    for (Index o = 0; o < og; o += kConvBlock) {
      const Index used = smaller(og - o, kConvBlock), wide = whole_vectors(used), out = g * og + o;
      Sweep sweep{p.runs, k.runs(), k.run(), k.cols.step * k.c, 1, wide, 0, k.y_col, finish.floor};
      const float* bias = p.bias + g * whole_vectors(og) + o;
      for (Index r = 0; r < rows; ++r) {
        const float* window = band.p + r * k.rows.step * band.row + g * k.c_group();
        float* to = y + r * k.y_row + out;
        const Index first = k.rows.begin(piece.r0 + r), last = k.rows.end(piece.r0 + r);
        sweep.run = p.runs + first * k.runs_per_row();
        sweep.runs = (last - first) * k.runs_per_row();
        conv_strip_of<RowsAre::pixels>(pixels, used, sweep, window, weights, bias, to);
        if (finish.apply != nullptr)
          finish.apply(to, z == nullptr ? nullptr : z + r * k.y_row + out, pixels, k.y_col, out, used,
                       finish.constant);
      }
      weights += depth * wide;
    }
}

// The window of a piece, in rows `row` floats long: the image itself, or a copy with its padding.
inline Band load_window(const Correlation& k, const Source& x, const Piece& p, Index row, bool direct) {
  Rect window = window_of(k, p);
  if (direct) return {x.x + ((p.image * x.h + window.row) * x.w + window.col) * x.c, row};
  window.cols = row / larger(x.c, 1);
  return copy_band(x, p.image, window, x.c, scratch(kBandSlot, window.rows * row + Vec::width));
}

// y (+ z) from x: piece by piece, by all threads.
inline void correlate_pieces(const Correlation& k, const Source& x, const float* w, const float* b,
                             const Finish& finish, float* y, float* z) {
  const bool shares = k.work() >= kSerialWork;
  const Pieces pieces = cut_images(k, shares);
  const bool direct = x.plain && k.rows.inside() && k.cols.inside();
  const Index row = direct ? x.w * x.c : k.cols.reach(pieces.cols) * x.c;
  const Prepared prepared = prepare(k, w, b, row);
  const auto run = [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) {
      const Piece p = piece_at(k, pieces, i);
      const Band band = load_window(k, x, p, row, direct);
      const Index to = p.image * k.y_image + p.r0 * k.y_row + p.q0 * k.y_col;
      correlate_rows(prepared, finish, band, p, y + to, z == nullptr ? z : z + to);
    }
  };
  if (!shares) return run(0, pieces.count());
  parallel_for(pieces.count(), ceil_div(pieces.count(), 8 * kTasks), run);
}

}  // namespace tinynn::TINYNN_NAMESPACE
