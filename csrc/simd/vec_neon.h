// Vec for 64-bit ARM: 4 floats in a q register, comparisons as all-ones lanes. See vec.h for the contract.
#pragma once

#include <arm_neon.h>

#include "../kernels.h"

namespace tinynn::TINYNN_NAMESPACE {

struct Mask {
  uint32x4_t m;
};

struct Vec {
  static constexpr Index width = 4;
  static constexpr int registers = 32;
  float32x4_t v;

  Vec() = default;
  Vec(float32x4_t value) : v(value) {}
  Vec(float value) : v(vdupq_n_f32(value)) {}
};

inline Vec load(const float* p) { return vld1q_f32(p); }
inline void store(float* p, Vec a) { vst1q_f32(p, a.v); }
// There are no masked loads here: lane by lane, never touching what lies behind.
inline Vec load_partial(const float* p, Index count) {
  float32x4_t a = vdupq_n_f32(0.0f);
  if (count > 0) a = vld1q_lane_f32(p, a, 0);
  if (count > 1) a = vld1q_lane_f32(p + 1, a, 1);
  if (count > 2) a = vld1q_lane_f32(p + 2, a, 2);
  if (count > 3) a = vld1q_lane_f32(p + 3, a, 3);
  return a;
}
inline void store_partial(float* p, Vec a, Index count) {
  if (count > 0) vst1q_lane_f32(p, a.v, 0);
  if (count > 1) vst1q_lane_f32(p + 1, a.v, 1);
  if (count > 2) vst1q_lane_f32(p + 2, a.v, 2);
  if (count > 3) vst1q_lane_f32(p + 3, a.v, 3);
}
inline void hold(Vec& a) { TINYNN_HOLD(a.v, "w"); }
inline Vec broadcast(const float* p) { return vld1q_dup_f32(p); }

inline Vec operator+(Vec a, Vec b) { return vaddq_f32(a.v, b.v); }
inline Vec operator-(Vec a, Vec b) { return vsubq_f32(a.v, b.v); }
inline Vec operator*(Vec a, Vec b) { return vmulq_f32(a.v, b.v); }
inline Vec operator/(Vec a, Vec b) { return vdivq_f32(a.v, b.v); }
inline Vec operator-(Vec a) { return vnegq_f32(a.v); }
inline Vec fma(Vec a, Vec b, Vec c) { return vfmaq_f32(c.v, a.v, b.v); }
inline Vec sqrt(Vec a) { return vsqrtq_f32(a.v); }
inline Vec abs(Vec a) { return vabsq_f32(a.v); }
inline Vec copysign(Vec magnitude, Vec sign) {
  return vbslq_f32(vdupq_n_u32(0x80000000u), sign.v, magnitude.v);
}
inline Vec round(Vec a) { return vrndnq_f32(a.v); }

inline Mask operator<(Vec a, Vec b) { return {vcltq_f32(a.v, b.v)}; }
inline Mask operator<=(Vec a, Vec b) { return {vcleq_f32(a.v, b.v)}; }
inline Mask operator>(Vec a, Vec b) { return {vcgtq_f32(a.v, b.v)}; }
inline Mask operator>=(Vec a, Vec b) { return {vcgeq_f32(a.v, b.v)}; }
inline Mask operator==(Vec a, Vec b) { return {vceqq_f32(a.v, b.v)}; }
inline Mask operator!=(Vec a, Vec b) { return {vmvnq_u32(vceqq_f32(a.v, b.v))}; }
inline Mask operator&(Mask a, Mask b) { return {vandq_u32(a.m, b.m)}; }
inline Mask operator|(Mask a, Mask b) { return {vorrq_u32(a.m, b.m)}; }
inline Vec select(Mask m, Vec yes, Vec no) { return vbslq_f32(m.m, yes.v, no.v); }
inline bool any(Mask m) { return vmaxvq_u32(m.m) != 0; }
inline unsigned bits(Mask m) {
  const std::uint32_t lane[4] = {1, 2, 4, 8};
  return vaddvq_u32(vandq_u32(m.m, vld1q_u32(lane)));
}
inline Mask lanes(Index count) {
  const std::uint32_t lane[4] = {0, 1, 2, 3};
  return {vcltq_u32(vld1q_u32(lane), vdupq_n_u32(static_cast<std::uint32_t>(count)))};
}
inline Vec load_bytes(const std::uint8_t* p) {
  const std::uint32_t pixel[4] = {p[0], p[1], p[2], p[3]};
  return vcvtq_f32_u32(vld1q_u32(pixel));
}
inline void store_bytes(std::uint8_t* p, Vec a) {
  std::uint32_t whole[4];
  vst1q_u32(whole, vcvtq_u32_f32(a.v));
  for (Index i = 0; i < 4; ++i) p[i] = static_cast<std::uint8_t>(whole[i]);
}

// Not vmaxq: with a NaN the second operand must win, as it does on x86.
inline Vec max(Vec a, Vec b) { return select(a > b, a, b); }
inline Vec min(Vec a, Vec b) { return select(a < b, a, b); }

inline void load_pairs(const float* p, Vec* even, Vec* odd) {
  const float32x4x2_t both = vld2q_f32(p);
  *even = both.val[0];
  *odd = both.val[1];
}
inline void store_pairs(float* p, Vec even, Vec odd) { vst2q_f32(p, {{even.v, odd.v}}); }

inline float32x4_t power_of_two(float32x4_t n) {
  const int32x4_t e = vshlq_n_s32(vaddq_s32(vcvtq_s32_f32(n), vdupq_n_s32(127)), 23);
  return vreinterpretq_f32_s32(e);
}

// p * 2^n for integral n in -252..254, in two exact-or-final steps so that subnormals round only once.
inline Vec scale_by_power(Vec p, Vec n) {
  const Vec half = round(n * Vec(0.5f));
  return p * Vec(power_of_two(half.v)) * Vec(power_of_two((n - half).v));
}

// x = mantissa * 2^exponent with mantissa in [sqrt 1/2, sqrt 2); x positive and normal.
inline Vec split_exponent(Vec x, Vec* mantissa) {
  const int32x4_t bits = vreinterpretq_s32_f32(x.v);
  const int32x4_t e = vshrq_n_s32(vsubq_s32(bits, vdupq_n_s32(0x3f3504f3)), 23);
  *mantissa = vreinterpretq_f32_s32(vsubq_s32(bits, vshlq_n_s32(e, 23)));
  return vcvtq_f32_s32(e);
}

// The sums of four vectors at once: neighbours, then pairs.
inline void reduce_add4(const Vec* a, float* sums) {
  const float32x4_t ab = vpaddq_f32(a[0].v, a[1].v);
  const float32x4_t cd = vpaddq_f32(a[2].v, a[3].v);
  vst1q_f32(sums, vpaddq_f32(ab, cd));
}

// to[j * to_row + i] = from[i * from_row + j] for i, j in 0..3
inline void transpose4(const float* from, Index from_row, float* to, Index to_row) {
  const float32x4x2_t ab = vtrnq_f32(vld1q_f32(from), vld1q_f32(from + from_row));
  const float32x4x2_t cd = vtrnq_f32(vld1q_f32(from + 2 * from_row), vld1q_f32(from + 3 * from_row));
  vst1q_f32(to, vcombine_f32(vget_low_f32(ab.val[0]), vget_low_f32(cd.val[0])));
  vst1q_f32(to + to_row, vcombine_f32(vget_low_f32(ab.val[1]), vget_low_f32(cd.val[1])));
  vst1q_f32(to + 2 * to_row, vcombine_f32(vget_high_f32(ab.val[0]), vget_high_f32(cd.val[0])));
  vst1q_f32(to + 3 * to_row, vcombine_f32(vget_high_f32(ab.val[1]), vget_high_f32(cd.val[1])));
}

}  // namespace tinynn::TINYNN_NAMESPACE
