// Activations by themselves. Fast because a formula is a handful of vector operations (vec_math.h has the
// long ones) between one load and one store.
//
// Contract: kernels.def, "activation".   m rows   c channels   inner elements of a channel
#pragma once

#include "constant.h"

namespace tinynn::TINYNN_NAMESPACE {

// body(i, count, constant) for all of [m,c,inner]; only a slope per channel needs to know the channel.
template <class F>
void for_channels(Index m, Index c, Index inner, Constant constant, F&& body) {
  if (constant.same_for_all()) {
    const Vec a = constant.at(0, 1);
    return for_all(m * c * inner, kDear, [&](Index i, Index count) { body(i, count, a); });
  }
  parallel_for(m, 16384 / larger(c * inner, 1) + 1, [&](Index begin, Index end) {
    for (Index row = begin; row < end; ++row) {
      if (inner == 1) {
        for_vectors(0, c, [&](Index j, Index count) { body(row * c + j, count, constant.at(j, count)); });
        continue;
      }
      for (Index j = 0; j < c; ++j) {
        const Index first = (row * c + j) * inner;
        for_vectors(first, first + inner,
                    [&](Index i, Index count) { body(i, count, Vec(constant.slope[j])); });
      }
    }
  });
}

inline void activation_forward(const float* x, const float* slope, float* y, Index m, Index c, Index inner,
                               Index n_slope, Activation act, float alpha) {
  visit(act, [&](auto formula) {
    using A = decltype(formula);
    for_channels(m, c, inner, constant_of(act, slope, n_slope, alpha), [=](Index i, Index count, Vec a) {
      store_some(y + i, A::forward(load_some(x + i, count), a), count);
    });
  });
}

inline void activation_backward(const float* dy, const float* kept, const float* slope, float* dx,
                                float* dslope, Index m, Index c, Index inner, Index n_slope, Activation act,
                                float alpha, bool accumulate) {
  if (dslope != nullptr)  // rare, and before dx, which may lie on dy
    reference::activation_backward<float>(dy, kept, slope, nullptr, dslope, m, c, inner, n_slope, act, alpha,
                                          accumulate);
  if (dx == nullptr) return;
  visit(act, [&](auto formula) {
    using A = decltype(formula);
    for_channels(m, c, inner, constant_of(act, slope, n_slope, alpha), [=](Index i, Index count, Vec a) {
      Vec d = load_some(dy + i, count);
      if constexpr (A::keeps != Keeps::nothing) d = d * A::derivative(load_some(kept + i, count), a);
      store_some(dx + i, d, count);
    });
  });
}

}  // namespace tinynn::TINYNN_NAMESPACE
