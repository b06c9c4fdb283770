// What the bindings of the compiled step share: kernel calls as Python gives them, and the memory of arrays.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "arrays.h"
#include "plan/plan.h"

namespace tinynn::border {

[[noreturn]] inline void refuse(const std::string& message) { throw py::value_error("Program: " + message); }

struct Memory {
  py::object owner;
  char* data;
  Index bytes;
};

inline Memory memory_of(py::handle array) {
  if (!py::isinstance<py::array>(array)) throw py::type_error("Program: needed arrays");
  const auto a = py::reinterpret_borrow<py::array>(array);
  if ((a.flags() & py::array::c_style) == 0) refuse("needed arrays that are contiguous");
  return {a, static_cast<char*>(const_cast<void*>(a.data())), a.nbytes()};
}

// (kernel, dtype, [argument, ...]) as a call. An array is (which, offset); place(parameter, element, {which,
// offset}) says where that is, `element` being its number in a list of arrays, -1 where it is none's.
template <class Place>
plan::Call call_of(const py::tuple& given, Place&& place) {
  const auto name = given[0].cast<std::string>(), dtype = given[1].cast<std::string>();
  const auto& all = plan::catalogue();
  plan::Call call;
  while (call.kernel < static_cast<int>(all.size()) && all[call.kernel].name != name) ++call.kernel;
  if (call.kernel == static_cast<int>(all.size())) refuse("there is no kernel " + name);
  call.is_double = dtype == "float64";
  const auto arguments = given[2].cast<py::list>();
  const auto& parameters = all[call.kernel].parameters;
  if (arguments.size() != parameters.size())
    refuse(name + " takes " + std::to_string(parameters.size()) + " arguments");
  for (int i = 0; i < static_cast<int>(parameters.size()); ++i) {
    plan::Argument argument;
    const py::handle value = arguments[i];
    if (parameters[i].is_list()) {
      argument.list = value.cast<std::vector<Index>>();
      if (parameters[i].type == "const ConvShape&" && argument.list.size() != 17) refuse("bad ConvShape");
      if (parameters[i].type == "const PoolShape&" && argument.list.size() != 12) refuse("bad PoolShape");
    } else if (parameters[i].is_list_of_arrays()) {
      int element = 0;
      for (py::handle one : value.cast<py::sequence>()) {
        const bool none = one.is_none();
        argument.pointers.push_back(none ? nullptr : place(i, element, one.cast<std::pair<int, Index>>()));
        ++element;
      }
    } else if (parameters[i].is_array()) {
      if (!value.is_none()) argument.pointer = place(i, -1, value.cast<std::pair<int, Index>>());
    } else if (parameters[i].is_real()) {
      argument.real = value.cast<double>();
    } else if (parameters[i].type == "std::uint64_t") {
      argument.integer = static_cast<std::int64_t>(value.cast<std::uint64_t>());
    } else {
      argument.integer = value.cast<std::int64_t>();
    }
    call.arguments.push_back(std::move(argument));
  }
  return call;
}

}  // namespace tinynn::border
