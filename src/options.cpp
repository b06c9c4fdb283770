#include "options.h"

#include <cstring>

namespace tinynn::border {
namespace {

template <class E> struct Named {
  const char* name;
  E value;
};
#define ACTIVATION(name, Formula) {#name, Activation::name},
constexpr Named<Activation> kActivations[] = {
#include "kernels.def"
};
#define UNARY(name, Formula) {#name, Unary::name},
constexpr Named<Unary> kUnaries[] = {
#include "kernels.def"
};
#define BINARY(name, Formula) {#name, Binary::name},
constexpr Named<Binary> kBinaries[] = {
#include "kernels.def"
};
constexpr Named<Reduction> kReductions[] = {
    {"none", Reduction::none}, {"mean", Reduction::mean}, {"sum", Reduction::sum}};

template <class E, std::size_t n>
E find(const Call& call, const char* what, py::handle value, const Named<E> (&all)[n]) {
  Py_ssize_t length = 0;
  const char* text = PyUnicode_Check(value.ptr()) ? PyUnicode_AsUTF8AndSize(value.ptr(), &length) : nullptr;
  if (text == nullptr) {
    PyErr_Clear();  // a string that is not valid Unicode is no name either
    call.refuse_type(std::string(what) + " is " + described(value) + "; needed a name");
  }
  for (const auto& one : all)
    if (std::strcmp(one.name, text) == 0) return one.value;
  std::string names;
  for (const auto& one : all) names += (names.empty() ? "" : ", ") + std::string(one.name);
  call.refuse(std::string(what) + " is '" + text + "'; needed one of " + names);
}

}  // namespace

template <> Activation option(const Call& call, const char* name, py::handle value) {
  return find(call, name, value, kActivations);
}
template <> Reduction option(const Call& call, const char* name, py::handle value) {
  return find(call, name, value, kReductions);
}
template <> Unary option(const Call& call, const char* name, py::handle value) {
  return find(call, name, value, kUnaries);
}
template <> Binary option(const Call& call, const char* name, py::handle value) {
  return find(call, name, value, kBinaries);
}

Dtype float_option(const Call& call, py::handle dtype) {
  const int number = py::dtype::from_args(py::reinterpret_borrow<py::object>(dtype)).num();
  if (number == py::detail::npy_api::NPY_FLOAT_) return Dtype::float32;
  if (number == py::detail::npy_api::NPY_DOUBLE_) return Dtype::float64;
  call.refuse_type("dtype is " + py::str(dtype).cast<std::string>() + "; needed float32 or float64");
}

void expect_kept(const Call& call, Activation act, py::handle kept) {
  if ((keeps(act) == Keeps::nothing) != kept.is_none())
    call.refuse(kept.is_none() ? "kept is None, but this activation needs what its forward pass kept"
                               : "kept must be None: the derivative of this activation needs nothing");
}

ActivationOption::ActivationOption(const Call& call, py::handle activation, py::handle alpha_)
    : act(option<Activation>(call, "activation", activation)),
      alpha(act == Activation::leaky_relu ? 0.01 : 1.0) {
  if (alpha_.is_none()) return;
  alpha = PyFloat_AsDouble(alpha_.ptr());
  if (alpha == -1 && PyErr_Occurred()) throw py::error_already_set();
  if (act == Activation::leaky_relu && !(alpha >= 0)) call.refuse("alpha of leaky_relu must be at least 0");
  if (act == Activation::elu && !(alpha > 0)) call.refuse("alpha of elu must be greater than 0");
}

py::sequence list_of(const Call& call, const char* name, py::handle value) {
  if (!py::isinstance<py::tuple>(value) && !py::isinstance<py::list>(value))
    call.refuse_type(std::string(name) + " must be a tuple of arrays");
  return py::reinterpret_borrow<py::sequence>(value);
}

}  // namespace tinynn::border
