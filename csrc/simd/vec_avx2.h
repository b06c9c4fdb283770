// Vec for AVX2 with FMA: 8 floats in a ymm register, comparisons as all-ones lanes. See vec.h for the
// contract.
#pragma once

#include <immintrin.h>

#include "../kernels.h"

namespace tinynn::TINYNN_NAMESPACE {

struct Mask {
  __m256 m;
};

struct Vec {
  static constexpr Index width = 8;
  static constexpr int registers = 16;
  __m256 v;

  Vec() = default;
  Vec(__m256 value) : v(value) {}
  Vec(float value) : v(_mm256_set1_ps(value)) {}
};

inline __m256i first_lanes(Index count) {
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)), lane);
}

inline Vec load(const float* p) { return _mm256_loadu_ps(p); }
inline Vec load_partial(const float* p, Index count) { return _mm256_maskload_ps(p, first_lanes(count)); }
inline void store(float* p, Vec a) { _mm256_storeu_ps(p, a.v); }
// Not vmaskmovps: on Zen it takes some twenty cycles to store, and what it stored cannot be read soon after.
inline void store_partial(float* p, Vec a, Index count) {
  if (count == Vec::width) return store(p, a);
  __m128 rest = _mm256_castps256_ps128(a.v);
  if ((count & 4) != 0) {
    _mm_storeu_ps(p, rest);
    rest = _mm256_extractf128_ps(a.v, 1);
    p += 4;
  }
  if ((count & 2) != 0) {
    _mm_storel_pi(reinterpret_cast<__m64*>(p), rest);
    rest = _mm_movehl_ps(rest, rest);
    p += 2;
  }
  if ((count & 1) != 0) _mm_store_ss(p, rest);
}
inline void hold(Vec& a) { TINYNN_HOLD(a.v, "x"); }
inline Vec broadcast(const float* p) { return _mm256_broadcast_ss(p); }

inline Vec operator+(Vec a, Vec b) { return _mm256_add_ps(a.v, b.v); }
inline Vec operator-(Vec a, Vec b) { return _mm256_sub_ps(a.v, b.v); }
inline Vec operator*(Vec a, Vec b) { return _mm256_mul_ps(a.v, b.v); }
inline Vec operator/(Vec a, Vec b) { return _mm256_div_ps(a.v, b.v); }
inline Vec operator-(Vec a) { return _mm256_xor_ps(a.v, _mm256_set1_ps(-0.0f)); }
inline Vec fma(Vec a, Vec b, Vec c) { return _mm256_fmadd_ps(a.v, b.v, c.v); }
inline Vec max(Vec a, Vec b) { return _mm256_max_ps(a.v, b.v); }
inline Vec min(Vec a, Vec b) { return _mm256_min_ps(a.v, b.v); }
inline Vec sqrt(Vec a) { return _mm256_sqrt_ps(a.v); }
inline Vec abs(Vec a) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a.v); }
inline Vec copysign(Vec magnitude, Vec sign) {
  const __m256 bit = _mm256_set1_ps(-0.0f);
  return _mm256_or_ps(_mm256_andnot_ps(bit, magnitude.v), _mm256_and_ps(bit, sign.v));
}
inline Vec round(Vec a) { return _mm256_round_ps(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }

inline Mask operator<(Vec a, Vec b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_LT_OQ)}; }
inline Mask operator<=(Vec a, Vec b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_LE_OQ)}; }
inline Mask operator>(Vec a, Vec b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_GT_OQ)}; }
inline Mask operator>=(Vec a, Vec b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_GE_OQ)}; }
inline Mask operator==(Vec a, Vec b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_EQ_OQ)}; }
inline Mask operator!=(Vec a, Vec b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_NEQ_UQ)}; }
inline Mask operator&(Mask a, Mask b) { return {_mm256_and_ps(a.m, b.m)}; }
inline Mask operator|(Mask a, Mask b) { return {_mm256_or_ps(a.m, b.m)}; }
inline Vec select(Mask m, Vec yes, Vec no) { return _mm256_blendv_ps(no.v, yes.v, m.m); }
inline bool any(Mask m) { return _mm256_movemask_ps(m.m) != 0; }
inline unsigned bits(Mask m) { return static_cast<unsigned>(_mm256_movemask_ps(m.m)); }
inline Mask lanes(Index count) { return {_mm256_castsi256_ps(first_lanes(count))}; }
inline Vec load_bytes(const std::uint8_t* p) {
  return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))));
}
inline void store_bytes(std::uint8_t* p, Vec a) {
  const __m256i whole = _mm256_cvttps_epi32(a.v);
  const __m128i words = _mm_packus_epi32(_mm256_castsi256_si128(whole), _mm256_extracti128_si256(whole, 1));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(p), _mm_packus_epi16(words, words));
}

