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

template <class T>
py::object gather_crops_as(Call& call, py::handle images_, py::handle index_, py::handle place_,
                           py::handle mean_, py::handle std_, Index hole) {
  const auto images = call.in<std::uint8_t>("images", images_, {kAny, kAny, kAny, kAny});
  const Index rows = images[0], c = images[1], h = images[2], w = images[3];
  const auto index = call.indices("index", index_, {kAny}, rows);
  const auto place = call.in<std::int64_t>("place", place_, {index.size, 5});
  for (Index i = 0; i < index.size; ++i)
    if (std::abs(place.data[i * 5]) >= h || std::abs(place.data[i * 5 + 1]) >= w)
      call.refuse("place moves a crop further than its image is large");
  const auto mean = call.optional<T>("mean", mean_, {c});
  const auto spread = call.optional<T>("std", std_, {c});
  const Index shape[] = {index.size, c, h, w};
  const auto y = call.fresh_channels_last<T>(4, shape);
  call.run(y.size, [&] {
    kernels<T>().gather_crops(images.data, index.data, place.data, mean.data, spread.data, y.data, rows, c, h,
                              w, index.size, hole);
  });
  return y.owner;
}

py::object gather_crops(py::handle images, py::handle index, py::handle place, py::handle mean,
                        py::handle std_, Index hole, py::handle dtype) {
  Call call("gather_crops");
  return float_option(call, dtype) == Dtype::float32
             ? gather_crops_as<float>(call, images, index, place, mean, std_, hole)
             : gather_crops_as<double>(call, images, index, place, mean, std_, hole);
}

}  // namespace

void bind_gather(py::module_& m) {
  m.def("gather_rows", gather_rows, "x"_a, "index"_a, "-> y");
  m.def("scatter_add_rows", scatter_add_rows, "dy"_a, "index"_a, "rows"_a, "-> dx");
  m.def("gather_images", gather_images, "images"_a, "index"_a, "mean"_a, "std"_a, py::kw_only(), "dtype"_a,
        "-> y");
  m.def("gather_crops", gather_crops, "images"_a, "index"_a, "place"_a, "mean"_a, "std"_a, py::kw_only(),
        "hole"_a, "dtype"_a, "-> y, channels last in memory");
}

}  // namespace tinynn::border
