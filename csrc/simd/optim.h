// One update of one parameter, or of all in one pass, in place. Fast because everything that an update reads
// and writes passes through the registers once: the memory is the limit.
//
// Contract, with the equations: kernels.def, "optim".
#pragma once

#include "span.h"

namespace tinynn::TINYNN_NAMESPACE {

// g + weight_decay w
inline Vec decayed(const float* g, Vec w, Index i, Index count, float weight_decay) {
  return fma(Vec(weight_decay), w, load_some(g + i, count));
}

// body(which, i, count) for all elements of `count` arrays as if they were one: small ones share a block.
template <class F>
void for_all_of(Index count, const Index* sizes, F&& body) {
  constexpr Index kBlock = 49152;
  Index total = 0;
  for (Index which = 0; which < count; ++which) total += sizes[which];
  parallel_for(total, kBlock, [&](Index begin, Index end) {
    for (Index which = 0, first = 0; which < count && first < end; first += sizes[which++])
      if (first + sizes[which] > begin)
        for_vectors(larger(begin - first, 0), smaller(end - first, sizes[which]),
                    [&](Index i, Index some) { body(which, i, some); });
  });
}

inline auto sgd_rule(float lr, float momentum, float weight_decay, bool nesterov) {
  return [=](float* w, const float* g, float* v, Index i, Index count) {
    const Vec before = load_some(w + i, count);
    const Vec gradient = decayed(g, before, i, count, weight_decay);
    Vec step = gradient;
    if (v != nullptr) {
      const Vec velocity = fma(Vec(momentum), load_some(v + i, count), gradient);
      store_some(v + i, velocity, count);
      step = nesterov ? fma(Vec(momentum), velocity, gradient) : velocity;
    }
    store_some(w + i, before - Vec(lr) * step, count);
  };
}

inline void sgd_step(float* w, const float* g, float* v, Index n, float lr, float momentum,
                     float weight_decay, bool nesterov) {
  const auto rule = sgd_rule(lr, momentum, weight_decay, nesterov);
  for_all(n, kCheap, [=](Index i, Index count) { rule(w, g, v, i, count); });
}

inline void sgd_steps(float* const* w, const float* const* g, float* const* v, Index count,
                      const Index* sizes, float lr, float momentum, float weight_decay, bool nesterov) {
  const auto rule = sgd_rule(lr, momentum, weight_decay, nesterov);
  for_all_of(count, sizes,
             [=](Index which, Index i, Index some) { rule(w[which], g[which], v[which], i, some); });
}

// 1 / (1 - beta^step): takes out the bias of a mean that began at zero. In double, beta^step being near 1.
inline float unbias(float beta, std::int64_t step) {
  double power = 1, square = static_cast<double>(beta);
  for (; step > 0; step /= 2, square *= square)
    if (step % 2 == 1) power *= square;
  return static_cast<float>(1 / (1 - power));
}

inline auto adam_rule(float lr, float beta1, float beta2, float eps, float weight_decay, bool decoupled,
                      std::int64_t step) {
  const float unbias_m = unbias(beta1, step), unbias_v = unbias(beta2, step);
  return [=](float* w, const float* g, float* m, float* v, Index i, Index count) {
    Vec before = load_some(w + i, count);
    const Vec gradient = decoupled ? load_some(g + i, count) : decayed(g, before, i, count, weight_decay);
    if (decoupled) before = before - Vec(lr * weight_decay) * before;
    const Vec mean = fma(Vec(beta1), load_some(m + i, count), Vec(1.0f - beta1) * gradient);
    const Vec square = fma(Vec(beta2), load_some(v + i, count), Vec(1.0f - beta2) * gradient * gradient);
    store_some(m + i, mean, count);
    store_some(v + i, square, count);
    const Vec spread = sqrt(square * Vec(unbias_v)) + Vec(eps);
    store_some(w + i, before - Vec(lr) * (mean * Vec(unbias_m)) / spread, count);
  };
}

inline void adam_step(float* w, const float* g, float* m, float* v, Index n, float lr, float beta1,
                      float beta2, float eps, float weight_decay, bool decoupled, std::int64_t step) {
  const auto rule = adam_rule(lr, beta1, beta2, eps, weight_decay, decoupled, step);
  for_all(n, kCheap, [=](Index i, Index count) { rule(w, g, m, v, i, count); });
}

inline void adam_steps(float* const* w, const float* const* g, float* const* m, float* const* v, Index count,
                       const Index* sizes, float lr, float beta1, float beta2, float eps, float weight_decay,
                       bool decoupled, std::int64_t step) {
  const auto rule = adam_rule(lr, beta1, beta2, eps, weight_decay, decoupled, step);
  for_all_of(count, sizes, [=](Index which, Index i, Index some) {
    rule(w[which], g[which], m[which], v[which], i, some);
  });
}

inline void rmsprop_step(float* w, const float* g, float* s, float* v, Index n, float lr, float alpha,
                         float eps, float weight_decay, float momentum) {
  for_all(n, kCheap, [=](Index i, Index count) {
    const Vec before = load_some(w + i, count);
    const Vec gradient = decayed(g, before, i, count, weight_decay);
    const Vec square = fma(Vec(alpha), load_some(s + i, count), Vec(1.0f - alpha) * gradient * gradient);
    store_some(s + i, square, count);
    Vec step = gradient / (sqrt(square) + Vec(eps));
    if (v != nullptr) {
      step = fma(Vec(momentum), load_some(v + i, count), step);
      store_some(v + i, step, count);
    }
    store_some(w + i, before - Vec(lr) * step, count);
  });
}

inline void adagrad_step(float* w, const float* g, float* s, Index n, float lr, float eps,
                         float weight_decay) {
  for_all(n, kCheap, [=](Index i, Index count) {
    const Vec before = load_some(w + i, count);
    const Vec gradient = decayed(g, before, i, count, weight_decay);
    const Vec square = fma(gradient, gradient, load_some(s + i, count));
    store_some(s + i, square, count);
    store_some(w + i, before - Vec(lr) * gradient / (sqrt(square) + Vec(eps)), count);
  });
}

}  // namespace tinynn::TINYNN_NAMESPACE
