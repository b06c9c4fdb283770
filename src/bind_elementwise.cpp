// tinynn._native: the elementwise stem. Contracts: csrc/kernels.def.
#include <vector>

#include "arrays.h"
#include "bind.h"
#include "options.h"

namespace tinynn::border {
namespace {

py::object unary_forward(py::handle x_, py::handle op_, double p, double q) {
  Call call("unary_forward");
  const auto op = option<Unary>(call, "op", op_);
  return call.with_dtype("x", x_, [&](auto zero) {
    using T = decltype(zero);
    const Layout layout = Call::layout_of(x_);
    const auto x = call.in<T>("x", x_, layout);
    const auto y = call.fresh<T>(x, layout);
    call.run(4 * x.size, [&] { kernels<T>().unary_forward(x.data, y.data, x.size, op, T(p), T(q)); });
    return y.owner;
  });
}

py::object unary_backward(py::handle dy_, py::handle x_, py::handle y_, py::handle op_, double p, double q) {
  Call call("unary_backward");
  const auto op = option<Unary>(call, "op", op_);
  return call.with_dtype("x", x_, [&](auto zero) {
    using T = decltype(zero);
    const Layout layout = Call::layout_of(x_);
    const auto x = call.in<T>("x", x_, layout);
    const auto dy = call.in_like<T>("dy", dy_, x, layout);
    const auto y = call.in_like<T>("y", y_, x, layout);
    const auto dx = call.fresh<T>(x, layout);
    call.run(4 * x.size,
             [&] { kernels<T>().unary_backward(dy.data, x.data, y.data, dx.data, x.size, op, T(p), T(q)); });
    return dx.owner;
  });
}

// The common shape of a and b under NumPy's broadcasting, and how a kernel steps through each.
struct Broadcast {
  std::vector<Index> shape;                      // of the result
  std::vector<Index> sizes, stride_a, stride_b;  // the same with axes merged where both inputs allow it

  template <class T>
  Broadcast(const Call& call, const Array<const T>& a, const Array<const T>& b) {
    const int ndim = std::max(a.ndim, b.ndim);
    Index step_a = 1, step_b = 1;
    for (int back = 1; back <= ndim; ++back) {  // the last axis first: it grows outwards
      const Index of_a = back <= a.ndim ? a[a.ndim - back] : 1, of_b = back <= b.ndim ? b[b.ndim - back] : 1;
      if (of_a != of_b && of_a != 1 && of_b != 1)
        call.refuse("a has " + std::to_string(of_a) + " and b has " + std::to_string(of_b) + " on axis -" +
                    std::to_string(back) + "; needed equal sizes, or 1");
      const Index size = of_a == 1 ? of_b : of_a;
      shape.insert(shape.begin(), size);
      if (size != 1) append(size, of_a == 1 ? 0 : step_a, of_b == 1 ? 0 : step_b);
      step_a *= of_a;
      step_b *= of_b;
    }
    std::reverse(sizes.begin(), sizes.end());
    std::reverse(stride_a.begin(), stride_a.end());
    std::reverse(stride_b.begin(), stride_b.end());
  }

  int ndim() const { return static_cast<int>(shape.size()); }

