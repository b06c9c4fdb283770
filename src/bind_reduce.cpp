// tinynn._native: the reduce stem. Contracts: csrc/kernels.def.
//
// x[outer,r,inner]  ->  [outer,inner]
#include "arrays.h"
#include "bind.h"

namespace tinynn::border {
namespace {

py::object reduce_sum(py::handle x_, double scale) {
  Call call("reduce_sum");
  return call.with_dtype("x", x_, [&](auto zero) {
    using T = decltype(zero);
    const auto x = call.in<T>("x", x_, {kAny, kAny, kAny});
    const auto y = call.fresh<T>({x[0], x[2]});
    call.run(x.size, [&] { kernels<T>().reduce_sum(x.data, y.data, x[0], x[1], x[2], T(scale)); });
    return y.owner;
  });
}

py::object reduce_sum_backward(py::handle dy_, Index r, double scale) {
  Call call("reduce_sum_backward");
  if (r < 0) call.refuse("r is " + std::to_string(r) + "; needed at least 0");
  return call.with_dtype("dy", dy_, [&](auto zero) {
    using T = decltype(zero);
    const auto dy = call.in<T>("dy", dy_, {kAny, kAny});
    const auto dx = call.fresh<T>({dy[0], r, dy[1]});
    call.run(dx.size, [&] { kernels<T>().reduce_sum_backward(dy.data, dx.data, dy[0], r, dy[1], T(scale)); });
    return dx.owner;
  });
}

py::tuple reduce_max(py::handle x_) {
  Call call("reduce_max");
  return call.with_dtype("x", x_, [&](auto zero) {
    using T = decltype(zero);
    const auto x = call.in<T>("x", x_, {kAny, kAny, kAny});
    if (x[1] == 0) call.refuse("the axis to reduce is empty, and nothing has no maximum");
    const auto y = call.fresh<T>({x[0], x[2]});
    const auto arg = call.fresh<std::int64_t>(y);
    call.run(x.size, [&] { kernels<T>().reduce_max(x.data, y.data, arg.data, x[0], x[1], x[2]); });
    return py::make_tuple(y.owner, arg.owner);
  });
}

py::object reduce_max_backward(py::handle dy_, py::handle arg_, Index r) {
  Call call("reduce_max_backward");
  if (r < 0) call.refuse("r is " + std::to_string(r) + "; needed at least 0");
  return call.with_dtype("dy", dy_, [&](auto zero) {
    using T = decltype(zero);
    const auto dy = call.in<T>("dy", dy_, {kAny, kAny});
    const auto arg = call.indices("arg", arg_, {dy[0], dy[1]}, r);
    const auto dx = call.fresh<T>({dy[0], r, dy[1]});
    call.run(dx.size, [&] { kernels<T>().reduce_max_backward(dy.data, arg.data, dx.data, dy[0], r, dy[1]); });
    return dx.owner;
  });
}

py::object squared_norm(py::handle x_) {
  Call call("squared_norm");
  return call.with_dtype("x", x_, [&](auto zero) {
    using T = decltype(zero);
    const auto x = call.in<T>("x", x_);
    const auto y = call.fresh<T>(Dims{});
    call.run(x.size, [&] { kernels<T>().squared_norm(x.data, y.data, x.size); });
    return y.owner;
  });
}

}  // namespace

void bind_reduce(py::module_& m) {
  m.def("reduce_sum", reduce_sum, "x"_a, py::kw_only(), "scale"_a = 1.0, "-> y");
  m.def("reduce_sum_backward", reduce_sum_backward, "dy"_a, "r"_a, py::kw_only(), "scale"_a = 1.0, "-> dx");
  m.def("reduce_max", reduce_max, "x"_a, "-> (y, arg)");
  m.def("reduce_max_backward", reduce_max_backward, "dy"_a, "arg"_a, "r"_a, "-> dx");
  m.def("squared_norm", squared_norm, "x"_a, "sum x^2 -> y, of shape ()");
}

}  // namespace tinynn::border
