// The other way to multiply: C = A B^T where both operands have contiguous rows, lanes running along the
// sum. Nothing is packed and no lane idles when C is narrow (a ten-way output); the price is one
// horizontal sum per element of C, so it pays where the sums are long and C is small.
#pragma once

#include "gemm.h"
#include "span.h"

namespace tinynn::TINYNN_NAMESPACE {

constexpr int kDotCols = 4;
constexpr int kDotRows = Vec::registers == 32 ? 6 : 3;

// c[i][j] = s[i][j] + sum_t a[i][t] b[j][t] for R rows of A and C rows of B.
template <int R, int C>
TINYNN_NOINLINE void dot_tile(Right a, Right b, Start s, Result c, Index depth) {
  Vec sum[R][kDotCols];
  TINYNN_UNROLL
  for (int i = 0; i < R; ++i) {
    TINYNN_UNROLL
    for (int j = 0; j < kDotCols; ++j) sum[i][j] = Vec(0.0f);
  }
  const auto step = [&](auto get) {
    Vec left[R];
    TINYNN_UNROLL
    for (int i = 0; i < R; ++i) {
      left[i] = get(a.p + i * a.row);
      hold(left[i]);
    }
    TINYNN_UNROLL
    for (int j = 0; j < C; ++j) {
      const Vec right = get(b.p + j * b.row);
      TINYNN_UNROLL
      for (int i = 0; i < R; ++i) sum[i][j] = fma(left[i], right, sum[i][j]);
    }
    a.p += Vec::width;
    b.p += Vec::width;
  };
  for (Index t = depth / Vec::width; t > 0; --t) step([](const float* p) { return load(p); });
  const Index last = depth % Vec::width;
  if (last != 0) step([=](const float* p) { return load_partial(p, last); });
  TINYNN_UNROLL
  for (int i = 0; i < R; ++i) {
    float sums[kDotCols];
    reduce_add4(sum[i], sums);
    TINYNN_UNROLL
    for (int j = 0; j < C; ++j) c.p[i * c.row + j] = s.p == nullptr ? sums[j] : s.p[i * s.row + j] + sums[j];
  }
}

// The tile with R = rows and C = cols, found by walking down from the largest.
template <int R = kDotRows, int C = kDotCols>
inline void dot_tile_of(Index rows, Index cols, Right a, Right b, Start s, Result c, Index depth) {
  if (rows == R && cols == C) return dot_tile<R, C>(a, b, s, c, depth);
  if constexpr (R > 1)
    if (rows < R) return dot_tile_of<R - 1, C>(rows, cols, a, b, s, c, depth);
  if constexpr (C > 1)
    if (cols < C) return dot_tile_of<R, C - 1>(rows, cols, a, b, s, c, depth);
}

// Rows a multiple of 4096 bytes long stand in the same few sets of the nearest cache, which the ten rows of
// a tile overfill (3072 inputs, a third of the speed). Then the rows of B are copied, a little apart.
constexpr Index kCopyDepth = 4096, kApart = Vec::width;
inline bool rows_collide(Right b) { return b.row % 1024 == 0; }

inline Right copy_apart(Right b, Index rows, Index depth, float* copy) {
  for (Index j = 0; j < rows; ++j)
    for_vectors(0, depth, [=](Index t, Index count) {
      store_some(copy + j * (depth + kApart) + t, load_some(b.p + j * b.row + t, count), count);
    });
  return {copy, depth + kApart};
}

// C[rows, cols] = S + A B^T. Four rows of B stay in a near cache while A passes.
TINYNN_NOINLINE inline void multiply_dot(Right a, Right b, Start s, Result c, Index rows, Index cols,
                                         Index depth) {
  alignas(64) float copy[kDotCols * (kCopyDepth + kApart)];
  const bool copies = rows_collide(b) && depth <= kCopyDepth && rows > 2 * kDotRows;
  const Index wide = ceil_div(cols, kDotCols), high = ceil_div(rows, kDotRows);
  for (Index q = 0; q < wide; ++q) {
    const Index j = q * cols / wide, j_end = (q + 1) * cols / wide;
    const Start sj = right_of(s, j);
    Right bj{b.p + j * b.row, b.row};
    if (copies) bj = copy_apart(bj, j_end - j, depth, copy);
    for (Index p = 0; p < high; ++p) {
      const Index i = p * rows / high, i_end = (p + 1) * rows / high;
      dot_tile_of(i_end - i, j_end - j, {a.p + i * a.row, a.row}, bj, below(sj, i),
                  {c.p + i * c.row + j, c.row}, depth);
    }
  }
}

// In lanes of multiply-adds: what C = A B^T costs by dot products, each element of C paying about 48 more
// for its horizontal sum, and what C = A B costs by tiles.
inline Index whole(Index n) { return ceil_div(n, Vec::width) * Vec::width; }
inline Index dot_cost(Index rows, Index cols, Index depth) { return rows * cols * (whole(depth) + 48); }
inline Index tile_cost(Index rows, Index cols, Index depth) { return rows * whole(cols) * depth; }
inline Index pack_cost(Index cols, Index depth) { return 12 * cols * depth; }

}  // namespace tinynn::TINYNN_NAMESPACE
