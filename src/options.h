// The options of a kernel, from what Python calls them, and the arrays that an activation brings along.
#pragma once

#include "arrays.h"

namespace tinynn::border {

// The member of an enum of kernels.def by its Python name; else a ValueError that lists the names.
template <class E> E option(const Call& call, const char* name, py::handle value);
template <> Activation option(const Call& call, const char* name, py::handle value);
template <> Reduction option(const Call& call, const char* name, py::handle value);
template <> Unary option(const Call& call, const char* name, py::handle value);
template <> Binary option(const Call& call, const char* name, py::handle value);

// float32 or float64 from whatever NumPy takes for a dtype.
Dtype float_option(const Call& call, py::handle dtype);

// A tuple or list of arrays; else a TypeError.
py::sequence list_of(const Call& call, const char* name, py::handle value);

struct ActivationOption {
  Activation act;
  double alpha;

  // alpha None: 0.01 for leaky_relu, 1 for elu.
  ActivationOption(const Call& call, py::handle activation, py::handle alpha);
};

// The slope of prelu, [1] or [channels]; None, and nothing else, for every other activation.
template <class T>
Array<const T> slope_of(Call& call, Activation act, py::handle value, Index channels) {
  if ((act == Activation::prelu) != !value.is_none())
    call.refuse(value.is_none() ? "prelu needs a slope, but slope is None"
                                : "slope must be None: only prelu has one");
  if (value.is_none()) return {};
  const auto slope = call.in<T>("slope", value, {kAny});
  if (slope.size != 1) call.expect("slope", slope, {channels});
  return slope;
}

// None is what an activation keeps that needs nothing for its derivative, and no other.
void expect_kept(const Call& call, Activation act, py::handle kept);

// What the forward pass kept for the activation's derivative, of the shape of dy.
template <class T, class U>
Array<const T> kept_of(Call& call, Activation act, py::handle value, const Array<U>& dy) {
  expect_kept(call, act, value);
  return value.is_none() ? Array<const T>() : call.in_like<T>("kept", value, dy);
}

}  // namespace tinynn::border
