// A correlation with so few results per pixel that a vector of them would be nearly empty: the gradient of an
// image with one or three channels, a detector with one output. The vectors go along the pixels of a row
// instead, and weights come in as broadcasts. For that a band lies channel by channel, row by row.
#pragma once

#include "conv_rows.h"

namespace tinynn::TINYNN_NAMESPACE {

constexpr int kNarrow = (Vec::width + 1) / 3;  // results a pixel, at most
template <int O>
constexpr int kNarrowVecs = Vec::registers == 16 ? (O == 1 ? 8 : 4 - O / 3) : (O == 1 ? 8 : 12 / O);

inline bool narrow_suits(const Correlation& k) {
  return k.groups == 1 && k.o <= kNarrow && k.cols.step == 1 && k.cols.out >= Vec::width / 2 && k.c >= 1;
}

struct Planes {
  const float* p;
  Index plane, row;  // from one channel, one row to the next
};

// P vectors of pixels of one row: sums[o][pixels]. w[row tap][c][col tap][O].
template <int O, int P>
TINYNN_NOINLINE void narrow_tile(const Correlation& k, Planes x, Index i0, Index i1, const float* w,
                                 const float* b, float* sums, Index sums_row) {
  Vec sum[O][P];
  TINYNN_UNROLL
  for (int o = 0; o < O; ++o) {
    TINYNN_UNROLL
    for (int p = 0; p < P; ++p) sum[o][p] = broadcast(b + o);
  }
  const Index c = k.c, taps = k.cols.taps;
  for (Index i = i0; i < i1; ++i) {
    const float* row = x.p + (k.rows.at[i] - k.rows.at[0]) * x.row;
    const float* weight = w + i * c * taps * O;
    for (Index s = 0; s < c; ++s, row += x.plane)
      for (Index j = 0; j < taps; ++j, weight += O) {
        const float* from = row + (k.cols.at[j] - k.cols.at[0]);
        Vec pixels[P];
        TINYNN_UNROLL
        for (int p = 0; p < P; ++p) pixels[p] = load(from + p * Vec::width);
        TINYNN_UNROLL
        for (int o = 0; o < O; ++o) {
          const Vec one = broadcast(weight + o);
          TINYNN_UNROLL
          for (int p = 0; p < P; ++p) sum[o][p] = fma(one, pixels[p], sum[o][p]);
        }
      }
  }
  TINYNN_UNROLL
  for (int o = 0; o < O; ++o) {
    TINYNN_UNROLL
    for (int p = 0; p < P; ++p) store(sums + o * sums_row + p * Vec::width, sum[o][p]);
  }
}

// The tile for ceil(pixels / width) vectors, at most kNarrowVecs.
template <int O, int P = kNarrowVecs<O>>
inline void narrow_tile_of(Index pixels, const Correlation& k, Planes x, Index i0, Index i1, const float* w,
                           const float* b, float* sums, Index sums_row) {
  if constexpr (P > 1)
    if (pixels <= (P - 1) * Vec::width)
      return narrow_tile_of<O, P - 1>(pixels, k, x, i0, i1, w, b, sums, sums_row);
  narrow_tile<O, P>(k, x, i0, i1, w, b, sums, sums_row);
}

// One row of pixels: to[q * step + o].
template <int O>
void narrow_row(const Correlation& k, Planes x, Index pixels, Index i0, Index i1, const float* w,
                const float* b, float* to, Index step, float floor) {
  constexpr Index kMost = kNarrowVecs<O> * Vec::width;
  float sums[O * kMost];
  for (Index q = 0; q < pixels; q += kMost) {
    const Index some = smaller(pixels - q, kMost);
    narrow_tile_of<O>(some, k, {x.p + q, x.plane, x.row}, i0, i1, w, b, sums, kMost);
    for (Index i = 0; i < some; ++i)
      for (Index o = 0; o < O; ++o) {
        const float sum = sums[o * kMost + i];
        to[(q + i) * step + o] = floor > sum ? floor : sum;
      }
  }
}

template <int O = kNarrow>
void narrow_row_of(const Correlation& k, Planes x, Index pixels, Index i0, Index i1, const float* w,
                   const float* b, float* to, Index step, float floor) {
  if (k.o == O) return narrow_row<O>(k, x, pixels, i0, i1, w, b, to, step, floor);
  if constexpr (O > 1) narrow_row_of<O - 1>(k, x, pixels, i0, i1, w, b, to, step, floor);
}

inline void pack_narrow(const Correlation& k, const float* w, float* to) {
  for (Index i = 0; i < k.rows.taps; ++i)
    for (Index c = 0; c < k.c; ++c)
      for (Index j = 0; j < k.cols.taps; ++j)
        for (Index o = 0; o < k.o; ++o)
          *to++ = w[o * k.w_o + c * k.w_c + k.rows.which[i] * k.w_row + k.cols.which[j]];
}

// The band channel by channel, with room for whole vectors of pixels behind each row.
inline Planes planes_of(const Source& x, Index image, Rect window) {
  const Index room = window.cols + kNarrowVecs<1> * Vec::width, lines = window.rows * room;
  float* planes = scratch(kListSlot, larger(x.c, 1) * lines);
  if (x.c == 1) {
    window.cols = room;
    copy_band(x, image, window, 1, planes);
    return {planes, lines, room};
  }
  const Band band =
      copy_band(x, image, window, x.c, scratch(kBandSlot, window.rows * window.cols * x.c + Vec::width));
  for (Index r = 0; r < window.rows; ++r)
    pack_transposed(band.p + r * band.row, x.c, planes + r * room, lines, window.cols, x.c);
  return {planes, lines, room};
}

inline void correlate_narrow(const Correlation& k, const Source& x, const float* w, const float* b,
                             const Finish& finish, float* y, float* z) {
  const Index size = k.depth() * k.o;
  float* weights = scratch(kWeightSlot, size + k.o);
  pack_narrow(k, w, weights);
  for (Index o = 0; o < k.o; ++o) weights[size + o] = b == nullptr ? 0.0f : b[o];
  const bool shares = k.work() >= kSerialWork;
  const Pieces pieces = cut_images(k, shares);
  const auto run = [&](Index begin, Index end) {
    for (Index task = begin; task < end; ++task) {
      const Piece p = piece_at(k, pieces, task);
      const Planes planes = planes_of(x, p.image, window_of(k, p));
      for (Index r = p.r0; r < p.r1; ++r) {
        const Index to = p.image * k.y_image + r * k.y_row + p.q0 * k.y_col;
        narrow_row_of(k, {planes.p + (r - p.r0) * k.rows.step * planes.row, planes.plane, planes.row},
                      p.q1 - p.q0, k.rows.begin(r), k.rows.end(r), weights, weights + size, y + to, k.y_col,
                      finish.floor);
        if (finish.apply != nullptr)
          finish.apply(y + to, z == nullptr ? z : z + to, p.q1 - p.q0, k.y_col, 0, k.o, finish.constant);
      }
    }
  };
  if (!shares) return run(0, pieces.count());
  parallel_for(pieces.count(), ceil_div(pieces.count(), 8 * kTasks), run);
}

}  // namespace tinynn::TINYNN_NAMESPACE
