// Many nets that run one program: what they share is recorded once, what is a net's own lies in its row of
// memory, and what one step leaves to the next call lies with the thread that happens to run it.
//
//   net i        its weights, its state: rows i of two pieces of memory
//   a worker     the arena of temporary arrays, and a copy of the arguments that points into all this
//   the task     examples, learning rates, counters; how far every net has come
//
// Nets are spread over threads, each goes on for as many steps as it can and so stays in the cache. A net
// runs the very calls it would run alone: which thread does it, and when, changes no bit.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <vector>

#include "plan.h"

namespace tinynn::plan {

class Ensemble {
 public:
  // Whose memory an argument lies in; kInput + j is input j.
  enum Home : int { kWorker, kWeights, kState, kInput };

  explicit Ensemble(std::vector<Call> calls);

  // Argument `parameter` of call `call` lies `offset` bytes into that home; of a list of arrays, its number
  // `element` does (else -1).
  void place(int call, int parameter, int element, int home, Index offset);
  // It is counter number `slot` of the task; it is the rate of the step.
  void count(int call, int parameter, int slot) {
    counts_.push_back({program_.index(call, parameter), slot});
  }
  void rate(int call, int parameter) { rates_.push_back(program_.index(call, parameter)); }
  // A number that lies so far into a worker's memory once call number `call` was made; the first is the loss.
  // A net stops before the step in which one of them is not finite changes its weights.
  void guard(int call, Index offset, bool is_double) {
    guards_.push_back({offset, is_double});
    if (known_ <= call) known_ = call + 1;
  }
  // What that step may have changed by then: so many bytes of the weights, copied to the worker's memory
  // before.
  void keep(Index weights, Index copy, Index bytes) { kept_.push_back({weights, copy, bytes}); }

  // One input: all examples of an epoch. Step s takes `batch` rows from row s % batches * batch on; where
  // the task has an order, those that the order names, copied to `gathered` in the worker's memory.
  struct Input {
    const char* data;
    Index row_bytes, gathered;
  };
  struct Task {
    Index nets, workers;
    char *weights, *state, *memory;  // [nets, ...], [nets, ...], [workers, ...]
    Index weights_bytes, state_bytes, memory_bytes;
    std::vector<Input> inputs;
    Index batch, batches;
    const std::int64_t* order;  // [nets, steps * batch], or null
    // In step s, counter k of net i is starts[i, k] + s * increments[k], modulo 2**64.
    Index counters;
    const std::uint64_t *starts, *increments;
    const double* rates;  // [steps]
    Index steps;
    double* losses;      // [steps, nets]
    std::int64_t* done;  // [nets] steps so far: where a net goes on from, and how far it came
    bool* stopped;       // [nets] a guarded number was not finite
  };

  // Takes every net on, until all are done, have stopped, or `seconds` have gone by. `abandoned` as in
  // Program::run.
  void run(const Task& task, double seconds, bool (*abandoned)());

 private:
  using Value = Program::Value;
  using Clock = std::chrono::steady_clock;
  struct Use {
    int value;
    Index offset;
  };
  struct Count {
    int value, slot;
  };
  struct List {
    int value, first;  // the argument, and where its elements begin
  };
  struct Guard {
    Index offset;
    bool is_double;
    double read(const char* memory) const;
  };
  struct Kept {
    Index weights, copy, bytes;
  };
  struct Worker {
    std::atomic<bool> busy{false};
    std::vector<Value> values;
    char* memory;
  };

  static void point(Worker& worker, const std::vector<Use>& uses, const char* base);
  void take_on(const Task& task, Index net, Worker& worker, Clock::time_point end, bool (*abandoned)());
  void prepare(const Task& task, Index net, Index step, Worker& worker);

  void hire(const Task& task);

  Program program_;
  std::vector<Value> values_;  // the program's arguments, and behind them the elements of the lists
  std::vector<List> lists_;
  std::vector<std::vector<Use>> uses_;  // per home
  std::vector<Count> counts_;
  std::vector<int> rates_;
  std::vector<Guard> guards_;
  std::vector<Kept> kept_;
  int known_ = 0;  // calls after which all guarded numbers are known
  std::unique_ptr<Worker[]> workers_;
  Index hired_ = 0;
};

}  // namespace tinynn::plan
