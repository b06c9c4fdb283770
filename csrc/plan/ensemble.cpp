// Ensemble: one program, many nets; see ensemble.h.
#include "ensemble.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <thread>

#include "parallel.h"

namespace tinynn::plan {
namespace {

// Gives a worker back, also where a kernel found no memory.
struct Busy {
  std::atomic<bool>& flag;
  ~Busy() { flag.store(false, std::memory_order_release); }
};

}  // namespace

// A list of arrays is a row of addresses that a net changes like any other argument: each worker needs its
// own.
Ensemble::Ensemble(std::vector<Call> calls) : program_(std::move(calls)), values_(program_.values()) {
  for (int call = 0; call < program_.size(); ++call) {
    const auto& arguments = program_.calls()[call].arguments;
    const auto& parameters = catalogue()[program_.calls()[call].kernel].parameters;
    for (std::size_t p = 0; p < parameters.size(); ++p) {
      if (!parameters[p].is_list_of_arrays()) continue;
      lists_.push_back({program_.index(call, static_cast<int>(p)), static_cast<int>(values_.size())});
      for (const void* pointer : arguments[p].pointers) {
        Value value;
        value.pointer = pointer;
        values_.push_back(value);
      }
    }
  }
}

void Ensemble::place(int call, int parameter, int element, int home, Index offset) {
  if (uses_.size() <= static_cast<std::size_t>(home)) uses_.resize(home + 1);
  int value = program_.index(call, parameter);
  if (element >= 0)
    value = element + std::find_if(lists_.begin(), lists_.end(), [&](const List& list) {
                        return list.value == value;
                      })->first;
  uses_[home].push_back({value, offset});
}

double Ensemble::Guard::read(const char* memory) const {
  const char* at = memory + offset;
  return is_double ? *reinterpret_cast<const double*>(at) : *reinterpret_cast<const float*>(at);
}

void Ensemble::point(Worker& worker, const std::vector<Use>& uses, const char* base) {
  for (const Use& use : uses) worker.values[use.value].pointer = base + use.offset;
}

// Everything that memory is needed for, before the parallel region.
void Ensemble::hire(const Task& task) {
  uses_.resize(kInput + task.inputs.size());
  if (hired_ < task.workers) {
    workers_ = std::make_unique<Worker[]>(task.workers);
    hired_ = task.workers;
  }
  for (Index w = 0; w < task.workers; ++w) {
    Worker& worker = workers_[w];
    worker.values = values_;
    for (const List& list : lists_) worker.values[list.value].pointer = &worker.values[list.first];
    worker.memory = task.memory + w * task.memory_bytes;
    point(worker, uses_[kWorker], worker.memory);
  }
}

void Ensemble::run(const Task& task, double seconds, bool (*abandoned)()) {
  hire(task);
  const auto end =
      Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  parallel_for(task.nets, 1, [&](Index first, Index last) {
    Index w = 0;  // the pool has no numbers for its threads: take any worker that nobody has
    while (workers_[w].busy.exchange(true, std::memory_order_acquire)) {
      w = (w + 1) % task.workers;
      if (w == 0) std::this_thread::yield();
    }
    const Busy until_here{workers_[w].busy};
    for (Index net = first; net < last; ++net) take_on(task, net, workers_[w], end, abandoned);
  });
}

void Ensemble::take_on(const Task& task, Index net, Worker& worker, Clock::time_point end,
                       bool (*abandoned)()) {
  Index step = task.done[net];
  if (step == task.steps || task.stopped[net]) return;
  point(worker, uses_[kWeights], task.weights + net * task.weights_bytes);
  point(worker, uses_[kState], task.state + net * task.state_bytes);
  for (; step < task.steps && Clock::now() < end; ++step) {
    prepare(task, net, step, worker);
    const Value* values = worker.values.data();
    if (program_.run(values, 0, known_, abandoned) < known_) break;
    task.losses[step * task.nets + net] = guards_.front().read(worker.memory);
    task.stopped[net] = !std::all_of(guards_.begin(), guards_.end(), [&](const Guard& guard) {
      return std::isfinite(guard.read(worker.memory));
    });
    if (task.stopped[net]) {
      char* weights = task.weights + net * task.weights_bytes;
      for (const Kept& k : kept_)
        std::memcpy(weights + k.weights, worker.memory + k.copy, static_cast<std::size_t>(k.bytes));
      break;
    }
    const int rest = program_.size() - known_;
    if (program_.run(values, known_, program_.size(), abandoned) < rest) break;
  }
  task.done[net] = step;
}

// Everything in the arguments that is another in this step.
void Ensemble::prepare(const Task& task, Index net, Index step, Worker& worker) {
  for (const Count& c : counts_) {
    const std::uint64_t start = task.starts[net * task.counters + c.slot];
    worker.values[c.value].integer =
        static_cast<std::int64_t>(start + static_cast<std::uint64_t>(step) * task.increments[c.slot]);
  }
  for (int value : rates_) worker.values[value].real = task.rates[step];
  for (std::size_t j = 0; j < task.inputs.size(); ++j) {
    const Input& input = task.inputs[j];
    const char* rows = input.data + step % task.batches * task.batch * input.row_bytes;
    if (task.order != nullptr) {
      const std::int64_t* row = task.order + (net * task.steps + step) * task.batch;
      char* to = worker.memory + input.gathered;
      for (Index i = 0; i < task.batch; ++i, to += input.row_bytes)
        std::memcpy(to, input.data + row[i] * input.row_bytes, static_cast<std::size_t>(input.row_bytes));
      rows = worker.memory + input.gathered;
    }
    point(worker, uses_[kInput + j], rows);
  }
}

}  // namespace tinynn::plan
