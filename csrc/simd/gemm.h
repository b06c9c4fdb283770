// One idea serves every matrix product: a tile of C stays in registers while A comes in as broadcasts
// (so its layout is free) and B as contiguous vectors. Each step loads rows + columns numbers and does
// rows x columns multiply-adds, so the multipliers, not the loads, are the limit.
//
//   C[rows, cols] = S + A[rows, depth] B[depth, cols]
//
// S is zero, or C itself (to add to it), or a bias. Each sum runs over depth in order, in one accumulator: no
// cutting of C among threads can change it.
#pragma once

#include "vec.h"

namespace tinynn::TINYNN_NAMESPACE {

// A as a product sees it: element (i, t) stands at p[i * row + t * step].
struct Left {
  const float* p;
  Index row, step;
};
// B and C: columns are contiguous, rows stand `row` apart.
struct Right {
  const float* p;
  Index row;
};
struct Result {
  float* p;
  Index row;
};
// Where the sums start: S, rows `row` apart (0: the same row for all, a bias); null: at zero.
using Start = Right;
constexpr Start kZero{nullptr, 0};

inline Start below(Start s, Index rows) { return s.p == nullptr ? s : Start{s.p + rows * s.row, s.row}; }

inline Start right_of(Start s, Index cols) { return s.p == nullptr ? s : Start{s.p + cols, s.row}; }

// A tile is up to kStripVecs vectors wide, and as high as the registers then allow. Wide beats high: a
// broadcast costs as much as a load of a whole vector.
constexpr int kStripVecs = Vec::registers == 32 ? 4 : 3;
constexpr Index kStrip = kStripVecs * Vec::width;
template <int V>
constexpr int kTileRows = (Vec::registers - 1 - V) / V < 12 ? (Vec::registers - 1 - V) / V : 12;

// One tile of R rows and V vectors; the last vector has `last` lanes where Partial.
template <int R, int V, bool Partial>
TINYNN_NOINLINE void tile(Left a, Right b, Start s, Result c, Index depth, Index last) {
  const auto get = [=](const float* p, int j) {
    return Partial && j == V - 1 ? load_partial(p + j * Vec::width, last) : load(p + j * Vec::width);
  };
  Vec sum[R][V];
  TINYNN_UNROLL
  for (int i = 0; i < R; ++i) {
    TINYNN_UNROLL
    for (int j = 0; j < V; ++j) sum[i][j] = s.p == nullptr ? Vec(0.0f) : get(s.p + i * s.row, j);
  }
  for (Index t = 0; t < depth; ++t) {
    Vec right[V];
    TINYNN_UNROLL
    for (int j = 0; j < V; ++j) right[j] = get(b.p, j);
    TINYNN_UNROLL
    for (int i = 0; i < R; ++i) {
      const Vec left = broadcast(a.p + i * a.row);
      TINYNN_UNROLL
      for (int j = 0; j < V; ++j) sum[i][j] = fma(left, right[j], sum[i][j]);
    }
    a.p += a.step;
    b.p += b.row;
  }
  TINYNN_UNROLL
  for (int i = 0; i < R; ++i) {
    TINYNN_UNROLL
    for (int j = 0; j < V; ++j) {
      float* to = c.p + i * c.row + j * Vec::width;
      if (Partial && j == V - 1)
        store_partial(to, sum[i][j], last);
      else
        store(to, sum[i][j]);
    }
  }
}

// The tile with R = rows, found by walking down from the highest.
template <int V, bool Partial, int R = kTileRows<V>>
inline void tile_of(Index rows, Left a, Right b, Start s, Result c, Index depth, Index last) {
  if (rows == R) return tile<R, V, Partial>(a, b, s, c, depth, last);
  if constexpr (R > 1) tile_of<V, Partial, R - 1>(rows, a, b, s, c, depth, last);
}

// All rows of one strip of V vectors, dealt evenly to the tiles: 100 rows as 16 x 6 + 4 would end badly, as
// 17 tiles of 5 or 6 they do not.
template <int V, bool Partial>
void strip(Left a, Right b, Start s, Result c, Index rows, Index depth, Index last) {
  const Index tiles = ceil_div(rows, kTileRows<V>);
  for (Index n = 0, i = 0; n < tiles; ++n) {
    const Index end = (n + 1) * rows / tiles;
    tile_of<V, Partial>(end - i, {a.p + i * a.row, a.row, a.step}, b, below(s, i), {c.p + i * c.row, c.row},
                        depth, last);
    i = end;
  }
}

// The strip of ceil(cols / width) vectors, found by walking down from the widest.
template <int V = kStripVecs>
inline void strip_of(Left a, Right b, Start s, Result c, Index rows, Index cols, Index depth) {
  if constexpr (V > 1)
    if (cols <= (V - 1) * Vec::width) return strip_of<V - 1>(a, b, s, c, rows, cols, depth);
  strip<V, true>(a, b, s, c, rows, depth, cols - (V - 1) * Vec::width);
}

// C = S + A B, strip by strip, so that a strip of B stays in a near cache for all rows of A.
TINYNN_NOINLINE inline void multiply(Left a, Right b, Start s, Result c, Index rows, Index cols,
                                     Index depth) {
  for (Index j = 0; j < cols; j += kStrip) {
    const Right bj{b.p + j, b.row};
    const Start sj = right_of(s, j);
    const Result cj{c.p + j, c.row};
    if (cols - j >= kStrip)
      strip<kStripVecs, false>(a, bj, sj, cj, rows, depth, 0);
    else
      strip_of(a, bj, sj, cj, rows, cols - j, depth);
  }
}

// panel[t][j] = from[j][t] for t < depth, j < cols: the rows of a transposed operand made contiguous.
inline void pack_transposed(const float* from, Index from_row, float* panel, Index panel_row, Index cols,
                            Index depth) {
  const Index cols4 = cols - cols % 4, depth4 = depth - depth % 4;
  for (Index j = 0; j < cols4; j += 4) {
    const float* rows = from + j * from_row;
    for (Index t = 0; t < depth4; t += 4)
      transpose4(rows + t, from_row, panel + t * panel_row + j, panel_row);
    for (Index t = depth4; t < depth; ++t)
      for (Index i = 0; i < 4; ++i) panel[t * panel_row + j + i] = rows[i * from_row + t];
  }
  for (Index j = cols4; j < cols; ++j)
    for (Index t = 0; t < depth; ++t) panel[t * panel_row + j] = from[j * from_row + t];
}

}  // namespace tinynn::TINYNN_NAMESPACE
