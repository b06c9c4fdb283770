// The other way to multiply: C = A B^T where both operands have contiguous rows, lanes running along the
// sum. Nothing is packed and no lane idles when C is narrow (a ten-way output); the price is one
// horizontal sum per element of C, so it pays where the sums are long and C is small.
#pragma once

#include "gemm.h"

namespace tinynn::TINYNN_NAMESPACE {

constexpr int kDotCols = 4;
constexpr int kDotRows = Vec::registers == 32 ? 6 : 3;

// c[i][j] = sum_t a[i][t] b[j][t] for R rows of A and C rows of B.
template <int R, int C>
TINYNN_NOINLINE void dot_tile(Right a, Right b, Result c, Index depth) {
  Vec sum[R][kDotCols];
  TINYNN_UNROLL
  for (int i = 0; i < R; ++i) {
    TINYNN_UNROLL
    for (int j = 0; j < kDotCols; ++j) sum[i][j] = Vec(0.0f);
  }
  const auto step = [&](auto get) {
    Vec left[R];
    TINYNN_UNROLL
    for (int i = 0; i < R; ++i) left[i] = get(a.p + i * a.row);
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
    for (int j = 0; j < C; ++j) c.p[i * c.row + j] = sums[j];
  }
}

// The tile with R = rows and C = cols, found by walking down from the largest.
template <int R = kDotRows, int C = kDotCols>
inline void dot_tile_of(Index rows, Index cols, Right a, Right b, Result c, Index depth) {
  if (rows == R && cols == C) return dot_tile<R, C>(a, b, c, depth);
  if constexpr (R > 1)
    if (rows < R) return dot_tile_of<R - 1, C>(rows, cols, a, b, c, depth);
  if constexpr (C > 1)
    if (cols < C) return dot_tile_of<R, C - 1>(rows, cols, a, b, c, depth);
}

// C[rows, cols] = A B^T. Four rows of B stay in the nearest cache while A passes.
TINYNN_NOINLINE inline void multiply_dot(Right a, Right b, Result c, Index rows, Index cols, Index depth) {
  const Index wide = ceil_div(cols, kDotCols), high = ceil_div(rows, kDotRows);
  for (Index q = 0; q < wide; ++q) {
    const Index j = q * cols / wide, j_end = (q + 1) * cols / wide;
    for (Index p = 0; p < high; ++p) {
      const Index i = p * rows / high, i_end = (p + 1) * rows / high;
      dot_tile_of(i_end - i, j_end - j, {a.p + i * a.row, a.row}, {b.p + j * b.row, b.row},
                  {c.p + i * c.row + j, c.row}, depth);
    }
  }
}

}  // namespace tinynn::TINYNN_NAMESPACE
