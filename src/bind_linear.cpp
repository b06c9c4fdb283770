// tinynn._native: the linear stem. Contracts: csrc/kernels.def.
//
// x[m,k] w[n,k] b?[n], or with a leading g on each; slope?[1 or n]
#include "arrays.h"
#include "bind.h"
#include "options.h"

namespace tinynn::border {
namespace {

struct Sizes {
  Index g, m, n, k;
  Index work() const { return g * m * n * (k + 1); }
};

// x and w fit together, both as one matrix or both as g of them.
template <class T>
Sizes sizes_of(const Call& call, const Array<const T>& x, const Array<const T>& w) {
  if (x.ndim == 3) {
    call.expect("w", w, {x[0], kAny, x[2]});
    return {x[0], x[1], w[1], x[2]};
  }
  call.expect("x", x, {kAny, kAny});
  call.expect("w", w, {kAny, x[1]});
  return {1, x[0], w[0], x[1]};
}

// [g,rows,columns], without g where x has none.
struct Shape {
  int ndim;
  Index sizes[3];
  Shape(int x_ndim, Index g, Index rows, Index columns) : ndim(x_ndim), sizes{g, rows, columns} {
    if (ndim == 2) sizes[0] = rows, sizes[1] = columns;
  }
};

py::tuple linear_forward(py::handle x_, py::handle w_, py::handle b_, py::handle slope_,
                         py::handle activation, py::handle alpha_) {
  Call call("linear_forward");
  const ActivationOption option(call, activation, alpha_);
  return call.with_dtype("x", x_, [&](auto zero) {
    using T = decltype(zero);
    const auto x = call.in<T>("x", x_);
    const auto w = call.in<T>("w", w_);
    const auto [g, m, n, k] = sizes_of(call, x, w);
    const auto b = x.ndim == 3 ? call.optional<T>("b", b_, {g, n}) : call.optional<T>("b", b_, {n});
    const auto slope = slope_of<T>(call, option.act, slope_, n);
    const Shape shape(x.ndim, g, m, n);
    const auto y = call.fresh<T>(shape.ndim, shape.sizes);
    Array<T> z;
    if (keeps(option.act) == Keeps::z) z = call.fresh<T>(shape.ndim, shape.sizes);
    call.run(Sizes{g, m, n, k}.work(), [&, g = g, m = m, n = n, k = k] {
      kernels<T>().linear_forward(x.data, w.data, b.data, slope.data, y.data, z.data, g, m, n, k, slope.size,
                                  option.act, T(option.alpha));
    });
    return py::make_tuple(y.owner, keeps(option.act) == Keeps::y ? y.owner : z.owner);
  });
}

py::tuple linear_backward(py::handle dy_, py::handle x_, py::handle w_, py::handle kept_, py::handle slope_,
                          py::handle activation, py::handle alpha_, py::handle needs, py::handle out,
                          bool accumulate) {
  Call call("linear_backward");
  const ActivationOption option(call, activation, alpha_);
  return call.with_dtype("x", x_, [&](auto zero) {
    using T = decltype(zero);
    const auto x = call.in<T>("x", x_);
    const auto w = call.in<T>("w", w_);
    const auto [g, m, n, k] = sizes_of(call, x, w);
    const Shape shape(x.ndim, g, m, n), bias(x.ndim - 1, 1, g, n);
    const auto dy = call.in<T>("dy", dy_);
    call.expect("dy", dy.ndim, dy.shape, shape.ndim, shape.sizes);
    const auto kept = kept_of<T>(call, option.act, kept_, dy);
    const auto slope = slope_of<T>(call, option.act, slope_, n);
    Gradients gradients(call, 4, needs, out, accumulate);
    T* dx = gradients.place<T>(0, "dx", x, false);
    T* dw = gradients.place<T>(1, "dw", w, true);
    T* db =
        bias.ndim == 1 ? gradients.place<T>(2, "db", {n}, true) : gradients.place<T>(2, "db", {g, n}, true);
    T* dslope = slope.data == nullptr ? nullptr : gradients.place<T>(3, "dslope", slope, true);
    call.run(2 * Sizes{g, m, n, k}.work(), [&, g = g, m = m, n = n, k = k] {
      kernels<T>().linear_backward(dy.data, x.data, w.data, kept.data, slope.data, dx, dw, db, dslope, g, m,
                                   n, k, slope.size, option.act, T(option.alpha), gradients.accumulate());
    });
    return gradients.results();
  });
}

py::tuple maxout_forward(py::handle x_, py::handle w_, py::handle b_) {
  Call call("maxout_forward");
  return call.with_dtype("x", x_, [&](auto zero) {
    using T = decltype(zero);
    const auto x = call.in<T>("x", x_, {kAny, kAny});
    const auto w = call.in<T>("w", w_, {kAny, kAny, x[1]});
    const Index pieces = w[0], m = x[0], n = w[1], k = x[1];
    if (pieces < 1 || pieces > 256)
      call.refuse("w has " + std::to_string(pieces) + " pieces; needed 1 to 256");
    const auto b = call.optional<T>("b", b_, {pieces, n});
    const auto y = call.fresh<T>({m, n});
    const auto arg = call.fresh<std::uint8_t>({m, n});
    call.run(pieces * y.size * (k + 1),
             [&] { kernels<T>().maxout_forward(x.data, w.data, b.data, y.data, arg.data, pieces, m, n, k); });
    return py::make_tuple(y.owner, arg.owner);
  });
}

py::tuple maxout_backward(py::handle dy_, py::handle x_, py::handle w_, py::handle arg_, py::handle needs,
                          py::handle out, bool accumulate) {
  Call call("maxout_backward");
  return call.with_dtype("x", x_, [&](auto zero) {
    using T = decltype(zero);
    const auto x = call.in<T>("x", x_, {kAny, kAny});
    const auto w = call.in<T>("w", w_, {kAny, kAny, x[1]});
    const Index pieces = w[0], m = x[0], n = w[1], k = x[1];
    const auto dy = call.in<T>("dy", dy_, {m, n});
    const auto arg = call.in<std::uint8_t>("arg", arg_, {m, n});
    for (Index i = 0; i < arg.size; ++i)
      if (arg.data[i] >= pieces) call.refuse("arg names a piece that w does not have");
    Gradients gradients(call, 3, needs, out, accumulate);
    T* dx = gradients.place<T>(0, "dx", x, false);
    T* dw = gradients.place<T>(1, "dw", w, true);
    T* db = gradients.place<T>(2, "db", {pieces, n}, true);
    call.run(2 * dy.size * (k + 1), [&] {
      kernels<T>().maxout_backward(dy.data, x.data, w.data, arg.data, dx, dw, db, pieces, m, n, k,
                                   gradients.accumulate());
    });
    return gradients.results();
  });
}

py::object matmul(py::handle a_, py::handle b_, bool transpose_a, bool transpose_b) {
  Call call("matmul");
  return call.with_dtype("a", a_, [&](auto zero) {
    using T = decltype(zero);
    const auto a = call.in<T>("a", a_);
    const auto b = call.in<T>("b", b_);
    if (a.ndim != 2 && a.ndim != 3) call.expect("a", a, {kAny, kAny});
    const int first = a.ndim - 2;
    const Index g = first == 0 ? 1 : a[0];
    const Index m = a[first + (transpose_a ? 1 : 0)], k = a[first + (transpose_a ? 0 : 1)];
    const Index rows = transpose_b ? kAny : k, columns = transpose_b ? k : kAny;
    if (first == 0)
      call.expect("b", b, {rows, columns});
    else
      call.expect("b", b, {g, rows, columns});
    const Index n = b[first + (transpose_b ? 0 : 1)];
    const Shape shape(a.ndim, g, m, n);
    const auto c = call.fresh<T>(shape.ndim, shape.sizes);
    call.run(c.size * (k + 1),
             [&] { kernels<T>().matmul(a.data, b.data, c.data, g, m, n, k, transpose_a, transpose_b); });
    return c.owner;
  });
}

}  // namespace

void bind_linear(py::module_& m) {
  m.def("linear_forward", linear_forward, "x"_a, "w"_a, "b"_a, "slope"_a, py::kw_only(), "activation"_a,
        "alpha"_a, "act(x w^T + b) -> (y, kept)");
  m.def("linear_backward", linear_backward, "dy"_a, "x"_a, "w"_a, "kept"_a, "slope"_a, py::kw_only(),
        "activation"_a, "alpha"_a, "needs"_a = py::make_tuple(true, true, true, true), "out"_a = py::none(),
        "accumulate"_a = false, "-> (dx, dw, db, dslope)");
  m.def("maxout_forward", maxout_forward, "x"_a, "w"_a, "b"_a,
        "max over the pieces of x w^T + b -> (y, arg)");
  m.def("maxout_backward", maxout_backward, "dy"_a, "x"_a, "w"_a, "arg"_a, py::kw_only(),
        "needs"_a = py::make_tuple(true, true, true), "out"_a = py::none(), "accumulate"_a = false,
        "-> (dx, dw, db)");
  m.def("matmul", matmul, "a"_a, "b"_a, py::kw_only(), "transpose_a"_a = false, "transpose_b"_a = false,
        "op(a) op(b) -> c");
}

}  // namespace tinynn::border
