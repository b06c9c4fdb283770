// tinynn._native: the softmax stem. Contracts: csrc/kernels.def.
#include "arrays.h"
#include "bind.h"

namespace tinynn::border {
namespace {

// y = f(x) over the rows of x[m,c]; `kernel` takes a table and gives its slot.
template <class Kernel>
py::object forward(const char* who, py::handle x_, Kernel kernel) {
  Call call(who);
  return call.with_dtype("x", x_, [&](auto zero) {
    using T = decltype(zero);
    const auto x = call.in<T>("x", x_, {kAny, kAny});
    const auto y = call.fresh<T>(x);
    call.run(8 * x.size, [&] { kernel(kernels<T>())(x.data, y.data, x[0], x[1]); });
    return y.owner;
  });
}

template <class Kernel>
py::object backward(const char* who, py::handle dy_, py::handle y_, Kernel kernel) {
  Call call(who);
  return call.with_dtype("y", y_, [&](auto zero) {
    using T = decltype(zero);
    const auto y = call.in<T>("y", y_, {kAny, kAny});
    const auto dy = call.in_like<T>("dy", dy_, y);
    const auto dx = call.fresh<T>(y);
    call.run(8 * y.size, [&] { kernel(kernels<T>())(dy.data, y.data, dx.data, y[0], y[1]); });
    return dx.owner;
  });
}

}  // namespace

void bind_softmax(py::module_& m) {
#define FORWARD(name)                                                                                    \
  m.def(                                                                                                 \
      #name, [](py::handle x) { return forward(#name, x, [](const auto& table) { return table.name; }); }, \
      "x"_a, "-> y")
#define BACKWARD(name)                                                                             \
  m.def(                                                                                           \
      #name,                                                                                       \
      [](py::handle dy, py::handle y) {                                                            \
        return backward(#name, dy, y, [](const auto& table) { return table.name; });               \
      },                                                                                           \
      "dy"_a, "y"_a, "-> dx")
  FORWARD(softmax_forward);
  BACKWARD(softmax_backward);
  FORWARD(log_softmax_forward);
  BACKWARD(log_softmax_backward);
#undef FORWARD
#undef BACKWARD
}

}  // namespace tinynn::border
