// tinynn._native.Ensemble: one program, many nets; see csrc/plan/ensemble.h and tinynn/compile/many.py.
#include <memory>
#include <mutex>
#include <vector>

#include "arrays.h"
#include "bind.h"
#include "calls.h"
#include "plan/ensemble.h"

namespace tinynn::border {
namespace {

class BoundEnsemble {
  using Home = plan::Ensemble;

 public:
  // calls: as for Program, but that a pointer is (home, offset): 0 the worker's memory, 1 the weights of a
  // net, 2 its state, then the inputs, then `constants`. sizes: how many bytes each home but the constants
  // has, an input for one step. counters: for each, the (call, parameter) that take it; rates: those that
  // take the rate. guards: (call, offset), the loss first. kept: (offset in the weights, in the worker's
  // memory, bytes).
  BoundEnsemble(const py::list& calls, const py::list& constants, std::vector<Index> sizes,
                const std::vector<std::vector<std::pair<int, int>>>& counters,
                const std::vector<std::pair<int, int>>& rates,
                const std::vector<std::pair<int, Index>>& guards,
                const std::vector<std::tuple<Index, Index, Index>>& kept)
      : sizes_(std::move(sizes)), counters_(static_cast<Index>(counters.size())) {
    if (sizes_.size() < Home::kInput) refuse("needed the sizes of three homes and the inputs");
    for (py::handle array : constants) constants_.push_back(memory_of(array));
    std::vector<plan::Call> list;
    std::vector<Use> uses;
    for (py::handle call : calls)
      list.push_back(taken(call.cast<py::tuple>(), static_cast<int>(list.size()), uses));
    const auto check = [&](int call, int parameter) {
      const plan::Parameter& p = plan::catalogue()[list.at(call).kernel].parameters.at(parameter);
      if (p.is_array() || p.is_list() || p.is_list_of_arrays()) refuse(p.name + " is no number");
    };
    for (const auto& places : counters)
      for (const auto& [call, parameter] : places) check(call, parameter);
    for (const auto& [call, parameter] : rates) check(call, parameter);
    if (guards.empty()) refuse("needed the loss");
    std::vector<bool> is_double;
    for (const auto& [call, offset] : guards) {
      is_double.push_back(list.at(call).is_double);
      if (offset < 0 || offset + (is_double.back() ? 8 : 4) > sizes_[Home::kWorker]) refuse("bad guard");
    }
    for (const auto& [weights, copy, bytes] : kept)
      if (weights < 0 || copy < 0 || bytes < 0 || weights + bytes > sizes_[Home::kWeights] ||
          copy + bytes > sizes_[Home::kWorker])
        refuse("what is kept does not fit");
    ensemble_ = std::make_unique<plan::Ensemble>(std::move(list));
    for (const Use& use : uses) ensemble_->place(use.call, use.parameter, use.element, use.home, use.offset);
    for (std::size_t slot = 0; slot < counters.size(); ++slot)
      for (const auto& [call, parameter] : counters[slot])
        ensemble_->count(call, parameter, static_cast<int>(slot));
    for (const auto& [call, parameter] : rates) ensemble_->rate(call, parameter);
    for (std::size_t i = 0; i < guards.size(); ++i)
      ensemble_->guard(guards[i].first, guards[i].second, is_double[i]);
    for (const auto& [weights, copy, bytes] : kept) ensemble_->keep(weights, copy, bytes);
  }

  // Takes every net on towards `steps` (the rows of `losses`) for at most `seconds`; see plan/ensemble.h.
  void run(const py::list& homes, const py::list& inputs, const std::vector<Index>& gathered, Index batch,
           const py::object& order, const py::array& starts, const py::array& increments,
           const py::array& rates, const py::array& losses, const py::array& done, const py::array& stopped,
           double seconds) {
    const std::unique_lock<std::mutex> alone(running_, std::try_to_lock);
    if (!alone.owns_lock()) throw std::runtime_error("Ensemble: is running in another thread already");
    plan::Ensemble::Task task{};
    task.nets = done.ndim() == 1 ? done.shape(0) : -1;
    task.steps = rates.ndim() == 1 ? rates.shape(0) : -1;
    task.counters = counters_;
    task.batch = batch;
    if (task.nets < 1 || task.steps < 0 || batch < 1) refuse("needed nets, steps and rows");
    if (homes.size() != Home::kInput) refuse("needed three homes");
    take_home(homes[0], Home::kWorker, task.memory, task.memory_bytes, task.workers);
    Index rows = task.nets;
    take_home(homes[1], Home::kWeights, task.weights, task.weights_bytes, rows);
    take_home(homes[2], Home::kState, task.state, task.state_bytes, rows);
    task.starts = sized<std::uint64_t>(starts, task.nets * counters_);
    task.increments = sized<std::uint64_t>(increments, counters_);
    task.rates = sized<double>(rates, task.steps);
    task.losses = sized<double>(losses, task.steps * task.nets, true);
    task.done = sized<std::int64_t>(done, task.nets, true);
    task.stopped = sized<bool>(stopped, task.nets, true);
    for (Index i = 0; i < task.nets; ++i)
      if (task.done[i] < 0 || task.done[i] > task.steps) refuse("a net has done steps there are not");
    take_inputs(inputs, gathered, task);
    if (!order.is_none()) {
      task.order = sized<std::int64_t>(order.cast<py::array>(), task.nets * task.steps * batch);
      for (Index i = 0; i < task.nets * task.steps * batch; ++i)
        if (task.order[i] < 0 || task.order[i] >= rows_) refuse("the order names an example there is not");
    }
    Call call("Ensemble");
    call.run(Index{1} << 40, [&] { ensemble_->run(task, seconds, abandoned); });
  }

