// tinynn._native: the pool stem. Contracts: csrc/kernels.def.
//
// x (n,c,h,w)  ->  y, arg (n,c,oh,ow), in memory [n,h,w,c] and [n,oh,ow,c]
#include <pybind11/stl.h>

#include <array>

#include "arrays.h"
#include "bind.h"

namespace tinynn::border {
namespace {

using Pair = std::array<Index, 2>;  // along the height, along the width
constexpr Index kImages[] = {kAny, kAny, kAny, kAny};
constexpr Index kMostOfAPool =
    0x7fffffff;  // of a size, so that no product of two overflows; and of places in a window
constexpr Index kMostInAByte = 256;

std::string text_of(const Pair& pair) {
  return "(" + std::to_string(pair[0]) + ", " + std::to_string(pair[1]) + ")";
}

struct Options {
  Pair kernel, stride{1, 1}, padding{0, 0};
};

// How many windows along one axis; less than one where none fits.
Index count(Index h, Index k, Index s, Index p, bool ceil_mode) {
  const Index free = h + 2 * p - k + (ceil_mode ? s - 1 : 0);
  if (free < 0) return 0;
  const Index o = free / s + 1;
  return ceil_mode && (o - 1) * s >= h + p ? o - 1 : o;  // the last one would hold nothing but padding
}

void expect_sensible(const Call& call, const Pair& plane, const Options& options) {
  for (int axis = 0; axis < 2; ++axis) {
    const Index h = plane[axis], k = options.kernel[axis], s = options.stride[axis],
                p = options.padding[axis];
    if (h < 1 || k < 1 || s < 1 || p < 0 || std::max({h, k, s}) > kMostOfAPool || 2 * p > k)
      call.refuse("the plane is " + text_of(plane) + ", the kernel " + text_of(options.kernel) +
                  ", the stride " + text_of(options.stride) + " and the padding " + text_of(options.padding) +
                  "; needed sizes and strides of at least 1 and a padding from 0 to half the kernel");
  }
  if (options.kernel[0] * options.kernel[1] > kMostOfAPool) call.refuse("a window has too many places");
}

PoolShape shape_of(Index n, Index c, const Pair& plane, const Pair& out, const Options& options) {
  return {n,
          plane[0],
          plane[1],
          c,
          out[0],
          out[1],
          options.kernel[0],
          options.kernel[1],
          options.stride[0],
          options.stride[1],
          options.padding[0],
          options.padding[1]};
}

// The shape of a pool over a plane; how many windows there are follows.
template <class T>
PoolShape forward_shape(const Call& call, const Array<const T>& x, const Options& options, bool ceil_mode) {
  const Pair plane{x[1], x[2]};
  expect_sensible(call, plane, options);
  Pair out;
  for (int axis = 0; axis < 2; ++axis)
    out[axis] =
        count(plane[axis], options.kernel[axis], options.stride[axis], options.padding[axis], ceil_mode);
  if (out[0] < 1 || out[1] < 1)
    call.refuse("a window of " + text_of(options.kernel) + " does not fit on " + text_of(plane) +
                " with padding " + text_of(options.padding));
  return shape_of(x[0], x[3], plane, out, options);
}

// The same from dy; how many windows there are must be what the forward pass makes, with or without
// ceil_mode.
template <class T>
PoolShape backward_shape(const Call& call, const Array<const T>& dy, const Pair& plane,
                         const Options& options) {
  expect_sensible(call, plane, options);
  const Pair out{dy[1], dy[2]};
  for (int axis = 0; axis < 2; ++axis) {
    const auto fits = [&](bool ceil_mode) {
      return out[axis] >= 1 && out[axis] == count(plane[axis], options.kernel[axis], options.stride[axis],
                                                  options.padding[axis], ceil_mode);
    };
    if (!fits(false) && !fits(true))
      call.refuse("dy has " + text_of(out) + " windows, but a plane of " + text_of(plane) + " has not");
  }
  return shape_of(dy[0], dy[3], plane, out, options);
}

// Adaptive windows of any number; the kernel is the largest of them.
PoolShape adaptive_shape(const Call& call, Index n, Index c, const Pair& plane, const Pair& out) {
  Options options{{0, 0}};
  for (int axis = 0; axis < 2; ++axis) {
    const Index h = plane[axis], o = out[axis];
    if (h < 1 || o < 1 || h > kMostOfAPool || o > kMostOfAPool)
      call.refuse("got " + text_of(out) + " windows on a plane of " + text_of(plane) +
                  "; needed at least one of each");
    for (Index i = 0; i < o; ++i)
      options.kernel[axis] = std::max(options.kernel[axis], ((i + 1) * h + o - 1) / o - i * h / o);
  }
  if (options.kernel[0] * options.kernel[1] > kMostOfAPool) call.refuse("a window has too many places");
  return shape_of(n, c, plane, out, options);
}

Index work(const PoolShape& s) { return s.n * s.c * (s.h * s.w + s.oh * s.ow * s.kh * s.kw); }

template <class T>
Array<T> fresh_images(Call& call, const PoolShape& s, Index h, Index w) {
  const Index shape[] = {s.n, s.c, h, w};
  return call.fresh_channels_last<T>(4, shape);
}

bool in_bytes(const PoolShape& s) { return s.kh * s.kw <= kMostInAByte; }

template <class T, class Kernel>
py::tuple max_forward(const Array<const T>& x, Call& call, const PoolShape& s, Kernel kernel) {
  const auto y = fresh_images<T>(call, s, s.oh, s.ow);
  Array<std::uint8_t> arg;
  Array<std::int32_t> wide;
  if (in_bytes(s))
    arg = fresh_images<std::uint8_t>(call, s, s.oh, s.ow);
  else
    wide = fresh_images<std::int32_t>(call, s, s.oh, s.ow);
  call.run(work(s), [&] { kernel(x.data, y.data, arg.data, wide.data, s); });
  return py::make_tuple(y.owner, in_bytes(s) ? arg.owner : wide.owner);
}

template <class T, class Kernel>
py::object max_backward(const Array<const T>& dy, py::handle arg_, Call& call, const PoolShape& s,
                        Kernel kernel) {
  const Index shape[] = {s.n, s.c, s.oh, s.ow};
  Array<const std::uint8_t> arg;
  Array<const std::int32_t> wide;
  if (in_bytes(s))
    arg = call.in_channels_last<std::uint8_t>("arg", arg_, 4, shape);
  else
    wide = call.in_channels_last<std::int32_t>("arg", arg_, 4, shape);
  const auto dx = fresh_images<T>(call, s, s.h, s.w);
  call.run(work(s), [&] { kernel(dy.data, arg.data, wide.data, dx.data, s); });
  return dx.owner;
}

py::tuple max_pool2d_forward(py::handle x_, Pair kernel, Pair stride, Pair padding, bool ceil_mode) {
  Call call("max_pool2d_forward");
  return call.with_dtype("x", x_, [&](auto zero) {
    using T = decltype(zero);
    const auto x = call.in_channels_last<T>("x", x_, 4, kImages);
    const PoolShape s = forward_shape(call, x, {kernel, stride, padding}, ceil_mode);
    return max_forward(x, call, s, kernels<T>().max_pool2d_forward);
  });
}

py::object max_pool2d_backward(py::handle dy_, py::handle arg, Pair size, Pair kernel, Pair stride,
                               Pair padding) {
  Call call("max_pool2d_backward");
  return call.with_dtype("dy", dy_, [&](auto zero) {
    using T = decltype(zero);
    const auto dy = call.in_channels_last<T>("dy", dy_, 4, kImages);
    const PoolShape s = backward_shape(call, dy, size, {kernel, stride, padding});
    return max_backward(dy, arg, call, s, kernels<T>().max_pool2d_backward);
  });
}

py::object avg_pool2d_forward(py::handle x_, Pair kernel, Pair stride, Pair padding, bool ceil_mode,
                              bool count_include_pad) {
  Call call("avg_pool2d_forward");
  return call.with_dtype("x", x_, [&](auto zero) {
    using T = decltype(zero);
    const auto x = call.in_channels_last<T>("x", x_, 4, kImages);
    const PoolShape s = forward_shape(call, x, {kernel, stride, padding}, ceil_mode);
    const auto y = fresh_images<T>(call, s, s.oh, s.ow);
    call.run(work(s), [&] { kernels<T>().avg_pool2d_forward(x.data, y.data, s, count_include_pad); });
    return y.owner;
  });
}

py::object avg_pool2d_backward(py::handle dy_, Pair size, Pair kernel, Pair stride, Pair padding,
                               bool count_include_pad) {
  Call call("avg_pool2d_backward");
  return call.with_dtype("dy", dy_, [&](auto zero) {
    using T = decltype(zero);
    const auto dy = call.in_channels_last<T>("dy", dy_, 4, kImages);
    const PoolShape s = backward_shape(call, dy, size, {kernel, stride, padding});
    const auto dx = fresh_images<T>(call, s, s.h, s.w);
    call.run(work(s), [&] { kernels<T>().avg_pool2d_backward(dy.data, dx.data, s, count_include_pad); });
    return dx.owner;
  });
}

py::tuple adaptive_max_pool2d_forward(py::handle x_, Pair size) {
  Call call("adaptive_max_pool2d_forward");
  return call.with_dtype("x", x_, [&](auto zero) {
    using T = decltype(zero);
    const auto x = call.in_channels_last<T>("x", x_, 4, kImages);
    const PoolShape s = adaptive_shape(call, x[0], x[3], {x[1], x[2]}, size);
    return max_forward(x, call, s, kernels<T>().adaptive_max_pool2d_forward);
  });
}

py::object adaptive_max_pool2d_backward(py::handle dy_, py::handle arg, Pair size) {
  Call call("adaptive_max_pool2d_backward");
  return call.with_dtype("dy", dy_, [&](auto zero) {
    using T = decltype(zero);
    const auto dy = call.in_channels_last<T>("dy", dy_, 4, kImages);
    const PoolShape s = adaptive_shape(call, dy[0], dy[3], size, {dy[1], dy[2]});
    return max_backward(dy, arg, call, s, kernels<T>().adaptive_max_pool2d_backward);
  });
}

py::object adaptive_avg_pool2d_forward(py::handle x_, Pair size) {
  Call call("adaptive_avg_pool2d_forward");
  return call.with_dtype("x", x_, [&](auto zero) {
    using T = decltype(zero);
    const auto x = call.in_channels_last<T>("x", x_, 4, kImages);
    const PoolShape s = adaptive_shape(call, x[0], x[3], {x[1], x[2]}, size);
    const auto y = fresh_images<T>(call, s, s.oh, s.ow);
    call.run(work(s), [&] { kernels<T>().adaptive_avg_pool2d_forward(x.data, y.data, s); });
    return y.owner;
  });
}

py::object adaptive_avg_pool2d_backward(py::handle dy_, Pair size) {
  Call call("adaptive_avg_pool2d_backward");
  return call.with_dtype("dy", dy_, [&](auto zero) {
    using T = decltype(zero);
    const auto dy = call.in_channels_last<T>("dy", dy_, 4, kImages);
    const PoolShape s = adaptive_shape(call, dy[0], dy[3], size, {dy[1], dy[2]});
    const auto dx = fresh_images<T>(call, s, s.h, s.w);
    call.run(work(s), [&] { kernels<T>().adaptive_avg_pool2d_backward(dy.data, dx.data, s); });
    return dx.owner;
  });
}

}  // namespace

void bind_pool(py::module_& m) {
  m.def("max_pool2d_forward", max_pool2d_forward, "x"_a, py::kw_only(), "kernel"_a, "stride"_a, "padding"_a,
        "ceil_mode"_a, "-> (y, arg)");
  m.def("max_pool2d_backward", max_pool2d_backward, "dy"_a, "arg"_a, py::kw_only(), "size"_a, "kernel"_a,
        "stride"_a, "padding"_a, "-> dx");
  m.def("avg_pool2d_forward", avg_pool2d_forward, "x"_a, py::kw_only(), "kernel"_a, "stride"_a, "padding"_a,
        "ceil_mode"_a, "count_include_pad"_a, "-> y");
  m.def("avg_pool2d_backward", avg_pool2d_backward, "dy"_a, py::kw_only(), "size"_a, "kernel"_a, "stride"_a,
        "padding"_a, "count_include_pad"_a, "-> dx");
  m.def("adaptive_max_pool2d_forward", adaptive_max_pool2d_forward, "x"_a, py::kw_only(), "size"_a,
        "-> (y, arg)");
  m.def("adaptive_max_pool2d_backward", adaptive_max_pool2d_backward, "dy"_a, "arg"_a, py::kw_only(),
        "size"_a, "-> dx");
  m.def("adaptive_avg_pool2d_forward", adaptive_avg_pool2d_forward, "x"_a, py::kw_only(), "size"_a, "-> y");
  m.def("adaptive_avg_pool2d_backward", adaptive_avg_pool2d_backward, "dy"_a, py::kw_only(), "size"_a,
        "-> dx");
}

}  // namespace tinynn::border
