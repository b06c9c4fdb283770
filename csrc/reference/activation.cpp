// Activations, element by element. Contracts: kernels.def; the formulas: formulas.h.
//
// m rows   c channels   inner elements of a channel (1 after a linear layer, h * w after a convolution)
// Only prelu needs to know the channel: the others see one long row.
#include "reference.h"

namespace tinynn::reference {
namespace {

constexpr Index kWork = 8;  // an exponential costs about as much as this many multiply-adds

// y[i] = f(i, alpha of the channel that i lies in), for all of [m,c,inner].
template <class T, class F>
void for_each(Index m, Index c, Index inner, const T* slope, Index n_slope, T alpha, F&& f) {
  if (slope == nullptr || n_slope == 1) {
    const T a = slope == nullptr ? alpha : slope[0];
    return parallel_for(m * c * inner, grain_of(kWork), [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) f(i, a);
    });
  }
  parallel_for(m, grain_of(c * inner * kWork), [&](Index begin, Index end) {
    for (Index row = begin * c; row < end * c; ++row)
      for (Index i = row * inner; i < (row + 1) * inner; ++i) f(i, slope[row % c]);
  });
}

// dslope_j (+)= the sum over rows and over the channel, or over everything where there is one slope.
template <class T>
void sum_dslope(const T* dy, const T* z, T* dslope, Index m, Index c, Index inner, Index n_slope,
                bool accumulate) {
  const auto term = [&](Index i) { return double(dy[i] * Prelu::dslope(z[i])); };
  if (n_slope == 1) {
    const double total = parallel_sum(m * c * inner, 2, term);
    dslope[0] = (accumulate ? dslope[0] : T(0)) + T(total);
    return;
  }
  parallel_for(c, grain_of(m * inner), [&](Index begin, Index end) {
    for (Index channel = begin; channel < end; ++channel) {
      double total = 0;
      for (Index row = channel; row < m * c; row += c)
        for (Index i = row * inner; i < (row + 1) * inner; ++i) total += term(i);
      dslope[channel] = (accumulate ? dslope[channel] : T(0)) + T(total);
    }
  });
}

}  // namespace

template <class T>
void activation_forward(const T* x, const T* slope, T* y, Index m, Index c, Index inner, Index n_slope,
                        Activation act, T alpha) {
  visit(act, [&](auto formula) {
    using A = decltype(formula);
    for_each(m, c, inner, slope, n_slope, alpha, [&](Index i, T a) { y[i] = A::forward(x[i], a); });
  });
}

template <class T>
void activation_backward(const T* dy, const T* kept, const T* slope, T* dx, T* dslope, Index m, Index c,
                         Index inner, Index n_slope, Activation act, T alpha, bool accumulate) {
  if (dslope != nullptr)  // before dx, which may lie on dy
    sum_dslope(dy, kept, dslope, m, c, inner, n_slope, accumulate);
  if (dx == nullptr) return;
  visit(act, [&](auto formula) {
    using A = decltype(formula);
    for_each(m, c, inner, slope, n_slope, alpha, [&](Index i, T a) {
      dx[i] = A::keeps == Keeps::nothing ? dy[i] : dy[i] * A::derivative(kept[i], a);
    });
  });
}

template <class T>
void fill_activation(KernelTable<T>& table) {
  table.activation_forward = activation_forward;
  table.activation_backward = activation_backward;
}
template void fill_activation(KernelTable<float>&);
template void fill_activation(KernelTable<double>&);

}  // namespace tinynn::reference

tinynn::Keeps tinynn::keeps(Activation act) {
  Keeps kept = Keeps::nothing;
  reference::visit(act, [&](auto formula) { kept = decltype(formula)::keeps; });
  return kept;
}
