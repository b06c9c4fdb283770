// tinynn._native: the compiled step. Recording writes down the kernel calls of this thread, Program runs a
// list of them; tinynn/compile makes the one into the other.
#include <chrono>
#include <cstring>
#include <memory>
#include <mutex>
#include <vector>

#include "arrays.h"
#include "bind.h"
#include "calls.h"
#include "plan/plan.h"

namespace tinynn::border {
namespace {

class BoundProgram {
 public:
  // calls: (kernel, dtype, [argument, ...]) as Recorder gives them, but that a pointer is (array, offset),
  // the place of an array in `arrays` and a number of bytes, or None; a list of arrays is many of these.
  // inputs: the places of those that `run` is given anew, each with the number that its elements must be less
  // than, or 0 where they are no labels; labels: other arrays that are, in the same way. numbers: for each
  // number that `run` is given, the (call, parameter) that take it. guards: (call, array, offset): behind
  // which call to go no further where what number is not finite.
  BoundProgram(const py::list& calls, const py::list& arrays, std::vector<std::pair<int, Index>> inputs,
               std::vector<std::pair<int, Index>> labels,
               const std::vector<std::vector<std::pair<int, int>>>& numbers,
               const std::vector<std::tuple<int, int, Index>>& guards)
      : inputs_(std::move(inputs)), labels_(std::move(labels)) {
    for (py::handle array : arrays) memory_.push_back(memory_of(array));
    uses_.resize(memory_.size());
    std::vector<plan::Call> list;
    for (py::handle call : calls)
      list.push_back(taken(call.cast<py::tuple>(), static_cast<int>(list.size())));
    for (const auto& [call, array, offset] : guards)
      if (call < 0 || call >= static_cast<int>(list.size()) || offset < 0 ||
          offset + (list[call].is_double ? 8 : 4) > memory_.at(array).bytes)
        refuse("a guard stands where there is nothing");
    std::vector<bool> is_double;
    for (const plan::Call& call : list) is_double.push_back(call.is_double);
    numbers_.resize(numbers.size());
    for (std::size_t slot = 0; slot < numbers.size(); ++slot)
      for (const auto& [call, parameter] : numbers[slot]) {
        const plan::Parameter& p = plan::catalogue()[list.at(call).kernel].parameters.at(parameter);
        if (p.is_array() || p.is_list() || p.is_list_of_arrays()) refuse(p.name + " is no number");
        numbers_[slot].push_back({call, parameter, p.is_real()});
      }
    program_ = std::make_unique<plan::Program>(std::move(list));
    for (const auto& [call, array, offset] : guards)
      program_->add_guard(call, memory_.at(array).data + offset, is_double[static_cast<std::size_t>(call)]);
  }

  // Calls first..last-1, with these arrays and numbers; how many were done (see plan.h).
  int run(const py::sequence& arrays, const py::sequence& numbers, int first, int last) {
    const std::unique_lock<std::mutex> alone = ready(arrays, numbers, first, last);
    int done = 0;
    Call call("Program");
    call.run(kAlwaysUnlocked, [&] { done = program_->run(first, last, abandoned); });
    return done;
  }

  // One call, so many times; how many seconds each took.
  std::vector<double> times(const py::sequence& arrays, const py::sequence& numbers, int number, int repeat) {
    const std::unique_lock<std::mutex> alone = ready(arrays, numbers, number, number + 1);
    using Clock = std::chrono::steady_clock;
    std::vector<double> seconds;
    Call call("Program");
    call.run(kAlwaysUnlocked, [&] {
      for (int i = 0; i < repeat && !abandoned(); ++i) {
        const auto begin = Clock::now();
        program_->run(number, number + 1, abandoned);
        seconds.push_back(std::chrono::duration<double>(Clock::now() - begin).count());
      }
    });
    return seconds;
  }

  Index steps_done() const { return steps_done_; }

