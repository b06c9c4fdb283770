// tinynn._native: the activation stem. Contracts: csrc/kernels.def.
#include "arrays.h"
#include "bind.h"
#include "options.h"

namespace tinynn::border {
namespace {

// x as [m,c,inner]: only prelu has channels, and then x has these three axes.
template <class T>
void expect_channels(const Call& call, const char* name, const Array<const T>& x, Activation act) {
  if (act == Activation::prelu) call.expect(name, x, {kAny, kAny, kAny});
}
template <class T>
Index channels_of(const Array<const T>& x, Activation act) {
  return act == Activation::prelu ? x[1] : 1;
}

// Without channels to tell apart, images may stay as they lie.
Layout layout_for(Activation act, py::handle value) {
  return act == Activation::prelu ? Layout::c_order : Call::layout_of(value);
}

py::object activation_forward(py::handle x_, py::handle slope_, py::handle activation, py::handle alpha_) {
  Call call("activation_forward");
  const ActivationOption option(call, activation, alpha_);
  return call.with_dtype("x", x_, [&](auto zero) {
    using T = decltype(zero);
    const Layout layout = layout_for(option.act, x_);
    const auto x = call.in<T>("x", x_, layout);
    expect_channels(call, "x", x, option.act);
    const Index c = channels_of(x, option.act), m = c == 1 ? 1 : x[0];
    const auto slope = slope_of<T>(call, option.act, slope_, c);
    const auto y = call.fresh<T>(x, layout);
    call.run(8 * x.size, [&] {
      kernels<T>().activation_forward(x.data, slope.data, y.data, m, c, m * c == 0 ? 0 : x.size / (m * c),
                                      slope.size, option.act, T(option.alpha));
    });
    return y.owner;
  });
}

py::tuple activation_backward(py::handle dy_, py::handle kept_, py::handle slope_, py::handle activation,
                              py::handle alpha_, py::handle needs, py::handle out, bool accumulate) {
  Call call("activation_backward");
  const ActivationOption option(call, activation, alpha_);
  return call.with_dtype("dy", dy_, [&](auto zero) {
    using T = decltype(zero);
    expect_kept(call, option.act, kept_);
    const Layout layout = layout_for(option.act, kept_.is_none() ? dy_ : kept_);
    const auto dy = call.in<T>("dy", dy_, layout);
    expect_channels(call, "dy", dy, option.act);
    const Index c = channels_of(dy, option.act), m = c == 1 ? 1 : dy[0];
    const auto kept = kept_.is_none() ? Array<const T>() : call.in_like<T>("kept", kept_, dy, layout);
    const auto slope = slope_of<T>(call, option.act, slope_, c);
    Gradients gradients(call, 2, needs, out, accumulate);
    T* dx = gradients.place<T>(0, "dx", dy, layout);
    T* dslope = slope.data == nullptr ? nullptr : gradients.place<T>(1, "dslope", slope, true);
    call.run(8 * dy.size, [&] {
      kernels<T>().activation_backward(dy.data, kept.data, slope.data, dx, dslope, m, c,
                                       m * c == 0 ? 0 : dy.size / (m * c), slope.size, option.act,
                                       T(option.alpha), gradients.accumulate());
    });
    return gradients.results();
  });
}

}  // namespace

void bind_activation(py::module_& m) {
  m.def("activation_forward", activation_forward, "x"_a, "slope"_a, py::kw_only(), "activation"_a, "alpha"_a,
        "act(x) -> y");
  m.def("activation_backward", activation_backward, "dy"_a, "kept"_a, "slope"_a, py::kw_only(),
        "activation"_a, "alpha"_a, "needs"_a = py::make_tuple(true, true), "out"_a = py::none(),
        "accumulate"_a = false, "-> (dx, dslope)");
}

}  // namespace tinynn::border