inline void load_pairs(const float* p, Vec* even, Vec* odd) {
  const __m256 a = _mm256_loadu_ps(p), b = _mm256_loadu_ps(p + Vec::width);
  const __m256d e = _mm256_castps_pd(_mm256_shuffle_ps(a, b, 0x88)),
                o = _mm256_castps_pd(_mm256_shuffle_ps(a, b, 0xdd));
  *even = _mm256_castpd_ps(_mm256_permute4x64_pd(e, 0xd8));
  *odd = _mm256_castpd_ps(_mm256_permute4x64_pd(o, 0xd8));
}
inline void store_pairs(float* p, Vec even, Vec odd) {
  const __m256 low = _mm256_unpacklo_ps(even.v, odd.v), high = _mm256_unpackhi_ps(even.v, odd.v);
  _mm256_storeu_ps(p, _mm256_permute2f128_ps(low, high, 0x20));
  _mm256_storeu_ps(p + Vec::width, _mm256_permute2f128_ps(low, high, 0x31));
}

// 2^n for integral n in -126..127: n + 1.5 * 2^23 has n in its lowest bits; they move to the exponent.
inline __m256 power_of_two(__m256 n) {
  const __m256i bits = _mm256_castps_si256(_mm256_add_ps(n, _mm256_set1_ps(12582912.0f)));
  const __m256i one = _mm256_set1_epi32(0x3f800000);
  return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_slli_epi32(bits, 23), one));
}

// p * 2^n for integral n in -252..254, in two exact-or-final steps so that subnormals round only once.
inline Vec scale_by_power(Vec p, Vec n) {
  const Vec half = round(n * Vec(0.5f));
  return p * Vec(power_of_two(half.v)) * Vec(power_of_two((n - half).v));
}

// x = mantissa * 2^exponent with mantissa in [sqrt 1/2, sqrt 2); x positive and normal.
inline Vec split_exponent(Vec x, Vec* mantissa) {
  const __m256i bits = _mm256_castps_si256(x.v);
  const __m256i e = _mm256_srai_epi32(_mm256_sub_epi32(bits, _mm256_set1_epi32(0x3f3504f3)), 23);
  *mantissa = _mm256_castsi256_ps(_mm256_sub_epi32(bits, _mm256_slli_epi32(e, 23)));
  return _mm256_cvtepi32_ps(e);
}

// The sums of four vectors at once; each sum is folded in the same order: neighbours, then halves.
inline void reduce_add4(const Vec* a, float* sums) {
  const __m256 ab = _mm256_hadd_ps(a[0].v, a[1].v);
  const __m256 cd = _mm256_hadd_ps(a[2].v, a[3].v);
  const __m256 abcd = _mm256_hadd_ps(ab, cd);
  _mm_storeu_ps(sums, _mm_add_ps(_mm256_castps256_ps128(abcd), _mm256_extractf128_ps(abcd, 1)));
}

}  // namespace tinynn::TINYNN_NAMESPACE

#include "vec_sse.h"
