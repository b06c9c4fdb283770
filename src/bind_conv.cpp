// tinynn._native: the conv stem. Contracts: csrc/kernels.def.
//
// x(n,c,h,w) w(o,c/groups,kh,kw) b?(o) slope?(1 or o) -> y(n,o,oh,ow), x and y with their channels last in
// memory; conv1d without h, kh and oh. The template parameter is the number of these dimensions.
#include "arrays.h"
#include "bind.h"
#include "conv_shape.h"
#include "options.h"

namespace tinynn::border {
namespace {

template <int dims>
py::tuple conv_forward(py::handle x_, py::handle w_, py::handle b_, py::handle slope_, py::handle stride,
                       py::handle padding, py::handle dilation, Index groups, bool flip,
                       py::handle activation, py::handle alpha) {
  Call call(dims == 1 ? "conv1d_forward" : "conv2d_forward");
  const ActivationOption option(call, activation, alpha);
  const ConvOptions options(call, dims, stride, padding, dilation, groups, flip);
  return call.with_dtype("x", x_, [&](auto zero) {
    using T = decltype(zero);
    const auto w = call.in<T>("w", w_);
    const Conv conv(call, options, x_, w.ndim, w.shape);
    const auto x = call.in_channels_last<T>("x", x_, conv.ndim, conv.x);
    const auto b = call.optional<T>("b", b_, {conv.s.o});
    const auto slope = slope_of<T>(call, option.act, slope_, conv.s.o);
    const auto y = call.fresh_channels_last<T>(conv.ndim, conv.y);
    Array<T> z;
    if (keeps(option.act) == Keeps::z) z = call.fresh_channels_last<T>(conv.ndim, conv.y);
    call.run(conv.work(), [&] {
      kernels<T>().conv_forward(x.data, w.data, b.data, slope.data, y.data, z.data, conv.s, slope.size,
                                option.act, T(option.alpha));
    });
    return py::make_tuple(y.owner, keeps(option.act) == Keeps::y ? y.owner : z.owner);
  });
}

template <int dims>
py::tuple conv_backward(py::handle dy_, py::handle x_, py::handle w_, py::handle kept_, py::handle slope_,
                        py::handle stride, py::handle padding, py::handle dilation, Index groups, bool flip,
                        py::handle activation, py::handle alpha, py::handle needs, py::handle out,
                        bool accumulate) {
  Call call(dims == 1 ? "conv1d_backward" : "conv2d_backward");
  const ActivationOption option(call, activation, alpha);
  const ConvOptions options(call, dims, stride, padding, dilation, groups, flip);
  return call.with_dtype("x", x_, [&](auto zero) {
    using T = decltype(zero);
    const auto w = call.in<T>("w", w_);
    const Conv conv(call, options, x_, w.ndim, w.shape);
    const auto x = call.in_channels_last<T>("x", x_, conv.ndim, conv.x);
    const auto dy = call.in_channels_last<T>("dy", dy_, conv.ndim, conv.y);
    expect_kept(call, option.act, kept_);
    Array<const T> kept;
    if (!kept_.is_none()) kept = call.in_channels_last<T>("kept", kept_, conv.ndim, conv.y);
    const auto slope = slope_of<T>(call, option.act, slope_, conv.s.o);
    Gradients gradients(call, 4, needs, out, accumulate);
    T* dx = gradients.place_channels_last<T>(0, "dx", conv.ndim, conv.x);
    T* dw = gradients.place<T>(1, "dw", w, true);
    T* db = gradients.place<T>(2, "db", {conv.s.o}, true);
    T* dslope = slope.data == nullptr ? nullptr : gradients.place<T>(3, "dslope", slope, true);
    call.run(2 * conv.work(), [&] {
      kernels<T>().conv_backward(dy.data, x.data, w.data, kept.data, slope.data, dx, dw, db, dslope, conv.s,
                                 slope.size, option.act, T(option.alpha), gradients.accumulate());
    });
    return gradients.results();
  });
}

template <int dims>
py::object conv_transpose(py::handle x_, py::handle w_, py::handle b_, py::handle size_, py::handle stride,
                          py::handle padding, py::handle dilation, Index groups, bool flip) {
  Call call(dims == 1 ? "conv1d_transpose" : "conv2d_transpose");
  const ConvOptions options(call, dims, stride, padding, dilation, groups, flip);
  Index size[2];
  numbers_option(call, "size", size_, dims, 0, size);
  return call.with_dtype("x", x_, [&](auto zero) -> py::object {
    using T = decltype(zero);
    const auto w = call.in<T>("w", w_);
    const Index n = shape_of(call, "x", x_, dims + 2)[0];
    const Conv conv(call, options, n, size + 2 - dims, w.ndim, w.shape);
    const auto x = call.in_channels_last<T>("x", x_, conv.ndim, conv.y);
    const auto b = call.optional<T>("b", b_, {conv.s.c});
    const auto y = call.fresh_channels_last<T>(conv.ndim, conv.x);
    call.run(conv.work(), [&] { kernels<T>().conv_transpose(x.data, w.data, b.data, y.data, conv.s); });
    return y.owner;
  });
}

template <int dims>
void bind(py::module_& m, const char* forward, const char* backward, const char* transpose) {
  m.def(forward, conv_forward<dims>, "x"_a, "w"_a, "b"_a, "slope"_a, py::kw_only(), "stride"_a, "padding"_a,
        "dilation"_a, "groups"_a, "flip"_a, "activation"_a, "alpha"_a, "act(w * x + b) -> (y, kept)");
  m.def(backward, conv_backward<dims>, "dy"_a, "x"_a, "w"_a, "kept"_a, "slope"_a, py::kw_only(), "stride"_a,
        "padding"_a, "dilation"_a, "groups"_a, "flip"_a, "activation"_a, "alpha"_a,
        "needs"_a = py::make_tuple(true, true, true, true), "out"_a = py::none(), "accumulate"_a = false,
        "-> (dx, dw, db, dslope)");
  m.def(transpose, conv_transpose<dims>, "x"_a, "w"_a, "b"_a, py::kw_only(), "size"_a, "stride"_a,
        "padding"_a, "dilation"_a, "groups"_a, "flip"_a, "the adjoint of forward, plus b -> y");
}

}  // namespace

void bind_conv(py::module_& m) {
  bind<1>(m, "conv1d_forward", "conv1d_backward", "conv1d_transpose");
  bind<2>(m, "conv2d_forward", "conv2d_backward", "conv2d_transpose");
}

}  // namespace tinynn::border
