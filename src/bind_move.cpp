// tinynn._native: the move stem. Contracts: csrc/kernels.def.
#include <algorithm>
#include <vector>

#include "arrays.h"
#include "bind.h"

namespace tinynn::border {
namespace {

// The axes of two arrays of one shape, joined where both go on where the next axis ends: longer rows.
struct Axes {
  std::vector<Index> sizes, stride_x, stride_y;

  template <class T>
  Axes(const Strided<const T>& x, const Strided<T>& y) {
    for (int axis = x.ndim - 1; axis >= 0; --axis) {  // the last axis first: it grows outwards
      const Index size = x.shape[axis];
      if (size == 1) continue;
      if (!sizes.empty() && x.stride(axis) == stride_x.back() * sizes.back() &&
          y.stride(axis) == stride_y.back() * sizes.back()) {
        sizes.back() *= size;
        continue;
      }
      sizes.push_back(size);
      stride_x.push_back(x.stride(axis));
      stride_y.push_back(y.stride(axis));
    }
    std::reverse(sizes.begin(), sizes.end());
    std::reverse(stride_x.begin(), stride_x.end());
    std::reverse(stride_y.begin(), stride_y.end());
  }
};

py::object copy(py::handle x_, py::handle out) {
  Call call("copy");
  return call.with_dtype("x", x_, [&](auto zero) {
    using T = decltype(zero);
    const auto x = call.in_strided<T>("x", x_);
    const auto y = out.is_none() ? call.fresh_strided<T>(x.ndim, x.shape)
                                 : call.inout_strided<T>("out", out, x.ndim, x.shape);
    const Axes axes(x, y);
    call.run(x.size, [&] {
      kernels<T>().copy(x.data, y.data, static_cast<Index>(axes.sizes.size()), axes.sizes.data(),
                        axes.stride_x.data(), axes.stride_y.data());
    });
    return y.owner;
  });
}

}  // namespace

void bind_move(py::module_& m) { m.def("copy", copy, "x"_a, py::kw_only(), "out"_a = py::none(), "-> y"); }

}  // namespace tinynn::border
