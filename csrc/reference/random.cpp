// Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel Random Numbers: As Easy
// as 1, 2, 3, SC11). Contracts: kernels.def.
//
// A block of four words is a pure function of (seed, counter): any thread may draw any block, in any order.
#include "reference.h"

namespace tinynn::reference {
namespace {

struct Words {
  std::uint32_t word[4];
};

// Ten rounds; the constants are those of the paper.
Words philox(std::uint64_t seed, std::uint64_t counter) {
  Words c{{std::uint32_t(counter), std::uint32_t(counter >> 32), 0, 0}};
  std::uint32_t key0 = std::uint32_t(seed), key1 = std::uint32_t(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t(0xD2511F53u) * c.word[0];
    const std::uint64_t b = std::uint64_t(0xCD9E8D57u) * c.word[2];
    c = {{std::uint32_t(b >> 32) ^ c.word[1] ^ key0, std::uint32_t(b),
          std::uint32_t(a >> 32) ^ c.word[3] ^ key1, std::uint32_t(a)}};
    key0 += 0x9E3779B9u;  // the golden ratio
    key1 += 0xBB67AE85u;  // sqrt 3 - 1
  }
  return c;
}

// Uniforms in [0, 1): four floats of 24 bits to a block, or two doubles of 53 bits, the first word the high
// one.
template <class T> constexpr Index kPerBlock = sizeof(T) == 4 ? 4 : 2;

float uniform(const Words& block, Index i, float) { return float(block.word[i] >> 8) * 0x1p-24f; }
double uniform(const Words& block, Index i, double) {
  const std::uint64_t bits = std::uint64_t(block.word[2 * i]) << 32 | block.word[2 * i + 1];
  return double(bits >> 11) * 0x1p-53;
}

// draw(words, first, count): elements first .. first + count are made of this block of words.
template <class F>
void for_each_block(Index n, Index per_block, std::uint64_t seed, std::uint64_t offset, F&& draw) {
  parallel_for((n + per_block - 1) / per_block, grain_of(40), [&](Index begin, Index end) {
    for (Index block = begin; block < end; ++block) {
      const Index first = block * per_block;
      draw(philox(seed, offset + std::uint64_t(block)), first, min(per_block, n - first));
    }
  });
}

}  // namespace

template <class T>
void philox_uniform(T* y, Index n, std::uint64_t seed, std::uint64_t offset, T low, T high) {
  const T last = low < high ? std::nextafter(high, low) : high;  // rounding must not reach `high`
  for_each_block(n, kPerBlock<T>, seed, offset, [&](const Words& words, Index first, Index count) {
    for (Index i = 0; i < count; ++i) y[first + i] = min(last, low + (high - low) * uniform(words, i, T()));
  });
}

// Box-Muller: two uniforms make two normals. 1 - u lies in (0, 1], so the logarithm is finite.
template <class T>
void philox_normal(T* y, Index n, std::uint64_t seed, std::uint64_t offset, T mean, T std_) {
  const T two_pi = T(6.283185307179586);
  for_each_block(n, kPerBlock<T>, seed, offset, [&](const Words& words, Index first, Index count) {
    for (Index i = 0; i < count; i += 2) {
      const T radius = sqrt(T(-2) * log(T(1) - uniform(words, i, T())));
      const T angle = two_pi * uniform(words, i + 1, T());
      y[first + i] = mean + std_ * (radius * cos(angle));
      if (i + 1 < count) y[first + i + 1] = mean + std_ * (radius * sin(angle));
    }
  });
}

template <class T>
void dropout(const T* x, T* y, Index n, T p, std::uint64_t seed, std::uint64_t offset) {
  for_each_block(n, 4, seed, offset, [&](const Words& words, Index first, Index count) {
    for (Index i = 0; i < count; ++i)
      y[first + i] = T(uniform(words, i, 0.0f)) >= p ? x[first + i] / (T(1) - p) : T(0);
  });
}

template <class T>
void fill_random(KernelTable<T>& table) {
  table.philox_uniform = philox_uniform;
  table.philox_normal = philox_normal;
  table.dropout = dropout;
}
template void fill_random(KernelTable<float>&);
template void fill_random(KernelTable<double>&);

}  // namespace tinynn::reference
