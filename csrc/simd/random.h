// Philox, a vector of blocks at a time. Fast because the blocks are independent: the same ten rounds run in
// every lane. All integers, and one product and one sum per number, so the bits are those of the reference.
//
// Contract: kernels.def, "random".
#pragma once

#include "span.h"

namespace tinynn::TINYNN_NAMESPACE {

constexpr Index kBlocks = 16;  // Philox blocks side by side: plain loops that the compiler makes vectors of
constexpr Index kNumbers = 4 * kBlocks;

// u[4 b + i] is the uniform of word i of block counter + b: its top 24 bits, in [0, 1).
inline void philox_floats(std::uint64_t seed, std::uint64_t counter, float* u) {
  std::uint32_t c0[kBlocks], c1[kBlocks], c2[kBlocks] = {}, c3[kBlocks] = {};
  for (Index b = 0; b < kBlocks; ++b) {
    const std::uint64_t block = counter + static_cast<std::uint64_t>(b);
    c0[b] = static_cast<std::uint32_t>(block);
    c1[b] = static_cast<std::uint32_t>(block >> 32);
  }
  auto key0 = static_cast<std::uint32_t>(seed), key1 = static_cast<std::uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    for (Index b = 0; b < kBlocks; ++b) {
      const std::uint64_t p = std::uint64_t{0xD2511F53u} * c0[b], q = std::uint64_t{0xCD9E8D57u} * c2[b];
      c0[b] = static_cast<std::uint32_t>(q >> 32) ^ c1[b] ^ key0;
      c1[b] = static_cast<std::uint32_t>(q);
      c2[b] = static_cast<std::uint32_t>(p >> 32) ^ c3[b] ^ key1;
      c3[b] = static_cast<std::uint32_t>(p);
    }
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  const auto uniform = [](std::uint32_t word) {
    return static_cast<float>(static_cast<std::int32_t>(word >> 8));
  };
  for (Index b = 0; b < kBlocks; ++b) {
    u[4 * b] = uniform(c0[b]) * 0x1p-24f;
    u[4 * b + 1] = uniform(c1[b]) * 0x1p-24f;
    u[4 * b + 2] = uniform(c2[b]) * 0x1p-24f;
    u[4 * b + 3] = uniform(c3[b]) * 0x1p-24f;
  }
}

// body(i, count, u) for the elements 0..n in vectors, u being their uniforms.
template <class F>
void for_uniforms(Index n, std::uint64_t seed, std::uint64_t offset, F&& body) {
  parallel_for(ceil_div(n, kNumbers), 64, [&](Index begin, Index end) {
    for (Index group = begin; group < end; ++group) {
      float u[kNumbers];
      philox_floats(seed, offset + static_cast<std::uint64_t>(group * kBlocks), u);
      const Index first = group * kNumbers;
      for_vectors(first, smaller(first + kNumbers, n),
                  [&](Index i, Index count) { body(i, count, load(u + (i - first))); });
    }
  });
}

// The float before `high` on the way to `low`: what std::nextafter gives for finite low < high.
inline float just_below(float high) {
  if (high == 0.0f) return -1.401298464e-45f;
  union {
    float number;
    std::uint32_t bits;
  } value = {high};
  value.bits += high > 0.0f ? 0xffffffffu : 1u;
  return value.number;
}

inline void philox_uniform(float* y, Index n, std::uint64_t seed, std::uint64_t offset, float low,
                           float high) {
  const Vec last(low < high ? just_below(high) : high);  // rounding must not reach `high`
  for_uniforms(n, seed, offset, [=](Index i, Index count, Vec u) {
    store_some(y + i, min(last, Vec(low) + Vec(high - low) * u), count);
  });
}

inline void dropout(const float* x, float* y, Index n, float p, std::uint64_t seed, std::uint64_t offset) {
  for_uniforms(n, seed, offset, [=](Index i, Index count, Vec u) {
    const Vec kept = load_some(x + i, count) / Vec(1.0f - p);
    store_some(y + i, select(u >= Vec(p), kept, Vec(0.0f)), count);
  });
}

}  // namespace tinynn::TINYNN_NAMESPACE