 private:
  struct Use {
    int call, parameter, element, home;
    Index offset;
  };

  plan::Call taken(const py::tuple& given, int number, std::vector<Use>& uses) {
    return call_of(given, [&](int parameter, int element, const std::pair<int, Index>& place) -> const void* {
      const auto [home, offset] = place;
      const std::size_t which = static_cast<std::size_t>(home);
      if (offset < 0 || home < 0 || which >= sizes_.size() + constants_.size()) refuse("bad place");
      const bool constant = which >= sizes_.size();
      if (offset > (constant ? constants_[which - sizes_.size()].bytes : sizes_[which]))
        refuse("a call reaches beyond an array");
      if (constant) return constants_[which - sizes_.size()].data + offset;
      uses.push_back({number, parameter, element, home, offset});
      return nullptr;
    });
  }

  template <class T>
  static T* sized(const py::array& array, Index size, bool written = false) {
    const Memory memory = memory_of(array);
    if (memory.bytes != size * static_cast<Index>(sizeof(T)) || array.itemsize() != sizeof(T) ||
        (written && !array.writeable()))
      refuse("an array of a run has another size");
    return reinterpret_cast<T*>(memory.data);
  }

  // [rows, bytes], rows 0: any count.
  void take_home(py::handle given, int home, char*& data, Index& bytes, Index& rows) const {
    const Memory memory = memory_of(given);
    const auto array = given.cast<py::array>();
    if (array.ndim() != 2 || array.itemsize() != 1 || !array.writeable() || array.shape(0) < 1 ||
        (rows != 0 && array.shape(0) != rows) || array.shape(1) < sizes_[home])
      refuse("a home is too small");
    data = memory.data, rows = array.shape(0), bytes = array.shape(1);
  }

  // Each (examples, ...): as many in one as in the other, at least a batch.
  void take_inputs(const py::list& inputs, const std::vector<Index>& gathered, plan::Ensemble::Task& task) {
    if (inputs.size() != sizes_.size() - Home::kInput || gathered.size() != inputs.size())
      refuse("needed another number of inputs");
    for (std::size_t j = 0; j < inputs.size(); ++j) {
      const Memory memory = memory_of(inputs[j]);
      const auto array = inputs[j].cast<py::array>();
      const Index rows = array.ndim() > 0 ? array.shape(0) : 0;
      if (rows < task.batch || (j > 0 && rows != rows_)) refuse("needed examples for a batch");
      const Index row_bytes = memory.bytes / rows;
      if (row_bytes * task.batch != sizes_[Home::kInput + j]) refuse("an input has other rows");
      if (gathered[j] < 0 || gathered[j] + row_bytes * task.batch > task.memory_bytes)
        refuse("no room to gather a batch");
      rows_ = rows;
      task.inputs.push_back({memory.data, row_bytes, gathered[j]});
    }
    task.batches = rows_ / task.batch;
  }

  std::vector<Index> sizes_;
  Index counters_;
  Index rows_ = 0;
  std::vector<Memory> constants_;
  std::unique_ptr<plan::Ensemble> ensemble_;
  std::mutex running_;
};

}  // namespace

void bind_ensemble(py::module_& m) {
  py::class_<BoundEnsemble>(m, "Ensemble", "Runs one program for many nets; see tinynn/compile/many.py.")
      .def(py::init<const py::list&, const py::list&, std::vector<Index>,
                    const std::vector<std::vector<std::pair<int, int>>>&,
                    const std::vector<std::pair<int, int>>&, const std::vector<std::pair<int, Index>>&,
                    const std::vector<std::tuple<Index, Index, Index>>&>(),
           "calls"_a, "constants"_a, "sizes"_a, "counters"_a, "rates"_a, "guards"_a, "kept"_a)
      .def("run", &BoundEnsemble::run, "homes"_a, "inputs"_a, "gathered"_a, "batch"_a, "order"_a, "starts"_a,
           "increments"_a, "rates"_a, "losses"_a, "done"_a, "stopped"_a, "seconds"_a);
}

}  // namespace tinynn::border
