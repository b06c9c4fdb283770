// tinynn._native: the record of a step, and the catalogue that says what its calls were given.
#include <memory>
#include <vector>

#include "arrays.h"
#include "bind.h"
#include "plan/plan.h"

namespace tinynn::border {
namespace {

// [(stem, name, [(type, name), ...]), ...]
py::list catalogue() {
  py::list all;
  for (const plan::KernelInfo& kernel : plan::catalogue()) {
    py::list parameters;
    for (const plan::Parameter& p : kernel.parameters) parameters.append(py::make_tuple(p.type, p.name));
    all.append(py::make_tuple(kernel.stem, kernel.name, parameters));
  }
  return all;
}

// {"activation": [name, ...], "unary": [...], "binary": [...]}: what the numbers of formulas stand for.
py::dict formulas() {
  py::list activation, unary, binary;
#define ACTIVATION(name, Formula) activation.append(#name);
#define UNARY(name, Formula) unary.append(#name);
#define BINARY(name, Formula) binary.append(#name);
#include "kernels.def"
  py::dict all;
  all["activation"] = activation;
  all["unary"] = unary;
  all["binary"] = binary;
  return all;
}

// One argument for Python: an address, a tuple of integers, an integer, a number.
py::object shown(const plan::Parameter& parameter, const plan::Argument& argument) {
  if (parameter.is_list()) return py::tuple(py::cast(argument.list));
  if (parameter.is_array()) return py::int_(reinterpret_cast<std::uintptr_t>(argument.pointer));
  if (parameter.is_real()) return py::float_(argument.real);
  if (parameter.type == "std::uint64_t") return py::int_(static_cast<std::uint64_t>(argument.integer));
  return py::int_(argument.integer);
}

class Recorder {
 public:
  Recorder() : recording_(std::make_unique<plan::Recording>()) { keep_arrays(&kept_); }
  ~Recorder() { stop(); }

  std::size_t count() const { return recording_ ? recording_->calls().size() : 0; }

  // [(kernel, dtype, [argument, ...]), ...] and every array that these calls took or made; ends the
  // recording.
  py::tuple stop() {
    if (!recording_) return py::make_tuple(py::list(), py::list());
    keep_arrays(nullptr);
    py::list calls;
    for (const plan::Call& call : recording_->calls()) {
      const plan::KernelInfo& kernel = plan::catalogue()[call.kernel];
      py::list arguments;
      for (std::size_t i = 0; i < call.arguments.size(); ++i)
        arguments.append(shown(kernel.parameters[i], call.arguments[i]));
      calls.append(py::make_tuple(kernel.name, call.is_double ? "float64" : "float32", arguments));
    }
    recording_.reset();
    py::list arrays;
    for (py::object& array : kept_) arrays.append(std::move(array));
    kept_.clear();
    return py::make_tuple(calls, arrays);
  }

 private:
  std::unique_ptr<plan::Recording> recording_;
  std::vector<py::object> kept_;
};

}  // namespace

void bind_record(py::module_& m) {
  m.def("catalogue", catalogue, "Every kernel of csrc/kernels.def: (stem, name, [(type, parameter), ...]).");
  m.def("formulas", formulas, "The names of the formulas, by kind, in the order of their numbers.");
  py::class_<Recorder>(m, "Recorder", "Writes down the kernel calls of this thread until it is stopped.")
      .def(py::init<>())
      .def("count", &Recorder::count, "How many calls there have been.")
      .def("stop", &Recorder::stop, "-> (calls, arrays)");
}

}  // namespace tinynn::border
