// tinynn._native: the gather stem. Contracts: csrc/kernels.def.
#include "arrays.h"
#include "bind.h"
#include "options.h"

namespace tinynn::border {
namespace {

py::object gather_rows(py::handle x_, py::handle index_) {
  Call call("gather_rows");
  return call.with_dtype("x", x_, [&](auto zero) {
    using T = decltype(zero);
    const auto x = call.in<T>("x", x_, {kAny, kAny});
    const auto index = call.indices("index", index_, {kAny}, x[0]);
    const auto y = call.fresh<T>({index.size, x[1]});
    call.run(y.size, [&] { kernels<T>().gather_rows(x.data, index.data, y.data, x[0], x[1], index.size); });
    return y.owner;
  });
}

py::object scatter_add_rows(py::handle dy_, py::handle index_, Index rows) {
  Call call("scatter_add_rows");
  if (rows < 0) call.refuse("rows is " + std::to_string(rows) + "; needed at least 0");
  return call.with_dtype("dy", dy_, [&](auto zero) {
    using T = decltype(zero);
    const auto dy = call.in<T>("dy", dy_, {kAny, kAny});
    const auto index = call.indices("index", index_, {dy[0]}, rows);
    const auto dx = call.fresh<T>({rows, dy[1]});
    call.run(dy.size + dx.size,
             [&] { kernels<T>().scatter_add_rows(dy.data, index.data, dx.data, rows, dy[1], index.size); });
    return dx.owner;
  });
}

template <class T>
py::object gather_images_as(Call& call, py::handle images_, py::handle index_, py::handle mean_,
                            py::handle std_) {
  const auto images = call.in<std::uint8_t>("images", images_, {kAny, kAny, kAny});
  const Index rows = images[0], c = images[1], inner = images[2];
  const auto index = call.indices("index", index_, {kAny}, rows);
  const auto mean = call.optional<T>("mean", mean_, {c});
  const auto spread = call.optional<T>("std", std_, {c});
  const auto y = call.fresh<T>({index.size, c, inner});
  call.run(y.size, [&] {
    kernels<T>().gather_images(images.data, index.data, mean.data, spread.data, y.data, rows, c, inner,
                               index.size);
  });
  return y.owner;
}

py::object gather_images(py::handle images, py::handle index, py::handle mean, py::handle std_,
                         py::handle dtype) {
  Call call("gather_images");
  return float_option(call, dtype) == Dtype::float32
             ? gather_images_as<float>(call, images, index, mean, std_)
             : gather_images_as<double>(call, images, index, mean, std_);
}

}  // namespace

void bind_gather(py::module_& m) {
  m.def("gather_rows", gather_rows, "x"_a, "index"_a, "-> y");
  m.def("scatter_add_rows", scatter_add_rows, "dy"_a, "index"_a, "rows"_a, "-> dx");
  m.def("gather_images", gather_images, "images"_a, "index"_a, "mean"_a, "std"_a, py::kw_only(), "dtype"_a,
        "-> y");
}

}  // namespace tinynn::border