  // Many steps. Step i takes input j from arrays[j] at i * strides[j] bytes, and row i of `numbers`, 64 bits
  // each (those of type T as the bits of a double). After it, for each (array, offset, out) in `kept`, what
  // the place holds is copied to row i of out. Ends early after `seconds`, so that Python may look around.
  py::tuple run_steps(const py::sequence& arrays, const std::vector<Index>& strides, const py::array& numbers,
                      const std::vector<std::tuple<int, Index, py::array>>& kept, double seconds) {
    const std::unique_lock<std::mutex> alone(running_, std::try_to_lock);
    if (!alone.owns_lock()) throw std::runtime_error("Program: is running in another thread already");
    const auto table = memory_of(numbers);
    const Index width = static_cast<Index>(numbers_.size());
    if (numbers.ndim() != 2 || numbers.shape(1) != width || numbers.itemsize() != 8)
      refuse("numbers must be (steps, " + std::to_string(width) + ") of 64 bits");
    const Index steps = numbers.shape(0);
    if (arrays.size() != inputs_.size() || strides.size() != inputs_.size())
      refuse("needed " + std::to_string(inputs_.size()) + " arrays and strides");
    std::vector<Memory> rows;
    for (std::size_t j = 0; j < inputs_.size(); ++j) {
      rows.push_back(memory_of(arrays[j]));
      const Index bytes = memory_[inputs_[j].first].bytes;
      if (strides[j] < 0 || (steps > 0 && (steps - 1) * strides[j] + bytes > rows[j].bytes))
        refuse("an input is too short for " + std::to_string(steps) + " steps");
    }
    check_labels();
    std::vector<Kept> keep;
    for (const auto& [array, offset, out] : kept) {
      const Memory& from = memory_.at(array);
      const Memory to = memory_of(out);
      if (!out.writeable() || steps == 0 || to.bytes % steps != 0 || offset < 0 ||
          offset + to.bytes / steps > from.bytes)
        refuse("what is kept does not fit");
      keep.push_back({from.data + offset, to.data, to.bytes / steps});
    }
    Index& done = steps_done_ = 0;
    bool stopped = false;
    std::string wrong_label;
    const Restored restored{this};
    Call call("Program");
    call.run(kAlwaysUnlocked, [&] {
      using Clock = std::chrono::steady_clock;
      const auto begin = Clock::now();
      const auto end = begin + std::chrono::duration<double>(seconds);
      auto look_up = begin + kLookUp;
      for (; done < steps; ++done) {
        for (std::size_t j = 0; j < inputs_.size(); ++j) {
          const auto& [place, limit] = inputs_[j];
          point(place, rows[j].data + done * strides[j]);
          if (limit > 0 && (done == 0 || strides[j] != 0))  // else they are those of the step before
            wrong_label = label_error(rows[j].data + done * strides[j], memory_[place].bytes, limit);
          if (!wrong_label.empty()) return;
        }
        const auto* row = reinterpret_cast<const std::int64_t*>(table.data) + done * width;
        for (Index i = 0; i < width; ++i)
          for (const Number& n : numbers_[i]) program_->value(n.call, n.parameter).integer = row[i];
        if (program_->run(0, program_->size(), abandoned) < program_->size()) {
          stopped = true;
          return;
        }
        for (const Kept& k : keep)
          std::memcpy(k.to + done * k.bytes, k.from, static_cast<std::size_t>(k.bytes));
        const auto now = Clock::now();
        if (now >= end || (now >= look_up && interrupted_now())) {
          ++done;
          return;
        }
        if (now >= look_up) look_up = now + kLookUp;
      }
    });
    if (!wrong_label.empty()) refuse(wrong_label);
    return py::make_tuple(done, stopped);
  }

 private:
  // Puts in what a run is given; nobody else runs until the lock is gone.
  std::unique_lock<std::mutex> ready(const py::sequence& arrays, const py::sequence& numbers, int first,
                                     int last) {
    std::unique_lock<std::mutex> alone(running_, std::try_to_lock);
    if (!alone.owns_lock()) throw std::runtime_error("Program: is running in another thread already");
    if (first < 0 || last > program_->size() || first > last) refuse("has no such calls");
    if (arrays.size() != inputs_.size() || numbers.size() != numbers_.size())
      refuse("needed " + std::to_string(inputs_.size()) + " arrays and " + std::to_string(numbers_.size()) +
             " numbers");
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      replace(inputs_[i].first, arrays[i]);
      const Memory& memory = memory_[inputs_[i].first];
      const std::string error =
          inputs_[i].second > 0 ? label_error(memory.data, memory.bytes, inputs_[i].second) : "";
      if (!error.empty()) refuse(error);
    }
    check_labels();
    for (std::size_t i = 0; i < numbers_.size(); ++i) set(numbers_[i], numbers[i]);
    return alone;
  }

