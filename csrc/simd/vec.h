// The few vector operations that tinynn allows itself, for floats, one class `Vec` per instruction set.
//
//   load, store                    width floats, unaligned allowed
//   load_partial, store_partial    the first `count` floats, 0 <= count <= width; nothing behind them
//                                  is touched, lanes behind them are read as 0
//   hold                           keep what was loaded in its register, however often it is used
//   broadcast, fma(a,b,c) = ab+c, + - * / negation, sqrt, abs, copysign, round (to nearest even)
//   max(a,b) = a > b ? a : b       so the second operand wins where one is NaN; min alike
//   < <= > >= == !=, & |  -> Mask  select(mask, yes, no), any(mask), lanes(count): the first `count`,
//                                  bits(mask): lane i as bit i
//   load_bytes, store_bytes        width unsigned bytes as floats and back
//   load_pairs, store_pairs        2 width floats, the even ones to or from one vector, the odd ones another
//   scale_by_power, split_exponent the two bit tricks that exp and log are made of
//   reduce_add, reduce_max         in one fixed order: lanes are folded in halves
//   reduce_add4, transpose4        four rows at once, for dot products and for packing
//
// Formulas written with these names work on float and on Vec alike (formulas.h).
#pragma once

// Before a loop of a constant few turns over an array of Vec: unrolled at once, the array becomes registers;
// left for later, gcc keeps it in memory. A tile stays a function of its own for the same reason: inlined
// into its callers it would share their registers.
#if defined(__clang__)
#define TINYNN_UNROLL _Pragma("unroll")
#define TINYNN_NOINLINE __attribute__((noinline))
#elif defined(__GNUC__)
#define TINYNN_UNROLL _Pragma("GCC unroll 16")
#define TINYNN_NOINLINE __attribute__((noinline))
#else
#define TINYNN_UNROLL
#define TINYNN_NOINLINE
#endif

// gcc would rather read a vector again for each use than keep it: an empty instruction that "changes" it.
#if defined(__GNUC__)
#define TINYNN_HOLD(register, kind) asm("" : "+" kind(register))
#else
#define TINYNN_HOLD(register, kind) static_cast<void>(register)
#endif

#if defined(__AVX512F__)
#include "vec_avx512.h"
#elif defined(__AVX2__)
#include "vec_avx2.h"
#elif defined(__aarch64__) || defined(_M_ARM64)
#include "vec_neon.h"
#else
#error "simd/ needs AVX2, AVX-512 or NEON: compile it with the flags that setup.py gives its targets"
#endif

namespace tinynn::TINYNN_NAMESPACE {

inline Index smaller(Index a, Index b) { return a < b ? a : b; }
inline Index larger(Index a, Index b) { return a > b ? a : b; }
inline Index ceil_div(Index a, Index b) { return (a + b - 1) / b; }

// The place of the lowest bit that is set; there must be one.
inline Index lowest_bit(unsigned bits) {
#if defined(__GNUC__)
  return __builtin_ctz(bits);
#else
  Index at = 0;
  while ((bits >> at & 1) == 0) ++at;
  return at;
#endif
}

#if defined(__GNUC__)
constexpr float kInfinity = __builtin_inff(), kNaN = __builtin_nanf("");
#else
constexpr float kInfinity = static_cast<float>(1e300 * 1e300), kNaN = -(kInfinity - kInfinity);
#endif

// Fold a vector in halves with an operation, in memory: not fast, but one order for every target.
template <class F>
inline float fold(Vec a, F operation) {
  float lane[Vec::width];
  store(lane, a);
  for (Index half = Vec::width / 2; half > 0; half /= 2)
    for (Index i = 0; i < half; ++i) lane[i] = operation(lane[i], lane[i + half]);
  return lane[0];
}
inline float reduce_add(Vec a) {
  return fold(a, [](float p, float q) { return p + q; });
}
inline float reduce_max(Vec a) {
  return fold(a, [](float p, float q) { return p > q ? p : q; });
}

}  // namespace tinynn::TINYNN_NAMESPACE
