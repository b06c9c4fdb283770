// Batches of images from bytes. Fast because sixteen pixels are converted at once and both divisions are
// multiplications: a quotient from the reciprocal, corrected once by its own remainder, is the correctly
// rounded one (Markstein 1990), so every target makes the same bits.
//
// Contract: kernels.def, "gather".   rows of the table   c channels   inner pixels   n images taken
#pragma once

#include "span.h"

namespace tinynn::TINYNN_NAMESPACE {

struct Divisor {
  Vec value, reciprocal;
  explicit Divisor(float v) : value(v), reciprocal(1.0f / v) {}
};

inline Vec operator/(Vec a, const Divisor& b) {
  const Vec quotient = a * b.reciprocal;
  return fma(fma(-quotient, b.value, a), b.reciprocal, quotient);
}

inline void gather_images(const std::uint8_t* images, const std::int64_t* index, const float* mean,
                          const float* std_, float* y, Index /*rows*/, Index c, Index inner, Index n) {
  const Divisor white(255.0f);
  parallel_for(n * c, 32768 / larger(inner, 1) + 1, [=](Index begin, Index end) {
    for (Index plane = begin; plane < end; ++plane) {
      const Index channel = plane % c;
      const std::uint8_t* pixels = images + (index[plane / c] * c + channel) * inner;
      const Vec shift(mean == nullptr ? 0.0f : mean[channel]);
      const Divisor spread(std_ == nullptr ? 1.0f : std_[channel]);
      for_vectors(0, inner, [&](Index i, Index count) {
        std::uint8_t some[Vec::width] = {};
        for (Index l = 0; l < count && count < Vec::width; ++l) some[l] = pixels[i + l];
        const Vec light = load_bytes(count < Vec::width ? some : pixels + i) / white;
        store_some(y + plane * inner + i, (light - shift) / spread, count);
      });
    }
  });
}

}  // namespace tinynn::TINYNN_NAMESPACE
