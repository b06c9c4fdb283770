// One update of one parameter, or of all, in place. Contracts, with their equations: kernels.def.
#include "reference.h"

namespace tinynn::reference {
namespace {

// update(i) for each of the n weights.
template <class F>
void for_each(Index n, F&& update) {
  parallel_for(n, grain_of(2), [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) update(i);
  });
}

}  // namespace

template <class T>
void sgd_step(T* w, const T* g, T* v, Index n, T lr, T momentum, T weight_decay, bool nesterov) {
  for_each(n, [=](Index i) {
    const T gradient = g[i] + weight_decay * w[i];
    T step = gradient;
    if (v != nullptr) {
      v[i] = momentum * v[i] + gradient;
      step = nesterov ? gradient + momentum * v[i] : v[i];
    }
    w[i] -= lr * step;
  });
}

template <class T>
void adam_step(T* w, const T* g, T* m, T* v, Index n, T lr, T beta1, T beta2, T eps, T weight_decay,
               bool decoupled, std::int64_t step) {
  // m and v start at zero; dividing by 1 - beta^step takes that bias out. In double: beta^step is near 1.
  const T unbias_m = T(1 / (1 - std::pow(double(beta1), double(step))));
  const T unbias_v = T(1 / (1 - std::pow(double(beta2), double(step))));
  for_each(n, [=](Index i) {
    const T gradient = decoupled ? g[i] : g[i] + weight_decay * w[i];
    if (decoupled) w[i] -= lr * weight_decay * w[i];
    m[i] = beta1 * m[i] + (T(1) - beta1) * gradient;
    v[i] = beta2 * v[i] + (T(1) - beta2) * gradient * gradient;
    w[i] -= lr * (m[i] * unbias_m) / (sqrt(v[i] * unbias_v) + eps);
  });
}

template <class T>
void rmsprop_step(T* w, const T* g, T* s, T* v, Index n, T lr, T alpha, T eps, T weight_decay, T momentum) {
  for_each(n, [=](Index i) {
    const T gradient = g[i] + weight_decay * w[i];
    s[i] = alpha * s[i] + (T(1) - alpha) * gradient * gradient;
    T step = gradient / (sqrt(s[i]) + eps);
    if (v != nullptr) step = v[i] = momentum * v[i] + step;
    w[i] -= lr * step;
  });
}

template <class T>
void adagrad_step(T* w, const T* g, T* s, Index n, T lr, T eps, T weight_decay) {
  for_each(n, [=](Index i) {
    const T gradient = g[i] + weight_decay * w[i];
    s[i] += gradient * gradient;
    w[i] -= lr * gradient / (sqrt(s[i]) + eps);
  });
}

template <class T>
void sgd_steps(T* const* w, const T* const* g, T* const* v, Index count, const Index* sizes, T lr, T momentum,
               T weight_decay, bool nesterov) {
  for (Index i = 0; i < count; ++i)
    sgd_step<T>(w[i], g[i], v[i], sizes[i], lr, momentum, weight_decay, nesterov);
}

template <class T>
void adam_steps(T* const* w, const T* const* g, T* const* m, T* const* v, Index count, const Index* sizes,
                T lr, T beta1, T beta2, T eps, T weight_decay, bool decoupled, std::int64_t step) {
  for (Index i = 0; i < count; ++i)
    adam_step<T>(w[i], g[i], m[i], v[i], sizes[i], lr, beta1, beta2, eps, weight_decay, decoupled, step);
}

template <class T>
void fill_optim(KernelTable<T>& table) {
  table.sgd_step = sgd_step;
  table.adam_step = adam_step;
  table.rmsprop_step = rmsprop_step;
  table.adagrad_step = adagrad_step;
  table.sgd_steps = sgd_steps;
  table.adam_steps = adam_steps;
}
template void fill_optim(KernelTable<float>&);
template void fill_optim(KernelTable<double>&);

}  // namespace tinynn::reference
