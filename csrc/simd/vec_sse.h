// The 4x4 transpose of the x86 targets.
#pragma once

#include <immintrin.h>

#include "../kernels.h"

namespace tinynn::TINYNN_NAMESPACE {

// to[j * to_row + i] = from[i * from_row + j] for i, j in 0..3
inline void transpose4(const float* from, Index from_row, float* to, Index to_row) {
  __m128 a = _mm_loadu_ps(from);
  __m128 b = _mm_loadu_ps(from + from_row);
  __m128 c = _mm_loadu_ps(from + 2 * from_row);
  __m128 d = _mm_loadu_ps(from + 3 * from_row);
  _MM_TRANSPOSE4_PS(a, b, c, d);
  _mm_storeu_ps(to, a);
  _mm_storeu_ps(to + to_row, b);
  _mm_storeu_ps(to + 2 * to_row, c);
  _mm_storeu_ps(to + 3 * to_row, d);
}

}  // namespace tinynn::TINYNN_NAMESPACE
