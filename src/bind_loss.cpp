// tinynn._native: the loss stem. Contracts: csrc/kernels.def.
//
// loss and dy are [m] or the shape of x for reduction "none", () for "mean" and "sum".
#include "arrays.h"
#include "bind.h"
#include "options.h"

namespace tinynn::border {
namespace {

// A loss is one per row, one per element, or one in all.
template <class T>
Array<T> fresh_loss(Call& call, Reduction reduction, const Array<const T>& x, int axes) {
  return call.fresh<T>(reduction == Reduction::none ? axes : 0, x.shape);
}
template <class T>
Array<const T> dy_of(Call& call, Reduction reduction, py::handle value, const Array<const T>& x, int axes) {
  const auto dy = call.in<T>("dy", value);
  call.expect("dy", dy.ndim, dy.shape, reduction == Reduction::none ? axes : 0, x.shape);
  return dy;
}

void check_smoothing(const Call& call, double smoothing) {
  if (!(smoothing >= 0 && smoothing <= 1)) call.refuse("label_smoothing must lie in 0..1");
}

py::tuple cross_entropy_forward(py::handle x_, py::handle labels_, py::handle weight_, double label_smoothing,
                                py::handle reduction_) {
  Call call("cross_entropy_forward");
  const auto reduction = option<Reduction>(call, "reduction", reduction_);
  check_smoothing(call, label_smoothing);
  return call.with_dtype("x", x_, [&](auto zero) {
    using T = decltype(zero);
    const auto x = call.in<T>("x", x_, {kAny, kAny});
    const Index m = x[0], c = x[1];
    const auto labels = call.indices("labels", labels_, {m}, c);
    const auto weight = call.optional<T>("weight", weight_, {c});
    const auto loss = fresh_loss<T>(call, reduction, x, 1);
    const auto p = call.fresh<T>(x);
    call.run(8 * x.size, [&] {
      kernels<T>().cross_entropy_forward(x.data, labels.data, weight.data, loss.data, p.data, m, c,
                                         T(label_smoothing), reduction);
    });
    return py::make_tuple(loss.owner, p.owner);
  });
}

py::object cross_entropy_backward(py::handle dy_, py::handle p_, py::handle labels_, py::handle weight_,
                                  double label_smoothing, py::handle reduction_) {
  Call call("cross_entropy_backward");
  const auto reduction = option<Reduction>(call, "reduction", reduction_);
  check_smoothing(call, label_smoothing);
  return call.with_dtype("p", p_, [&](auto zero) {
    using T = decltype(zero);
    const auto p = call.in<T>("p", p_, {kAny, kAny});
    const Index m = p[0], c = p[1];
    const auto dy = dy_of<T>(call, reduction, dy_, p, 1);
    const auto labels = call.indices("labels", labels_, {m}, c);
    const auto weight = call.optional<T>("weight", weight_, {c});
    const auto dx = call.fresh<T>(p);
    call.run(2 * p.size, [&] {
      kernels<T>().cross_entropy_backward(dy.data, p.data, labels.data, weight.data, dx.data, m, c,
                                          T(label_smoothing), reduction);
    });
    return dx.owner;
  });
}

py::object multiclass_hinge_forward(py::handle x_, py::handle labels_, double margin, py::handle reduction_) {
  Call call("multiclass_hinge_forward");
  const auto reduction = option<Reduction>(call, "reduction", reduction_);
  return call.with_dtype("x", x_, [&](auto zero) {
    using T = decltype(zero);
    const auto x = call.in<T>("x", x_, {kAny, kAny});
    const auto labels = call.indices("labels", labels_, {x[0]}, x[1]);
    const auto loss = fresh_loss<T>(call, reduction, x, 1);
    call.run(x.size, [&] {
      kernels<T>().multiclass_hinge_forward(x.data, labels.data, loss.data, x[0], x[1], T(margin), reduction);
    });
    return loss.owner;
  });
}

py::object multiclass_hinge_backward(py::handle dy_, py::handle x_, py::handle labels_, double margin,
                                     py::handle reduction_) {
  Call call("multiclass_hinge_backward");
  const auto reduction = option<Reduction>(call, "reduction", reduction_);
  return call.with_dtype("x", x_, [&](auto zero) {
    using T = decltype(zero);
    const auto x = call.in<T>("x", x_, {kAny, kAny});
    const auto dy = dy_of<T>(call, reduction, dy_, x, 1);
    const auto labels = call.indices("labels", labels_, {x[0]}, x[1]);
    const auto dx = call.fresh<T>(x);
    call.run(x.size, [&] {
      kernels<T>().multiclass_hinge_backward(dy.data, x.data, labels.data, dx.data, x[0], x[1], T(margin),
                                             reduction);
    });
    return dx.owner;
  });
}

// The losses of one element: x and target of one shape. `kernel` takes a table and gives its slot.
template <class Kernel>
py::object forward(const char* who, py::handle x_, py::handle target_, py::handle reduction_, Kernel kernel) {
  Call call(who);
  const auto reduction = option<Reduction>(call, "reduction", reduction_);
  return call.with_dtype("x", x_, [&](auto zero) {
    using T = decltype(zero);
    const auto x = call.in<T>("x", x_);
    const auto target = call.in_like<T>("target", target_, x);
    const auto loss = fresh_loss<T>(call, reduction, x, x.ndim);
    call.run(8 * x.size, [&] { kernel(kernels<T>())(x.data, target.data, loss.data, x.size, reduction); });
    return loss.owner;
  });
}

template <class Kernel>
py::object backward(const char* who, py::handle dy_, py::handle x_, py::handle target_, py::handle reduction_,
                    Kernel kernel) {
  Call call(who);
  const auto reduction = option<Reduction>(call, "reduction", reduction_);
  return call.with_dtype("x", x_, [&](auto zero) {
    using T = decltype(zero);
    const auto x = call.in<T>("x", x_);
    const auto dy = dy_of<T>(call, reduction, dy_, x, x.ndim);
    const auto target = call.in_like<T>("target", target_, x);
    const auto dx = call.fresh<T>(x);
    call.run(8 * x.size,
             [&] { kernel(kernels<T>())(dy.data, x.data, target.data, dx.data, x.size, reduction); });
    return dx.owner;
  });
}

}  // namespace

void bind_loss(py::module_& m) {
  m.def("cross_entropy_forward", cross_entropy_forward, "x"_a, "labels"_a, "weight"_a, py::kw_only(),
        "label_smoothing"_a, "reduction"_a, "-> (loss, p)");
  m.def("cross_entropy_backward", cross_entropy_backward, "dy"_a, "p"_a, "labels"_a, "weight"_a,
        py::kw_only(), "label_smoothing"_a, "reduction"_a, "-> dx");
  m.def("multiclass_hinge_forward", multiclass_hinge_forward, "x"_a, "labels"_a, py::kw_only(), "margin"_a,
        "reduction"_a, "-> loss");
  m.def("multiclass_hinge_backward", multiclass_hinge_backward, "dy"_a, "x"_a, "labels"_a, py::kw_only(),
        "margin"_a, "reduction"_a, "-> dx");
#define ELEMENTWISE(loss)                                                                                   \
  m.def(                                                                                                    \
      #loss "_forward",                                                                                     \
      [](py::handle x, py::handle target, py::handle reduction) {                                           \
        return forward(#loss "_forward", x, target, reduction, [](auto& table) { return table.loss##_forward; }); \
      },                                                                                                    \
      "x"_a, "target"_a, py::kw_only(), "reduction"_a, "-> loss");                                          \
  m.def(                                                                                                    \
      #loss "_backward",                                                                                    \
      [](py::handle dy, py::handle x, py::handle target, py::handle reduction) {                            \
        return backward(#loss "_backward", dy, x, target, reduction,                                        \
                        [](auto& table) { return table.loss##_backward; });                                 \
      },                                                                                                    \
      "dy"_a, "x"_a, "target"_a, py::kw_only(), "reduction"_a, "-> dx")
  ELEMENTWISE(binary_cross_entropy_with_logits);
  ELEMENTWISE(hinge);
  ELEMENTWISE(mse);
#undef ELEMENTWISE
}

}  // namespace tinynn::border
