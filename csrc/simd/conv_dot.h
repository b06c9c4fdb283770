// Few results per pixel from many channels: the gradient of an image with one or three channels. Each result
// is a dot product of the window with its kernel, both contiguous in memory: vectors go along taps and
// channels, and nothing is rearranged. The sums of four pixels are folded at once.
#pragma once

#include "conv_rows.h"

namespace tinynn::TINYNN_NAMESPACE {

constexpr int kDotResults = 4;
// Pixels of a tile, a multiple of four.
template <int O>
constexpr int kDotPixels = Vec::registers == 32 ? (O < 4 ? 8 : 4) : (O == 1 ? 8 : 4);

inline bool dot_suits(const Correlation& k) {
  return k.joined() && k.o <= kDotResults && 3 * k.o <= Vec::width && k.c % Vec::width == 0 && k.c > 0;
}

// R pixels from `pixels`, the first `used` of them wanted: to[pixel * step + o]. w[run][O][depth], b[O].
template <int O, int R>
TINYNN_NOINLINE void conv_dot_tile(const Sweep& s, const float* x, const float* w, const float* b, float* to,
                                   Index used) {
  Vec sum[O][R];
  TINYNN_UNROLL
  for (int o = 0; o < O; ++o) {
    TINYNN_UNROLL
    for (int i = 0; i < R; ++i) sum[o][i] = Vec(0.0f);
  }
  const Index row = s.a_row, depth = s.depth;
  for (Index k = 0; k < s.runs; ++k) {
    const float* from = x + s.run[k].a;
    const float* weight = w + s.run[k].b * O;
    for (Index t = 0; t < depth; t += Vec::width) {
      Vec kernel[O];
      TINYNN_UNROLL
      for (int o = 0; o < O; ++o) kernel[o] = load(weight + o * depth + t);
      TINYNN_UNROLL
      for (int i = 0; i < R; ++i) {
        Vec pixel = load(from + i * row + t);
        if (O > 1) hold(pixel);
        TINYNN_UNROLL
        for (int o = 0; o < O; ++o) sum[o][i] = fma(pixel, kernel[o], sum[o][i]);
      }
    }
  }
  float sums[O * R];
  TINYNN_UNROLL
  for (int o = 0; o < O; ++o) {
    TINYNN_UNROLL
    for (int i = 0; i < R; i += 4) reduce_add4(sum[o] + i, sums + o * R + i);
  }
  for (Index i = 0; i < used; ++i)
    for (int o = 0; o < O; ++o) {
      const float result = sums[o * R + i] + b[o];
      to[i * s.c_row + o] = s.floor > result ? s.floor : result;
    }
}

// A row of pixels. The last tile may reach behind the row: what it reads there is room in the band.
template <int O = kDotResults>
void conv_dot_row(Index o, Index pixels, const Sweep& s, const float* x, const float* w, const float* b,
                  float* to) {
  if constexpr (O > 1)
    if (o < O) return conv_dot_row<O - 1>(o, pixels, s, x, w, b, to);
  constexpr Index kMost = kDotPixels<O>;
  Index q = 0;
  for (; pixels - q > 4 || (kMost == 4 && q < pixels); q += kMost)
    conv_dot_tile<O, kMost>(s, x + q * s.a_row, w, b, to + q * s.c_row, smaller(pixels - q, kMost));
  if (q < pixels) conv_dot_tile<O, 4>(s, x + q * s.a_row, w, b, to + q * s.c_row, pixels - q);
}

// packed[row tap][O][taps * c]
inline void pack_dot(const Correlation& k, const float* w, float* to) {
  for (Index i = 0; i < k.rows.taps; ++i)
    for (Index o = 0; o < k.o; ++o)
      for (Index j = 0; j < k.cols.taps; ++j)
        for (Index c = 0; c < k.c; ++c)
          *to++ = w[o * k.w_o + c * k.w_c + k.rows.which[i] * k.w_row + k.cols.which[j]];
}

inline void correlate_dot(const Correlation& k, const Source& x, const float* w, const float* b,
                          const Finish& finish, float* y, float* z) {
  const Index size = k.depth() * k.o;
  float* weights = scratch(kWeightSlot, size + k.o);
  pack_dot(k, w, weights);
  for (Index o = 0; o < k.o; ++o) weights[size + o] = b == nullptr ? 0.0f : b[o];
  const bool shares = k.work() >= kSerialWork;
  const Pieces pieces = cut_images(k, shares);
  const Index row = k.cols.reach(pieces.cols) * k.c;
  Run* runs = run_memory(k.runs());
  list_runs(k, row, runs);
  const auto run = [&](Index begin, Index end) {
    for (Index task = begin; task < end; ++task) {
      const Piece p = piece_at(k, pieces, task);
      const Rect window{p.r0 * k.rows.step + k.rows.first(), p.q0 * k.cols.step + k.cols.first(),
                        k.rows.reach(p.r1 - p.r0), row / k.c};
      const Index behind = kDotPixels<1> * k.cols.step * k.c;
      float* room = scratch(kBandSlot, window.rows * row + behind);
      const Band band = copy_band(x, p.image, window, k.c, room);
      for (Index r = p.r0; r < p.r1; ++r) {
        const Index first = k.rows.begin(r), to = p.image * k.y_image + r * k.y_row + p.q0 * k.y_col;
        const Sweep sweep{runs + first, k.rows.end(r) - first, k.run(), k.cols.step * k.c, 1, 1, 0,
                          k.y_col,      finish.floor};
        conv_dot_row(k.o, p.q1 - p.q0, sweep, band.p + (r - p.r0) * k.rows.step * row, weights,
                     weights + size, y + to);
        if (finish.apply != nullptr)
          finish.apply(y + to, z == nullptr ? z : z + to, p.q1 - p.q0, k.y_col, 0, k.o, finish.constant);
      }
    }
  };
  if (!shares) return run(0, pieces.count());
  parallel_for(pieces.count(), ceil_div(pieces.count(), 8 * kTasks), run);
}

}  // namespace tinynn::TINYNN_NAMESPACE
