// tinynn._native: the norm stem. Contracts: csrc/kernels.def.
#include "arrays.h"
#include "bind.h"

namespace tinynn::border {
namespace {

// x (n,c,inner) as the kernels see it, [m,c,inner] in row-major order. Where x lies channels last,
// [n,inner,c], that is the same with m = n inner and inner = 1; anything else is copied to it.
class Channels {
 public:
  Channels(Call& call, py::handle x) : call_(call), last_(py::array::check_(x) && !is_row_major(x)) {}

  template <class T>
  Array<const T> x(py::handle value) {
    const auto x = read<T>("x", value);
    shape_[0] = x[0];
    shape_[1] = x[last_ ? 2 : 1];
    shape_[2] = x[last_ ? 1 : 2];
    return x;
  }
  template <class T>
  Array<const T> like_x(const char* name, py::handle value) {
    return read<T>(name, value);
  }
  template <class T>
  Array<T> fresh() {
    return last_ ? call_.fresh_channels_last<T>(3, shape_) : call_.fresh<T>(3, shape_);
  }
  template <class T>
  T* place(Gradients& gradients, int i, const char* name) {
    return last_ ? gradients.place_channels_last<T>(i, name, 3, shape_)
                 : gradients.place<T>(i, name, 3, shape_, false);
  }

  Index m() const { return last_ ? shape_[0] * shape_[2] : shape_[0]; }
  Index c() const { return shape_[1]; }
  Index inner() const { return last_ ? 1 : shape_[2]; }

 private:
  static bool is_row_major(py::handle x) {
    return (py::reinterpret_borrow<py::array>(x).flags() & py::array::c_style) != 0;
  }

  template <class T>
  Array<const T> read(const char* name, py::handle value) {
    if (last_) return call_.in_channels_last<T>(name, value, 3, shape_);
    const auto x = call_.in<T>(name, value);
    call_.expect(name, x.ndim, x.shape, 3, shape_);
    return x;
  }

