// Vec for AVX-512: 16 floats in a zmm register, comparisons in mask registers. See vec.h for the contract.
#pragma once

// gcc 12's own header sets an undefined register to itself, and -Wall complains about it here.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#include "../kernels.h"

namespace tinynn::TINYNN_NAMESPACE {

struct Mask {
  __mmask16 m;
};

struct Vec {
  static constexpr Index width = 16;
  static constexpr int registers = 32;
  __m512 v;

  Vec() = default;
  Vec(__m512 value) : v(value) {}
  Vec(float value) : v(_mm512_set1_ps(value)) {}
};

inline __mmask16 first_lanes(Index count) { return static_cast<__mmask16>((1u << count) - 1u); }

inline Vec load(const float* p) { return _mm512_loadu_ps(p); }
inline Vec load_partial(const float* p, Index count) { return _mm512_maskz_loadu_ps(first_lanes(count), p); }
inline void store(float* p, Vec a) { _mm512_storeu_ps(p, a.v); }
inline void store_partial(float* p, Vec a, Index count) { _mm512_mask_storeu_ps(p, first_lanes(count), a.v); }
inline void hold(Vec& a) { TINYNN_HOLD(a.v, "v"); }
inline Vec broadcast(const float* p) { return _mm512_set1_ps(*p); }

inline Vec operator+(Vec a, Vec b) { return _mm512_add_ps(a.v, b.v); }
inline Vec operator-(Vec a, Vec b) { return _mm512_sub_ps(a.v, b.v); }
inline Vec operator*(Vec a, Vec b) { return _mm512_mul_ps(a.v, b.v); }
inline Vec operator/(Vec a, Vec b) { return _mm512_div_ps(a.v, b.v); }
inline Vec operator-(Vec a) { return _mm512_xor_ps(a.v, _mm512_set1_ps(-0.0f)); }
inline Vec fma(Vec a, Vec b, Vec c) { return _mm512_fmadd_ps(a.v, b.v, c.v); }
inline Vec max(Vec a, Vec b) { return _mm512_max_ps(a.v, b.v); }
inline Vec min(Vec a, Vec b) { return _mm512_min_ps(a.v, b.v); }
inline Vec sqrt(Vec a) { return _mm512_sqrt_ps(a.v); }
inline Vec abs(Vec a) { return _mm512_andnot_ps(_mm512_set1_ps(-0.0f), a.v); }
inline Vec copysign(Vec magnitude, Vec sign) {
  const __m512 bit = _mm512_set1_ps(-0.0f);
  return _mm512_or_ps(_mm512_andnot_ps(bit, magnitude.v), _mm512_and_ps(bit, sign.v));
}
inline Vec round(Vec a) { return _mm512_roundscale_ps(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }

inline Mask operator<(Vec a, Vec b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ)}; }
inline Mask operator<=(Vec a, Vec b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LE_OQ)}; }
inline Mask operator>(Vec a, Vec b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_GT_OQ)}; }
inline Mask operator>=(Vec a, Vec b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_GE_OQ)}; }
inline Mask operator==(Vec a, Vec b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_EQ_OQ)}; }
inline Mask operator!=(Vec a, Vec b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_NEQ_UQ)}; }
inline Mask operator&(Mask a, Mask b) { return {static_cast<__mmask16>(a.m & b.m)}; }
inline Mask operator|(Mask a, Mask b) { return {static_cast<__mmask16>(a.m | b.m)}; }
inline Vec select(Mask m, Vec yes, Vec no) { return _mm512_mask_blend_ps(m.m, no.v, yes.v); }
inline bool any(Mask m) { return m.m != 0; }
inline unsigned bits(Mask m) { return m.m; }
inline Mask lanes(Index count) { return {first_lanes(count)}; }
inline Vec load_bytes(const std::uint8_t* p) {
  return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))));
}
inline void store_bytes(std::uint8_t* p, Vec a) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(_mm512_cvttps_epi32(a.v)));
}

inline void load_pairs(const float* p, Vec* even, Vec* odd) {
  const __m512i first = _mm512_set_epi32(30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
  const __m512 a = _mm512_loadu_ps(p), b = _mm512_loadu_ps(p + Vec::width);
  *even = _mm512_permutex2var_ps(a, first, b);
  *odd = _mm512_permutex2var_ps(a, _mm512_add_epi32(first, _mm512_set1_epi32(1)), b);
}
inline void store_pairs(float* p, Vec even, Vec odd) {
  const __m512i low = _mm512_set_epi32(23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  _mm512_storeu_ps(p, _mm512_permutex2var_ps(even.v, low, odd.v));
  _mm512_storeu_ps(p + Vec::width,
                   _mm512_permutex2var_ps(even.v, _mm512_add_epi32(low, _mm512_set1_epi32(8)), odd.v));
}

// p * 2^n for integral n; over- and underflow end in infinity, subnormals and zero, as they should.
inline Vec scale_by_power(Vec p, Vec n) { return _mm512_scalef_ps(p.v, n.v); }

// x = mantissa * 2^exponent with mantissa in [sqrt 1/2, sqrt 2); x positive and normal.
inline Vec split_exponent(Vec x, Vec* mantissa) {
  const __m512i bits = _mm512_castps_si512(x.v);
  const __m512i e = _mm512_srai_epi32(_mm512_sub_epi32(bits, _mm512_set1_epi32(0x3f3504f3)), 23);
  *mantissa = _mm512_castsi512_ps(_mm512_sub_epi32(bits, _mm512_slli_epi32(e, 23)));
  return _mm512_cvtepi32_ps(e);
}

// The sums of four vectors at once; each sum is folded in halves: 16, 8, then neighbours.
inline __m256 fold_half(Vec a) {
  return _mm256_add_ps(_mm512_castps512_ps256(a.v), _mm512_extractf32x8_ps(a.v, 1));
}
inline void reduce_add4(const Vec* a, float* sums) {
  const __m256 ab = _mm256_hadd_ps(fold_half(a[0]), fold_half(a[1]));
  const __m256 cd = _mm256_hadd_ps(fold_half(a[2]), fold_half(a[3]));
  const __m256 abcd = _mm256_hadd_ps(ab, cd);
  _mm_storeu_ps(sums, _mm_add_ps(_mm256_castps256_ps128(abcd), _mm256_extractf128_ps(abcd, 1)));
}

}  // namespace tinynn::TINYNN_NAMESPACE

#include "vec_sse.h"
