#include "conv_shape.h"

#include <algorithm>

namespace tinynn::border {
namespace {

constexpr Index kMost = Index{1} << 31;  // no option and no kernel is larger: their products stay in range

Index number(const Call& call, const char* name, py::handle value, Index least) {
  const Index result = PyBool_Check(value.ptr()) ? -1 : PyNumber_AsSsize_t(value.ptr(), nullptr);
  if (result == -1 && PyErr_Occurred()) throw py::error_already_set();
  if (result < least || result >= kMost)
    call.refuse(std::string(name) + " is " + py::repr(value).cast<std::string>() + "; needed at least " +
                std::to_string(least));
  return result;
}

// The entries of a tuple of two.
std::pair<py::handle, py::handle> pair(const Call& call, const char* name, py::handle value) {
  if (!PyTuple_Check(value.ptr()) || PyTuple_GET_SIZE(value.ptr()) != 2)
    call.refuse_type(std::string(name) + " is " + py::repr(value).cast<std::string>() + "; needed a pair");
  return {PyTuple_GET_ITEM(value.ptr(), 0), PyTuple_GET_ITEM(value.ptr(), 1)};
}

}  // namespace

void numbers_option(const Call& call, const char* name, py::handle value, int dims, Index least,
                    Index (&numbers)[2]) {
  numbers[0] = 1;
  if (dims == 1) {
    numbers[1] = number(call, name, value, least);
    return;
  }
  const auto [rows, columns] = pair(call, name, value);
  numbers[0] = number(call, name, rows, least);
  numbers[1] = number(call, name, columns, least);
}

ConvOptions::ConvOptions(const Call& call, int dims_, py::handle stride_, py::handle padding_,
                         py::handle dilation_, Index groups_, bool flip_)
    : dims(dims_), padding{}, groups(groups_), flip(flip_) {
  numbers_option(call, "stride", stride_, dims, 1, stride);
  numbers_option(call, "dilation", dilation_, dims, 1, dilation);
  if (dims == 1) {
    numbers_option(call, "padding", padding_, 2, 0, padding[1]);
  } else {
    const auto [rows, columns] = pair(call, "padding", padding_);
    numbers_option(call, "padding", rows, 2, 0, padding[0]);
    numbers_option(call, "padding", columns, 2, 0, padding[1]);
  }
  if (groups < 1 || groups >= kMost)
    call.refuse("groups is " + std::to_string(groups) + "; needed at least 1");
}

const Index* shape_of(const Call& call, const char* name, py::handle value, int ndim) {
  if (!py::detail::npy_api::get().PyArray_Check_(value.ptr()))
    call.refuse_type(std::string(name) + " is " + described(value) + "; needed an array");
  const auto* proxy = py::detail::array_proxy(value.ptr());
  if (proxy->nd != ndim)
    call.refuse(std::string(name) + " has " + std::to_string(proxy->nd) + " axes; needed " +
                std::to_string(ndim));
  return proxy->dimensions;
}

Conv::Conv(const Call& call, const ConvOptions& options, py::handle x_, int w_ndim, const Index* w_shape)
    : Conv(call, options, shape_of(call, "x", x_, options.dims + 2)[0],
           shape_of(call, "x", x_, options.dims + 2) + 2, w_ndim, w_shape) {}

Conv::Conv(const Call& call, const ConvOptions& options, Index n, const Index* size, int w_ndim,
           const Index* w_shape)
    : s{}, ndim(options.dims + 2) {
  if (w_ndim != ndim) call.refuse("w has the wrong number of axes");
  std::copy(w_shape, w_shape + ndim, w);
  const Index groups = options.groups, o = w[0];
  if (o % groups != 0)
    call.refuse("w has " + std::to_string(o) + " output channels; needed a multiple of groups, which is " +
                std::to_string(groups));
  if (o >= kMost || w[1] >= kMost) call.refuse("w has too many channels");  // of an array that is empty
  const Index c = w[1] * groups;
  const int skip = 2 - options.dims;  // conv1d has no rows
  Index in[2] = {1, 1}, kernel[2] = {1, 1}, out[2] = {1, 1};
  Index stride[2] = {1, 1}, dilation[2] = {1, 1};
  for (int axis = skip; axis < 2; ++axis) {
    in[axis] = size[axis - skip];
    kernel[axis] = w[2 + axis - skip];
    stride[axis] = options.stride[axis];
    dilation[axis] = options.dilation[axis];
    const Index padded = in[axis] + options.padding[axis][0] + options.padding[axis][1];
    if (kernel[axis] < 1 || kernel[axis] >= kMost)
      call.refuse("w has a kernel of size " + std::to_string(kernel[axis]) + "; needed at least 1");
    const Index reach = (kernel[axis] - 1) * dilation[axis] + 1;
    if (reach > padded)
      call.refuse("the kernel reaches over " + std::to_string(reach) + " places, but the padded input has " +
                  std::to_string(padded));
    out[axis] = (padded - reach) / stride[axis] + 1;
    x[2 + axis - skip] = in[axis];
    y[2 + axis - skip] = out[axis];
  }
  x[0] = y[0] = n, x[1] = c, y[1] = o;
  s = {n,
       in[0],
       in[1],
       c,
       o,
       kernel[0],
       kernel[1],
       out[0],
       out[1],
       stride[0],
       stride[1],
       options.padding[0][0],
       options.padding[1][0],
       dilation[0],
       dilation[1],
       groups,
       options.flip};
}

Index Conv::work() const {
  const double products = double(s.n) * double(s.oh) * double(s.ow) * double(s.o) *
                          (double(s.c / s.groups) * double(s.kh) * double(s.kw) + 1);
  return Index(std::min(products, 1e15));
}

}  // namespace tinynn::border