  // Their owner may have written to them since the last run.
  void check_labels() const {
    for (const auto& [place, limit] : labels_) {
      const Memory& memory = memory_.at(place);
      const std::string error = label_error(memory.data, memory.bytes, limit);
      if (!error.empty()) refuse(error);
    }
  }

  static constexpr auto kLookUp =
      std::chrono::milliseconds(50);  // between two looks whether Ctrl-C was pressed
  static constexpr Index kAlwaysUnlocked = Index{1} << 40;

  struct Use {
    int call, parameter;
    Index offset;
  };
  struct Number {
    int call, parameter;
    bool real;
  };
  // The arrays that `run_steps` was given may go when it ends, however it ends.
  struct Restored {
    BoundProgram* program;
    ~Restored() {
      for (const auto& [place, limit] : program->inputs_) program->point(place, program->memory_[place].data);
    }
  };
  struct Kept {
    const char* from;
    char* to;
    Index bytes;
  };

  plan::Call taken(const py::tuple& given, int number) {
    return call_of(given, [&](int parameter, int element, const std::pair<int, Index>& place) {
      const auto [array, offset] = place;
      const Memory& memory = memory_.at(array);
      if (offset < 0 || offset > memory.bytes) refuse("a call reaches beyond an array");
      if (element < 0) uses_[array].push_back({number, parameter, offset});
      for (const auto& input : inputs_)
        if (element >= 0 && input.first == array) refuse("an input of another step would be kept in a list");
      return memory.data + offset;
    });
  }

  // Another array in the place of one that is at most as long.
  void replace(int place, py::handle array) {
    Memory& memory = memory_.at(place);
    if (memory.owner.is(array)) return;
    Memory other = memory_of(array);
    if (other.bytes != memory.bytes)
      refuse("an input has " + std::to_string(other.bytes) + " bytes; needed " +
             std::to_string(memory.bytes));
    point(place, other.data);
    memory = std::move(other);
  }

  // What the calls read from an array, they read at `data` from now on.
  void point(int place, const char* data) {
    for (const Use& use : uses_[place]) program_->value(use.call, use.parameter).pointer = data + use.offset;
  }

  // Empty where each of the labels is one that the kernels may be given.
  static std::string label_error(const char* data, Index bytes, Index limit) {
    const auto* labels = reinterpret_cast<const std::int64_t*>(data);
    const auto is_wrong = [&](Index i) { return labels[i] < 0 || labels[i] >= limit; };
    bool any = false;  // all of them without a jump: in vectors
    for (Index i = 0; i < bytes / 8; ++i) any |= is_wrong(i);
    for (Index i = 0; any && i < bytes / 8; ++i)
      if (is_wrong(i))
        return "label " + std::to_string(i) + " is " + std::to_string(labels[i]) +
               "; needed integers of at least 0 and less than " + std::to_string(limit);
    return "";
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
  std::vector<std::pair<int, Index>> inputs_, labels_;
  std::vector<std::vector<Number>> numbers_;
  std::unique_ptr<plan::Program> program_;
  std::mutex running_;
  Index steps_done_ = 0;
};

}  // namespace

void bind_plan(py::module_& m) {
  py::class_<BoundProgram>(m, "Program", "Runs a list of kernel calls without Python; see tinynn/compile.")
      .def(py::init<const py::list&, const py::list&, std::vector<std::pair<int, Index>>,
                    std::vector<std::pair<int, Index>>, const std::vector<std::vector<std::pair<int, int>>>&,
                    const std::vector<std::tuple<int, int, Index>>&>(),
           "calls"_a, "arrays"_a, "inputs"_a, "labels"_a, "numbers"_a, "guards"_a)
      .def("run", &BoundProgram::run, "arrays"_a, "numbers"_a, "first"_a, "last"_a, "-> calls done")
      .def("times", &BoundProgram::times, "arrays"_a, "numbers"_a, "number"_a, "repeat"_a, "-> seconds")
      .def("run_steps", &BoundProgram::run_steps, "arrays"_a, "strides"_a, "numbers"_a, "kept"_a, "seconds"_a,
           "-> (steps done, whether a guard stopped the next one)")
      .def_property_readonly("steps_done", &BoundProgram::steps_done,
                             "Of the last run_steps, however it ended.");
}

}  // namespace tinynn::border
