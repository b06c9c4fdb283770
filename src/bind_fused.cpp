// tinynn._native: the fused stem. Contracts: csrc/kernels.def.
#include "arrays.h"
#include "bind.h"
#include "options.h"

namespace tinynn::border {
namespace {

// What a layer of the chain is given and gets back.
template <class T>
struct Layers {
  std::vector<Array<const T>> given;  // keeps what had to be copied
  std::vector<const T*> w, b;
  std::vector<T*> dw, db;
  std::vector<Index> widths;
  py::list gradients_w, gradients_b;
  Index work = 0;

  Layers(Call& call, Index inputs, const py::sequence& ws, const py::sequence& bs) : widths{inputs} {
    if (ws.size() != bs.size()) call.refuse("needed a b, or None, for every w");
    for (std::size_t l = 0; l < ws.size(); ++l) {
      const auto one = call.in<T>("w", ws[l], {kAny, widths.back()});
      const auto bias = call.optional<T>("b", bs[l], {one[0]});
      const auto dw_l = call.fresh<T>(one);
      gradients_w.append(dw_l.owner);
      w.push_back(one.data);
      b.push_back(bias.data);
      dw.push_back(dw_l.data);
      if (bias.data == nullptr) {
        db.push_back(nullptr);
        gradients_b.append(py::none());
      } else {
        const auto db_l = call.fresh<T>(bias);
        db.push_back(db_l.data);
        gradients_b.append(db_l.owner);
      }
      widths.push_back(one[0]);
      work += one.size;
      given.push_back(one);
      given.push_back(bias);
    }
  }
};

py::tuple chain_cross_entropy(py::handle x_, py::handle labels_, py::handle w_, py::handle b_,
                              py::handle activation, py::handle alpha_, double label_smoothing,
                              py::handle reduction_) {
  Call call("chain_cross_entropy");
  const ActivationOption option(call, activation, alpha_);
  const auto reduction = border::option<Reduction>(call, "reduction", reduction_);
  if (!(label_smoothing >= 0 && label_smoothing <= 1)) call.refuse("label_smoothing must lie in 0..1");
  if (reduction == Reduction::none) call.refuse("reduction is 'none'; needed mean or sum");
  if (option.act == Activation::prelu)
    call.refuse("activation is 'prelu', whose slope is no part of a chain");
  const py::sequence ws = list_of(call, "w", w_), bs = list_of(call, "b", b_);
  return call.with_dtype("x", x_, [&](auto zero) {
    using T = decltype(zero);
    const auto x = call.in<T>("x", x_, {kAny, kAny});
    const Layers<T> layers(call, x[1], ws, bs);
    const Index m = x[0], c = layers.widths.back(), count = static_cast<Index>(layers.w.size());
    const auto labels = call.indices("labels", labels_, {m}, c);
    const auto loss = call.fresh<T>(0, nullptr);
    const auto dx = call.fresh<T>(x);
    Array<T> y;
    if (count > 0) y = call.fresh<T>({m, c});
    call.run(m * (3 * layers.work + 8 * c), [&] {
      kernels<T>().chain_cross_entropy(x.data, labels.data, layers.w.data(), layers.b.data(), loss.data,
                                       y.data, dx.data, layers.dw.data(), layers.db.data(), m, count,
                                       layers.widths.data(), option.act, T(option.alpha), T(label_smoothing),
                                       reduction);
    });
    py::list results;
    results.append(loss.owner);
    results.append(y.owner);
    results.append(dx.owner);
    for (py::handle gradient : layers.gradients_w) results.append(gradient);
    for (py::handle gradient : layers.gradients_b) results.append(gradient);
    return py::tuple(results);
  });
}

py::object linear_backward_sgd(py::handle dy_, py::handle x_, py::handle w_, py::handle b_, py::handle kept_,
                               py::handle v_, py::handle v_b_, py::handle activation, py::handle alpha_,
                               double lr, double momentum, double weight_decay, bool nesterov) {
  Call call("linear_backward_sgd");
  const ActivationOption option(call, activation, alpha_);
  if (option.act == Activation::prelu) call.refuse("activation is 'prelu'; needed one without a slope");
  return call.with_dtype("x", x_, [&](auto zero) {
    using T = decltype(zero);
    const auto x = call.in<T>("x", x_, {kAny, kAny});
    const auto dy = call.in<T>("dy", dy_, {x[0], kAny});
    const Index m = x[0], n = dy[1], k = x[1];
    const Index of_w[] = {n, k}, of_b[] = {n};
    const auto updated = [&](const char* name, py::handle value, int ndim, const Index* shape) {
      return value.is_none() ? nullptr : call.inout<T>(name, value, ndim, shape).data;
    };
    if (b_.is_none() && !v_b_.is_none()) call.refuse("v_b is given, but b is None");
    const auto kept = kept_of<T>(call, option.act, kept_, dy);
    T* w = call.inout<T>("w", w_, 2, of_w).data;
    T* b = updated("b", b_, 1, of_b);
    T* v = updated("v", v_, 2, of_w);
    T* v_b = updated("v_b", v_b_, 1, of_b);
    const auto dx = call.fresh<T>(x);
    call.run(2 * m * n * k, [&] {
      kernels<T>().linear_backward_sgd(dy.data, x.data, w, b, kept.data, v, v_b, dx.data, m, n, k, option.act,
                                       T(option.alpha), T(lr), T(momentum), T(weight_decay), nesterov);
    });
    return dx.owner;
  });
}

}  // namespace

void bind_fused(py::module_& m) {
  m.def("chain_cross_entropy", chain_cross_entropy, "x"_a, "labels"_a, "w"_a, "b"_a, py::kw_only(),
        "activation"_a, "alpha"_a, "label_smoothing"_a, "reduction"_a, "-> loss, y, dx, *dw, *db");
  m.def("linear_backward_sgd", linear_backward_sgd, "dy"_a, "x"_a, "w"_a, "b"_a, "kept"_a, "v"_a, "v_b"_a,
        py::kw_only(), "activation"_a, "alpha"_a, "lr"_a, "momentum"_a, "weight_decay"_a, "nesterov"_a,
        "-> dx; in place on w, b, v and v_b");
}

}  // namespace tinynn::border
