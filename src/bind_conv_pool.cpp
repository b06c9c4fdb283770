// tinynn._native: the conv_pool stem. Contracts: csrc/kernels.def.
//
// x(n,c,h,w) w(o,c/groups,kh,kw) b?(o) -> y, arg(n,o,oh/ph,ow/pw); all but w and b with their channels last
// in memory.
#include "arrays.h"
#include "bind.h"
#include "conv_shape.h"
#include "options.h"

namespace tinynn::border {
namespace {

struct Pool {
  Index size[2];   // ph, pw
  Index shape[4];  // of y: (n, o, oh / ph, ow / pw)

  Pool(const Call& call, py::handle pool, const ActivationOption& option) : shape{} {
    numbers_option(call, "pool", pool, 2, 1, size);
    if (size[0] * size[1] > 256)
      call.refuse("pool has " + std::to_string(size[0] * size[1]) + " places; needed at most 256");
    const bool grows = option.act == Activation::identity || option.act == Activation::relu ||
                       option.act == Activation::leaky_relu || option.act == Activation::sigmoid ||
                       option.act == Activation::tanh;
    if (!grows) call.refuse("activation must be identity, relu, leaky_relu, sigmoid or tanh");
  }

  void fit(const Call& call, const Conv& conv) {
    for (int axis = 0; axis < 2; ++axis) {
      shape[axis] = conv.y[axis];
      shape[2 + axis] = conv.y[2 + axis] / size[axis];
      if (shape[2 + axis] == 0)
        call.refuse("pool is larger than the " + std::to_string(conv.y[2 + axis]) +
                    " places that the convolution leaves");
    }
  }
};

py::tuple conv_pool_forward(py::handle x_, py::handle w_, py::handle b_, py::handle pool_, py::handle stride,
                            py::handle padding, py::handle dilation, Index groups, bool flip,
                            py::handle activation, py::handle alpha) {
  Call call("conv2d_pool_forward");
  const ActivationOption option(call, activation, alpha);
  const ConvOptions options(call, 2, stride, padding, dilation, groups, flip);
  Pool pool(call, pool_, option);
  return call.with_dtype("x", x_, [&](auto zero) {
    using T = decltype(zero);
    const auto w = call.in<T>("w", w_);
    const Conv conv(call, options, x_, w.ndim, w.shape);
    pool.fit(call, conv);
    const auto x = call.in_channels_last<T>("x", x_, 4, conv.x);
    const auto b = call.optional<T>("b", b_, {conv.s.o});
    const auto y = call.fresh_channels_last<T>(4, pool.shape);
    const auto arg = call.fresh_channels_last<std::uint8_t>(4, pool.shape);
    call.run(conv.work(), [&] {
      kernels<T>().conv_pool_forward(x.data, w.data, b.data, y.data, arg.data, conv.s, pool.size[0],
                                     pool.size[1], option.act, T(option.alpha));
    });
    return py::make_tuple(y.owner, arg.owner);
  });
}

py::tuple conv_pool_backward(py::handle dy_, py::handle x_, py::handle w_, py::handle y_, py::handle arg_,
                             py::handle pool_, py::handle stride, py::handle padding, py::handle dilation,
                             Index groups, bool flip, py::handle activation, py::handle alpha,
                             py::handle needs, py::handle out, bool accumulate) {
  Call call("conv2d_pool_backward");
  const ActivationOption option(call, activation, alpha);
  const ConvOptions options(call, 2, stride, padding, dilation, groups, flip);
  Pool pool(call, pool_, option);
  return call.with_dtype("x", x_, [&](auto zero) {
    using T = decltype(zero);
    const auto w = call.in<T>("w", w_);
    const Conv conv(call, options, x_, w.ndim, w.shape);
    pool.fit(call, conv);
    const auto x = call.in_channels_last<T>("x", x_, 4, conv.x);
    const auto dy = call.in_channels_last<T>("dy", dy_, 4, pool.shape);
    const auto y = call.in_channels_last<T>("y", y_, 4, pool.shape);
    const auto arg = call.in_channels_last<std::uint8_t>("arg", arg_, 4, pool.shape);
    for (Index i = 0; i < arg.size; ++i)
      if (arg.data[i] >= pool.size[0] * pool.size[1]) call.refuse("arg names a place outside its window");
    Gradients gradients(call, 3, needs, out, accumulate);
    T* dx = gradients.place_channels_last<T>(0, "dx", 4, conv.x);
    T* dw = gradients.place<T>(1, "dw", w, true);
    T* db = gradients.place<T>(2, "db", {conv.s.o}, true);
    call.run(2 * conv.work(), [&] {
      kernels<T>().conv_pool_backward(dy.data, x.data, w.data, y.data, arg.data, dx, dw, db, conv.s,
                                      pool.size[0], pool.size[1], option.act, T(option.alpha),
                                      gradients.accumulate());
    });
    return gradients.results();
  });
}

}  // namespace

void bind_conv_pool(py::module_& m) {
  m.def("conv2d_pool_forward", conv_pool_forward, "x"_a, "w"_a, "b"_a, py::kw_only(), "pool"_a, "stride"_a,
        "padding"_a, "dilation"_a, "groups"_a, "flip"_a, "activation"_a, "alpha"_a = py::none(),
        "the maxima over windows of act(w * x + b) -> (y, arg)");
  m.def("conv2d_pool_backward", conv_pool_backward, "dy"_a, "x"_a, "w"_a, "y"_a, "arg"_a, py::kw_only(),
        "pool"_a, "stride"_a, "padding"_a, "dilation"_a, "groups"_a, "flip"_a, "activation"_a,
        "alpha"_a = py::none(), "needs"_a = py::make_tuple(true, true, true), "out"_a = py::none(),
        "accumulate"_a = false, "-> (dx, dw, db)");
}

}  // namespace tinynn::border