 private:
  // One more axis outside the ones there are; part of the last one where both inputs go on where it ended.
  void append(Index size, Index step_a, Index step_b) {
    if (!sizes.empty() && step_a == stride_a.back() * sizes.back() &&
        step_b == stride_b.back() * sizes.back()) {
      sizes.back() *= size;
      return;
    }
    sizes.push_back(size);
    stride_a.push_back(step_a);
    stride_b.push_back(step_b);
  }
};

// Channels last, if one of two arrays lies so and both have as many axes: what is broadcast then is so along
// the same axes, whatever their order.
Layout common_layout(py::handle a, py::handle b) {
  const bool last = Call::layout_of(a) != Layout::c_order || Call::layout_of(b) != Layout::c_order;
  if (!last || !py::isinstance<py::array>(a) || !py::isinstance<py::array>(b)) return Layout::c_order;
  const auto axes = [](py::handle array) { return py::detail::array_proxy(array.ptr())->nd; };
  return axes(a) == axes(b) ? Layout::channels_last : Layout::c_order;
}

py::object binary_forward(py::handle a_, py::handle b_, py::handle op_) {
  Call call("binary_forward");
  const auto op = option<Binary>(call, "op", op_);
  return call.with_dtype("a", a_, [&](auto zero) {
    using T = decltype(zero);
    const Layout layout = common_layout(a_, b_);
    const auto a = call.in<T>("a", a_, layout);
    const auto b = call.in<T>("b", b_, layout);
    const Broadcast both(call, a, b);
    const auto y = call.fresh<T>(both.ndim(), both.shape.data(), layout);
    call.run(2 * y.size, [&] {
      kernels<T>().binary_forward(a.data, b.data, y.data, static_cast<Index>(both.sizes.size()),
                                  both.sizes.data(), both.stride_a.data(), both.stride_b.data(), op);
    });
    return y.owner;
  });
}

py::tuple binary_backward(py::handle dy_, py::handle a_, py::handle b_, py::handle op_, py::handle needs) {
  Call call("binary_backward");
  const auto op = option<Binary>(call, "op", op_);
  return call.with_dtype("a", a_, [&](auto zero) {
    using T = decltype(zero);
    const Layout layout = common_layout(a_, b_);
    const auto a = call.in<T>("a", a_, layout);
    const auto b = call.in<T>("b", b_, layout);
    const Broadcast both(call, a, b);
    const auto dy = call.in<T>("dy", dy_, layout);
    call.expect("dy", dy.ndim, dy.shape, both.ndim(), both.shape.data());
    Gradients gradients(call, 2, needs);
    T* da = gradients.place<T>(0, "da", dy, layout);
    T* db = gradients.place<T>(1, "db", dy, layout);
    call.run(4 * dy.size, [&] {
      kernels<T>().binary_backward(dy.data, a.data, b.data, da, db, static_cast<Index>(both.sizes.size()),
                                   both.sizes.data(), both.stride_a.data(), both.stride_b.data(), op);
    });
    return gradients.results();
  });
}

py::object where_forward(py::handle condition_, py::handle a_, py::handle b_) {
  Call call("where_forward");
  return call.with_dtype("a", a_, [&](auto zero) {
    using T = decltype(zero);
    const auto a = call.in<T>("a", a_);
    const auto b = call.in_like<T>("b", b_, a);
    const auto condition = call.mask("condition", condition_);
    call.expect("condition", condition.ndim, condition.shape, a.ndim, a.shape);
    const auto y = call.fresh<T>(a);
    call.run(a.size, [&] { kernels<T>().where_forward(condition.data, a.data, b.data, y.data, a.size); });
    return y.owner;
  });
}

}  // namespace

void bind_elementwise(py::module_& m) {
  m.def("unary_forward", unary_forward, "x"_a, py::kw_only(), "op"_a, "p"_a = 0.0, "q"_a = 0.0, "-> y");
  m.def("unary_backward", unary_backward, "dy"_a, "x"_a, "y"_a, py::kw_only(), "op"_a, "p"_a = 0.0,
        "q"_a = 0.0, "-> dx");
  m.def("binary_forward", binary_forward, "a"_a, "b"_a, py::kw_only(), "op"_a, "-> y");
  m.def("binary_backward", binary_backward, "dy"_a, "a"_a, "b"_a, py::kw_only(), "op"_a,
        "needs"_a = py::make_tuple(true, true), "-> (da, db), both of the shape of dy");
  m.def("where_forward", where_forward, "condition"_a, "a"_a, "b"_a, "-> y");
}

}  // namespace tinynn::border
