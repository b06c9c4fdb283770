// tinynn._native: the random stem. Contracts: csrc/kernels.def.
#include <vector>

#include "arrays.h"
#include "bind.h"
#include "options.h"

namespace tinynn::border {
namespace {

Index size_of(const Call& call, py::handle value) {
  const Py_ssize_t size = PyIndex_Check(value.ptr()) ? PyNumber_AsSsize_t(value.ptr(), PyExc_ValueError) : -1;
  if (PyErr_Occurred()) throw py::error_already_set();
  if (size < 0) call.refuse("shape must be an integer or a tuple of integers, none of them negative");
  return size;
}

// The shape a caller asks for: a size or a tuple of sizes.
std::vector<Index> shape_of(const Call& call, py::handle value) {
  if (!PyTuple_Check(value.ptr()) && !PyList_Check(value.ptr())) return {size_of(call, value)};
  std::vector<Index> shape;
  for (const py::handle size : value) shape.push_back(size_of(call, size));
  return shape;
}

// draw(y) into a new array of this shape and dtype.
template <class F>
py::object fill(Call& call, py::handle shape_, py::handle dtype, F&& draw) {
  const std::vector<Index> shape = shape_of(call, shape_);
  const auto filled = [&](auto zero) {
    const auto y = call.fresh<decltype(zero)>(static_cast<int>(shape.size()), shape.data());
    call.run(10 * y.size, [&] { draw(y); });
    return y.owner;
  };
  return float_option(call, dtype) == Dtype::float32 ? filled(float()) : filled(double());
}

py::object philox_uniform(py::handle shape, std::uint64_t seed, std::uint64_t offset, double low, double high,
                          py::handle dtype) {
  Call call("philox_uniform");
  return fill(call, shape, dtype, [&](const auto& y) {
    using T = std::remove_pointer_t<decltype(y.data)>;
    kernels<T>().philox_uniform(y.data, y.size, seed, offset, T(low), T(high));
  });
}

py::object philox_normal(py::handle shape, std::uint64_t seed, std::uint64_t offset, double mean, double std_,
                         py::handle dtype) {
  Call call("philox_normal");
  return fill(call, shape, dtype, [&](const auto& y) {
    using T = std::remove_pointer_t<decltype(y.data)>;
    kernels<T>().philox_normal(y.data, y.size, seed, offset, T(mean), T(std_));
  });
}

py::object dropout(py::handle x_, double p, std::uint64_t seed, std::uint64_t offset) {
  Call call("dropout");
  if (!(p >= 0 && p <= 1)) call.refuse("p is " + std::to_string(p) + "; needed a probability in 0..1");
  return call.with_dtype("x", x_, [&](auto zero) {
    using T = decltype(zero);
    const auto x = call.in<T>("x", x_);
    const auto y = call.fresh<T>(x);
    call.run(10 * x.size, [&] { kernels<T>().dropout(x.data, y.data, x.size, T(p), seed, offset); });
    return y.owner;
  });
}

}  // namespace

void bind_random(py::module_& m) {
  m.def("philox_uniform", philox_uniform, "shape"_a, py::kw_only(), "seed"_a, "offset"_a, "low"_a = 0.0,
        "high"_a = 1.0, "dtype"_a = "float32", "-> y");
  m.def("philox_normal", philox_normal, "shape"_a, py::kw_only(), "seed"_a, "offset"_a, "mean"_a = 0.0,
        "std"_a = 1.0, "dtype"_a = "float32", "-> y");
  m.def("dropout", dropout, "x"_a, py::kw_only(), "p"_a, "seed"_a, "offset"_a, "-> y");
}

}  // namespace tinynn::border
