// tinynn._native: the compiled step. Recording writes down the kernel calls of this thread, Program runs a
// list of them; tinynn/compile makes the one into the other.
#include <memory>
#include <mutex>
#include <vector>

#include "arrays.h"
#include "bind.h"
#include "plan/plan.h"

namespace tinynn::border {
namespace {

bool is_pointer(const plan::Parameter& parameter) {
  return parameter.type.back() == '*' && parameter.type != "const Index*";
}

bool is_list(const plan::Parameter& parameter) {
  return parameter.type == "const Index*" || parameter.type.back() == '&';
}

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

// ---- Recording -----------------------------------------------------------------------------------

// One argument for Python: an address, a tuple of integers, an integer, a number.
py::object shown(const plan::Parameter& parameter, const plan::Argument& argument) {
  if (is_list(parameter)) return py::tuple(py::cast(argument.list));
  if (is_pointer(parameter)) return py::int_(reinterpret_cast<std::uintptr_t>(argument.pointer));
  if (parameter.type == "T") return py::float_(argument.real);
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

// ---- Program -------------------------------------------------------------------------------------

[[noreturn]] void refuse(const std::string& message) { throw py::value_error("Program: " + message); }

struct Memory {
  py::object owner;
  char* data;
  Index bytes;
};

Memory memory_of(py::handle array) {
  if (!py::isinstance<py::array>(array)) throw py::type_error("Program: needed arrays");
  const auto a = py::reinterpret_borrow<py::array>(array);
  if ((a.flags() & py::array::c_style) == 0) refuse("needed arrays that are contiguous");
  return {a, static_cast<char*>(const_cast<void*>(a.data())), a.nbytes()};
}

class BoundProgram {
 public:
  // calls: (kernel, dtype, [argument, ...]) as Recorder gives them, but that a pointer is (array, offset),
  // the place of an array in `arrays` and a number of bytes, or None. inputs: the places of those that `run`
  // is given anew, each with the number that its elements must be less than, or 0 where they are no labels.
  // numbers: for each number that `run` is given, the (call, parameter) that take it. guards: (call, array).
  BoundProgram(const py::list& calls, const py::list& arrays, std::vector<std::pair<int, Index>> inputs,
               const std::vector<std::vector<std::pair<int, int>>>& numbers,
               const std::vector<std::pair<int, int>>& guards)
      : inputs_(std::move(inputs)) {
    for (py::handle array : arrays) memory_.push_back(memory_of(array));
    uses_.resize(memory_.size());
    std::vector<plan::Call> list;
    for (py::handle call : calls)
      list.push_back(taken(call.cast<py::tuple>(), static_cast<int>(list.size())));
    for (const auto& [call, array] : guards)
      if (call < 0 || call >= static_cast<int>(list.size()))
        refuse("a guard stands behind a call there is not");
    std::vector<bool> is_double;
    for (const plan::Call& call : list) is_double.push_back(call.is_double);
    numbers_.resize(numbers.size());
    for (std::size_t slot = 0; slot < numbers.size(); ++slot)
      for (const auto& [call, parameter] : numbers[slot]) {
        const plan::Parameter& p = plan::catalogue()[list.at(call).kernel].parameters.at(parameter);
        if (is_pointer(p) || is_list(p)) refuse(p.name + " is no number");
        numbers_[slot].push_back({call, parameter, p.type == "T"});
      }
    program_ = std::make_unique<plan::Program>(std::move(list));
    for (const auto& [call, array] : guards)
      program_->add_guard(call, memory_.at(array).data, is_double[static_cast<std::size_t>(call)]);
  }

  // Calls first..last-1, with these arrays and numbers; how many were done (see plan.h).
  int run(const py::sequence& arrays, const py::sequence& numbers, int first, int last) {
    const std::unique_lock<std::mutex> alone(running_, std::try_to_lock);
    if (!alone.owns_lock()) throw std::runtime_error("Program: is running in another thread already");
    if (first < 0 || last > program_->size() || first > last) refuse("has no such calls");
    if (arrays.size() != inputs_.size() || numbers.size() != numbers_.size())
      refuse("needed " + std::to_string(inputs_.size()) + " arrays and " + std::to_string(numbers_.size()) +
             " numbers");
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      replace(inputs_[i].first, arrays[i]);
      if (inputs_[i].second > 0) check_labels(memory_[inputs_[i].first], inputs_[i].second);
    }
    for (std::size_t i = 0; i < numbers_.size(); ++i) set(numbers_[i], numbers[i]);
    int done = 0;
    Call call("Program");
    call.run(kAlwaysUnlocked, [&] { done = program_->run(first, last, abandoned); });
    return done;
  }

 private:
  static constexpr Index kAlwaysUnlocked = Index{1} << 40;

  struct Use {
    int call, parameter;
    Index offset;
  };
  struct Number {
    int call, parameter;
    bool real;
  };

  plan::Call taken(const py::tuple& given, int number) {
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
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      plan::Argument argument;
      const py::handle value = arguments[i];
      if (is_list(parameters[i])) {
        argument.list = value.cast<std::vector<Index>>();
        if (parameters[i].type == "const ConvShape&" && argument.list.size() != 17) refuse("bad ConvShape");
        if (parameters[i].type == "const PoolShape&" && argument.list.size() != 12) refuse("bad PoolShape");
      } else if (is_pointer(parameters[i])) {
        if (!value.is_none()) {
          const auto [array, offset] = value.cast<std::pair<int, Index>>();
          const Memory& memory = memory_.at(array);
          if (offset < 0 || offset > memory.bytes) refuse(name + " reaches beyond an array");
          argument.pointer = memory.data + offset;
          uses_[array].push_back({number, static_cast<int>(i), offset});
        }
      } else if (parameters[i].type == "T") {
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

  // Another array in the place of one that is at most as long.
  void replace(int place, py::handle array) {
    Memory& memory = memory_.at(place);
    if (memory.owner.is(array)) return;
    Memory other = memory_of(array);
    if (other.bytes != memory.bytes)
      refuse("an input has " + std::to_string(other.bytes) + " bytes; needed " +
             std::to_string(memory.bytes));
    for (const Use& use : uses_[place])
      program_->value(use.call, use.parameter).pointer = other.data + use.offset;
    memory = std::move(other);
  }

  static void check_labels(const Memory& memory, Index limit) {
    const auto* labels = reinterpret_cast<const std::int64_t*>(memory.data);
    for (Index i = 0; i < memory.bytes / 8; ++i)
      if (labels[i] < 0 || labels[i] >= limit)
        refuse("label " + std::to_string(i) + " is " + std::to_string(labels[i]) +
               "; needed integers of at least 0 and less than " + std::to_string(limit));
  }

  void set(const std::vector<Number>& places, py::handle value) {
    for (const Number& n : places) {
      plan::Program::Value& v = program_->value(n.call, n.parameter);
      if (n.real)
        v.real = value.cast<double>();
      else
        v.integer = static_cast<std::int64_t>(PyLong_AsUnsignedLongLongMask(value.ptr()));
    }
  }

  std::vector<Memory> memory_;
  std::vector<std::vector<Use>> uses_;  // per array
  std::vector<std::pair<int, Index>> inputs_;
  std::vector<std::vector<Number>> numbers_;
  std::unique_ptr<plan::Program> program_;
  std::mutex running_;
};

}  // namespace

void bind_plan(py::module_& m) {
  m.def("catalogue", catalogue, "Every kernel of csrc/kernels.def: (stem, name, [(type, parameter), ...]).");
  py::class_<Recorder>(m, "Recorder", "Writes down the kernel calls of this thread until it is stopped.")
      .def(py::init<>())
      .def("count", &Recorder::count, "How many calls there have been.")
      .def("stop", &Recorder::stop, "-> (calls, arrays)");
  py::class_<BoundProgram>(m, "Program", "Runs a list of kernel calls without Python; see tinynn/compile.")
      .def(py::init<const py::list&, const py::list&, std::vector<std::pair<int, Index>>,
                    const std::vector<std::vector<std::pair<int, int>>>&,
                    const std::vector<std::pair<int, int>>&>(),
           "calls"_a, "arrays"_a, "inputs"_a, "numbers"_a, "guards"_a)
      .def("run", &BoundProgram::run, "arrays"_a, "numbers"_a, "first"_a, "last"_a, "-> calls done");
}

}  // namespace tinynn::border
