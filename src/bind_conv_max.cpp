// tinynn._native: the conv_max stem. Contracts: csrc/kernels.def.
//
// x(n,c,h,w) w(o,c/groups,kh,kw) b?(o) -> y, arg(n,o,1,1); x with its channels last in memory.
#include "arrays.h"
#include "bind.h"
#include "conv_shape.h"
#include "options.h"

namespace tinynn::border {
namespace {

// The activation tells its derivative from y, and there is a place to find the maximum in.
void check(const Call& call, const ActivationOption& option, const Conv& conv) {
  if (keeps(option.act) == Keeps::z) call.refuse("activation must not be gelu, silu or prelu");
  const Index places = conv.s.oh * conv.s.ow;
  if (places < 1 || places > 0x7fffffff)
    call.refuse("the convolution leaves " + std::to_string(places) + " places; needed 1 to 2^31 - 1");
}

py::tuple conv_max_forward(py::handle x_, py::handle w_, py::handle b_, py::handle stride, py::handle padding,
                           py::handle dilation, Index groups, bool flip, py::handle activation,
                           py::handle alpha) {
  Call call("conv2d_max_forward");
  const ActivationOption option(call, activation, alpha);
  const ConvOptions options(call, 2, stride, padding, dilation, groups, flip);
  return call.with_dtype("x", x_, [&](auto zero) {
    using T = decltype(zero);
    const auto w = call.in<T>("w", w_);
    const Conv conv(call, options, x_, w.ndim, w.shape);
    check(call, option, conv);
    const Index shape[4] = {conv.s.n, conv.s.o, 1, 1};
    const auto x = call.in_channels_last<T>("x", x_, 4, conv.x);
    const auto b = call.optional<T>("b", b_, {conv.s.o});
    const auto y = call.fresh_channels_last<T>(4, shape);
    const auto arg = call.fresh_channels_last<std::int32_t>(4, shape);
    call.run(conv.work(), [&] {
      kernels<T>().conv_max_forward(x.data, w.data, b.data, y.data, arg.data, conv.s, option.act,
                                    T(option.alpha));
    });
    return py::make_tuple(y.owner, arg.owner);
  });
}

py::tuple conv_max_backward(py::handle dy_, py::handle x_, py::handle w_, py::handle y_, py::handle arg_,
                            py::handle stride, py::handle padding, py::handle dilation, Index groups,
                            bool flip, py::handle activation, py::handle alpha, py::handle needs,
                            py::handle out, bool accumulate) {
  Call call("conv2d_max_backward");
  const ActivationOption option(call, activation, alpha);
  const ConvOptions options(call, 2, stride, padding, dilation, groups, flip);
  return call.with_dtype("x", x_, [&](auto zero) {
    using T = decltype(zero);
    const auto w = call.in<T>("w", w_);
    const Conv conv(call, options, x_, w.ndim, w.shape);
    check(call, option, conv);
    const Index shape[4] = {conv.s.n, conv.s.o, 1, 1};
    const auto x = call.in_channels_last<T>("x", x_, 4, conv.x);
    const auto dy = call.in_channels_last<T>("dy", dy_, 4, shape);
    const auto y = call.in_channels_last<T>("y", y_, 4, shape);
    const auto arg = call.in_channels_last<std::int32_t>("arg", arg_, 4, shape);
    for (Index i = 0; i < arg.size; ++i)
      if (arg.data[i] < 0 || arg.data[i] >= conv.s.oh * conv.s.ow)
        call.refuse("arg names a place outside the image");
    Gradients gradients(call, 3, needs, out, accumulate);
    T* dx = gradients.place_channels_last<T>(0, "dx", 4, conv.x);
    T* dw = gradients.place<T>(1, "dw", w, true);
    T* db = gradients.place<T>(2, "db", {conv.s.o}, true);
    call.run(2 * conv.work(), [&] {
      kernels<T>().conv_max_backward(dy.data, x.data, w.data, y.data, arg.data, dx, dw, db, conv.s,
                                     option.act, T(option.alpha), gradients.accumulate());
    });
    return gradients.results();
  });
}

}  // namespace

void bind_conv_max(py::module_& m) {
  m.def("conv2d_max_forward", conv_max_forward, "x"_a, "w"_a, "b"_a, py::kw_only(), "stride"_a, "padding"_a,
        "dilation"_a, "groups"_a, "flip"_a, "activation"_a, "alpha"_a = py::none(),
        "the maxima over images of act(w * x + b) -> (y, arg)");
  m.def("conv2d_max_backward", conv_max_backward, "dy"_a, "x"_a, "w"_a, "y"_a, "arg"_a, py::kw_only(),
        "stride"_a, "padding"_a, "dilation"_a, "groups"_a, "flip"_a, "activation"_a, "alpha"_a = py::none(),
        "needs"_a = py::make_tuple(true, true, true), "out"_a = py::none(), "accumulate"_a = false,
        "-> (dx, dw, db)");
}

}  // namespace tinynn::border
