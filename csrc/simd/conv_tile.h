// The one tile of every convolution: R x V sums stay in registers while the left factors come in as
// broadcasts, from a list of places, and the right ones as contiguous vectors.
//
//   c[i, :] = start + sum over runs r, steps t < depth of a[r.a + i * a_row + t * a_step] b[r.b + t, :]
//
// Forward:   i is a pixel, a run a row of the kernel: its taps times channels lie side by side in memory, so
// a
//            window needs no copy (implicit GEMM), and its sum runs at the speed of the multipliers.
// Backward:  to x the same with the kernel turned round; to w, i is a weight, a run a row of pixels.
//
// Fast because R + V loads feed R x V multiply-adds; the sums touch memory once.
#pragma once

#include "span.h"

namespace tinynn::TINYNN_NAMESPACE {

struct Run {
  Index a, b;  // where it starts: a float of the left factor, a row of the right one
};
struct Sweep {
  const Run* run;
  Index runs, depth;
  Index a_row, a_step, b_row;
  Index start_row, c_row;  // start_row 0: one row for all, a bias
  float floor;             // sums below it become it: 0 makes a ReLU of it, -infinity changes nothing
};

// Two vectors wide; with NEON's short ones four.
constexpr int kConvVecs = Vec::width == 4 ? 4 : 2;
constexpr Index kConvBlock = kConvVecs * Vec::width;
template <int V>
constexpr int kConvRows = (Vec::registers - 1 - V) / V < 14 ? (Vec::registers - 1 - V) / V : 14;

template <int R, int V>
TINYNN_NOINLINE void conv_tile(const Sweep& s, const float* a, const float* b, const float* start, float* c,
                               Index last) {
  Vec sum[R][V];
  TINYNN_UNROLL
  for (int i = 0; i < R; ++i) {
    TINYNN_UNROLL
    for (int j = 0; j < V; ++j) sum[i][j] = load(start + i * s.start_row + j * Vec::width);
  }
  const Index a_row = s.a_row, a_step = s.a_step, b_row = s.b_row;
  for (Index k = 0; k < s.runs; ++k) {
    const float* left = a + s.run[k].a;
    const float* from = b + s.run[k].b * b_row;
    for (Index t = 0; t < s.depth; ++t) {
      Vec right[V];
      TINYNN_UNROLL
      for (int j = 0; j < V; ++j) right[j] = load(from + j * Vec::width);
      TINYNN_UNROLL
      for (int i = 0; i < R; ++i) {
        const Vec one = broadcast(left + i * a_row);
        TINYNN_UNROLL
        for (int j = 0; j < V; ++j) sum[i][j] = fma(one, right[j], sum[i][j]);
      }
      left += a_step;
      from += b_row;
    }
  }
  const Vec floor(s.floor);
  TINYNN_UNROLL
  for (int i = 0; i < R; ++i) {
    TINYNN_UNROLL
    for (int j = 0; j < V; ++j) {
      float* to = c + i * s.c_row + j * Vec::width;
      const Vec result = max(floor, sum[i][j]);  // a NaN comes through
      if (j < V - 1)
        store(to, result);
      else
        store_some(to, result, last);
    }
  }
}

// The tile with R = rows, found by walking down from the highest.
template <int V, int R = kConvRows<V>>
inline void conv_tile_of(Index rows, const Sweep& s, const float* a, const float* b, const float* start,
                         float* c, Index last) {
  if (rows == R) return conv_tile<R, V>(s, a, b, start, c, last);
  if constexpr (R > 1) conv_tile_of<V, R - 1>(rows, s, a, b, start, c, last);
}

// What the rows of a tile are. Pixels do better in tiles that are not too high, whose addresses then fit the
// registers (measured: 5 to 15 %); weights, of which there are many and near each other, in the highest.
enum class RowsAre { pixels, weights };
template <int V, RowsAre kind>
constexpr Index kHighest = kind == RowsAre::weights     ? kConvRows<V>
                           : V == 1 && Vec::width == 16 ? 6
                           : kConvRows<V> < 8           ? kConvRows<V>
                                                        : 8;

// `rows` rows dealt evenly to tiles; a + i * a_row, c + i * c_row belong to row i.
template <RowsAre kind, int V>
void conv_strip(Index rows, const Sweep& s, const float* a, const float* b, const float* start, float* c,
                Index last) {
  const Index tiles = ceil_div(rows, kHighest<V, kind>);
  for (Index n = 0, i = 0; n < tiles; ++n) {
    const Index end = (n + 1) * rows / tiles;
    conv_tile_of<V>(end - i, s, a + i * s.a_row, b, start + i * s.start_row, c + i * s.c_row, last);
    i = end;
  }
}

// The strip of ceil(cols / width) vectors, at most kConvVecs.
template <RowsAre kind, int V = kConvVecs>
inline void conv_strip_of(Index rows, Index cols, const Sweep& s, const float* a, const float* b,
                          const float* start, float* c) {
  if constexpr (V > 1)
    if (cols <= (V - 1) * Vec::width) return conv_strip_of<kind, V - 1>(rows, cols, s, a, b, start, c);
  conv_strip<kind, V>(rows, s, a, b, start, c, cols - (V - 1) * Vec::width);
}

}  // namespace tinynn::TINYNN_NAMESPACE