  Call& call_;
  const bool last_;
  Index shape_[3] = {kAny, kAny, kAny};
};

// The running mean or variance: moved in place in training, and only read in evaluation.
template <class T>
Array<T> running(Call& call, const char* name, py::handle value, Index c, bool training) {
  if (value.is_none()) return {};
  if (training) return call.inout<T>(name, value, 1, &c);
  const auto array = call.in<T>(name, value, {c});
  return {array.owner, const_cast<T*>(array.data), array.size, array.ndim, array.shape};
}

py::tuple batch_norm_forward(py::handle x_, py::handle weight_, py::handle bias_, py::handle mean_,
                             py::handle var_, bool training, double momentum, double eps) {
  Call call("batch_norm_forward");
  return call.with_dtype("x", x_, [&](auto zero) {
    using T = decltype(zero);
    Channels channels(call, x_);
    const auto x = channels.x<T>(x_);
    const Index c = channels.c();
    const auto weight = call.optional<T>("weight", weight_, {c}), bias = call.optional<T>("bias", bias_, {c});
    if (mean_.is_none() != var_.is_none() || (mean_.is_none() && !training))
      call.refuse("needed both mean and var, or in training neither");
    const auto mean = running<T>(call, "mean", mean_, c, training),
               var = running<T>(call, "var", var_, c, training);
    const auto y = channels.fresh<T>();
    const auto saved_mean = call.fresh<T>({c}), saved_rstd = call.fresh<T>({c});
    call.run(8 * x.size, [&] {
      kernels<T>().batch_norm_forward(x.data, weight.data, bias.data, mean.data, var.data, y.data,
                                      saved_mean.data, saved_rstd.data, channels.m(), c, channels.inner(),
                                      training, T(momentum), T(eps));
    });
    return py::make_tuple(y.owner, saved_mean.owner, saved_rstd.owner);
  });
}

py::tuple batch_norm_backward(py::handle dy_, py::handle x_, py::handle weight_, py::handle mean_,
                              py::handle rstd_, bool training, py::handle needs, py::handle out,
                              bool accumulate) {
  Call call("batch_norm_backward");
  return call.with_dtype("x", x_, [&](auto zero) {
    using T = decltype(zero);
    Channels channels(call, x_);
    const auto x = channels.x<T>(x_);
    const auto dy = channels.like_x<T>("dy", dy_);
    const Index c = channels.c();
    const auto weight = call.optional<T>("weight", weight_, {c});
    const auto mean = call.in<T>("saved_mean", mean_, {c}), rstd = call.in<T>("saved_rstd", rstd_, {c});
    Gradients gradients(call, 3, needs, out, accumulate);
    T* dx = channels.place<T>(gradients, 0, "dx");
    T* dweight = gradients.place<T>(1, "dweight", {c}, true);
    T* dbias = gradients.place<T>(2, "dbias", {c}, true);
    call.run(12 * x.size, [&] {
      kernels<T>().batch_norm_backward(dy.data, x.data, weight.data, mean.data, rstd.data, dx, dweight, dbias,
                                       channels.m(), c, channels.inner(), training, gradients.accumulate());
    });
    return gradients.results();
  });
}

py::tuple layer_norm_forward(py::handle x_, py::handle weight_, py::handle bias_, double eps) {
  Call call("layer_norm_forward");
  return call.with_dtype("x", x_, [&](auto zero) {
    using T = decltype(zero);
    const auto x = call.in<T>("x", x_, {kAny, kAny});
    const Index m = x[0], k = x[1];
    const auto weight = call.optional<T>("weight", weight_, {k}), bias = call.optional<T>("bias", bias_, {k});
    const auto y = call.fresh<T>(x);
    const auto mean = call.fresh<T>({m}), rstd = call.fresh<T>({m});
    call.run(8 * x.size, [&] {
      kernels<T>().layer_norm_forward(x.data, weight.data, bias.data, y.data, mean.data, rstd.data, m, k,
                                      T(eps));
    });
    return py::make_tuple(y.owner, mean.owner, rstd.owner);
  });
}

py::tuple layer_norm_backward(py::handle dy_, py::handle x_, py::handle weight_, py::handle mean_,
                              py::handle rstd_, py::handle needs, py::handle out, bool accumulate) {
  Call call("layer_norm_backward");
  return call.with_dtype("x", x_, [&](auto zero) {
    using T = decltype(zero);
    const auto x = call.in<T>("x", x_, {kAny, kAny});
    const auto dy = call.in_like<T>("dy", dy_, x);
    const Index m = x[0], k = x[1];
    const auto weight = call.optional<T>("weight", weight_, {k});
    const auto mean = call.in<T>("mean", mean_, {m}), rstd = call.in<T>("rstd", rstd_, {m});
    Gradients gradients(call, 3, needs, out, accumulate);
    T* dx = gradients.place<T>(0, "dx", x, false);
    T* dweight = gradients.place<T>(1, "dweight", {k}, true);
    T* dbias = gradients.place<T>(2, "dbias", {k}, true);
    call.run(12 * x.size, [&] {
      kernels<T>().layer_norm_backward(dy.data, x.data, weight.data, mean.data, rstd.data, dx, dweight, dbias,
                                       m, k, gradients.accumulate());
    });
    return gradients.results();
  });
}

}  // namespace

void bind_norm(py::module_& m) {
  const auto all = py::make_tuple(true, true, true);
  m.def("batch_norm_forward", batch_norm_forward, "x"_a, "weight"_a, "bias"_a, "mean"_a, "var"_a,
        py::kw_only(), "training"_a, "momentum"_a, "eps"_a, "-> (y, saved_mean, saved_rstd)");
  m.def("batch_norm_backward", batch_norm_backward, "dy"_a, "x"_a, "weight"_a, "saved_mean"_a, "saved_rstd"_a,
        py::kw_only(), "training"_a, "needs"_a = all, "out"_a = py::none(), "accumulate"_a = false,
        "-> (dx, dweight, dbias)");
  m.def("layer_norm_forward", layer_norm_forward, "x"_a, "weight"_a, "bias"_a, py::kw_only(), "eps"_a,
        "-> (y, mean, rstd)");
  m.def("layer_norm_backward", layer_norm_backward, "dy"_a, "x"_a, "weight"_a, "mean"_a, "rstd"_a,
        py::kw_only(), "needs"_a = all, "out"_a = py::none(), "accumulate"_a = false,
        "-> (dx, dweight, dbias)");
}

}  // namespace tinynn::border
