// Several kernels in one: what the passes of a compiled step put in the place of a chain of calls. Here they
// are that chain. Contracts: kernels.def.
#include <vector>

#include "reference.h"

namespace tinynn::reference {

template <class T>
void chain_cross_entropy(const T* x, const std::int64_t* labels, const T* const* w, const T* const* b,
                         T* loss, T* y, T* dx, T* const* dw, T* const* db, Index m, Index layers,
                         const Index* widths, Activation act, T alpha, T smoothing, Reduction reduction) {
  const auto matrix = [m](Index width) { return std::vector<T>(static_cast<std::size_t>(m * width)); };
  const bool keeps_z = keeps(act) == Keeps::z, keeps_nothing = keeps(act) == Keeps::nothing;
  std::vector<std::vector<T>> outputs, inputs;  // y_l and z_l of the hidden layers
  std::vector<const T*> ys{x};
  for (Index l = 0; l < layers; ++l) {
    const bool last = l + 1 == layers;
    outputs.push_back(matrix(last ? 0 : widths[l + 1]));
    inputs.push_back(matrix(last || !keeps_z ? 0 : widths[l + 1]));
    T* out = last ? y : outputs.back().data();
    linear_forward<T>(ys.back(), w[l], b[l], nullptr, out, keeps_z && !last ? inputs.back().data() : nullptr,
                      1, m, widths[l + 1], widths[l], 0, last ? Activation::identity : act, alpha);
    ys.push_back(out);
  }
  const Index c = widths[layers];
  std::vector<T> p = matrix(c), dz = matrix(c);
  cross_entropy_forward<T>(ys.back(), labels, nullptr, loss, p.data(), m, c, smoothing, reduction);
  const T one = 1;
  cross_entropy_backward<T>(&one, p.data(), labels, nullptr, layers == 0 ? dx : dz.data(), m, c, smoothing,
                            reduction);
  for (Index l = layers - 1; l >= 0; --l) {
    const bool last = l + 1 == layers;
    const T* kept = last || keeps_nothing ? nullptr : keeps_z ? inputs[l].data() : outputs[l].data();
    std::vector<T> below = matrix(l == 0 ? 0 : widths[l]);
    linear_backward<T>(dz.data(), ys[l], w[l], kept, nullptr, l == 0 ? dx : below.data(), dw[l], db[l],
                       nullptr, 1, m, widths[l + 1], widths[l], 0, last ? Activation::identity : act, alpha,
                       false);
    dz.swap(below);
  }
}

template <class T>
void linear_backward_sgd(const T* dy, const T* x, T* w, T* b, const T* kept, T* v, T* v_b, T* dx, Index m,
                         Index n, Index k, Activation act, T alpha, T lr, T momentum, T weight_decay,
                         bool nesterov) {
  std::vector<T> dw(static_cast<std::size_t>(n * k)), db(static_cast<std::size_t>(b == nullptr ? 0 : n));
  linear_backward<T>(dy, x, w, kept, nullptr, dx, dw.data(), b == nullptr ? nullptr : db.data(), nullptr, 1,
                     m, n, k, 0, act, alpha, false);
  sgd_step<T>(w, dw.data(), v, n * k, lr, momentum, weight_decay, nesterov);
  if (b != nullptr) sgd_step<T>(b, db.data(), v_b, n, lr, momentum, weight_decay, nesterov);
}

template <class T>
void fill_fused(KernelTable<T>& table) {
  table.chain_cross_entropy = chain_cross_entropy;
  table.linear_backward_sgd = linear_backward_sgd;
}
template void fill_fused(KernelTable<float>&);
template void fill_fused(KernelTable<double>&);

}  // namespace tinynn::reference
