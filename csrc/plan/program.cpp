// Program: runs a list of kernel calls. Each call is a function made from its slot's type, which reads its
// arguments from a row of eight-byte values.
#include <cmath>
#include <utility>

#include "dispatch.h"
#include "signature.h"

namespace tinynn::plan {
namespace {

template <class Slot>
struct Invoking;

template <class... A>
struct Invoking<void (*)(A...)> {
  static void call(void (*kernel)(), const Program::Value* values) {
    call(kernel, values, std::index_sequence_for<A...>());
  }
  template <std::size_t... i>
  static void call(void (*kernel)(), const Program::Value* values, std::index_sequence<i...>) {
    reinterpret_cast<void (*)(A...)>(kernel)(taken<A>(values[i])...);
  }
};

template <class T>
Program::Step step(int number) {
  const KernelTable<T>& table = kernels<T>();
  const Program::Step all[] = {
#define KERNEL(stem, name, parameters) \
  {Invoking<std::remove_cv_t<decltype(table.name)>>::call, reinterpret_cast<void (*)()>(table.name)},
#include "kernels.def"
  };
  return all[number];
}

}  // namespace

Program::Program(std::vector<Call> calls) : calls_(std::move(calls)) {
  // First everything that is pointed to, so that nothing moves afterwards.
  for (const Call& call : calls_) {
    const auto& parameters = catalogue()[call.kernel].parameters;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const std::vector<Index>& list = call.arguments[i].list;
      if (parameters[i].type == "const ConvShape&") conv_shapes_.push_back(conv_shape(list));
      if (parameters[i].type == "const PoolShape&") pool_shapes_.push_back(pool_shape(list));
    }
  }
  const ConvShape* conv = conv_shapes_.data();
  const PoolShape* pool = pool_shapes_.data();
  for (const Call& call : calls_) {
    const auto& parameters = catalogue()[call.kernel].parameters;
    starts_.push_back(static_cast<int>(values_.size()));
    steps_.push_back(call.is_double ? step<double>(call.kernel) : step<float>(call.kernel));
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const std::string& type = parameters[i].type;
      const Argument& given = call.arguments[i];
      Value value;
      if (type == "const ConvShape&") {
        value.pointer = conv++;
      } else if (type == "const PoolShape&") {
        value.pointer = pool++;
      } else if (type == "const Index*") {
        value.pointer = given.list.data();
      } else if (parameters[i].is_list_of_arrays()) {
        value.pointer = given.pointers.data();
      } else if (type.back() == '*') {
        value.pointer = given.pointer;
      } else if (type == "T") {
        value.real = given.real;
      } else {
        value.integer = given.integer;
      }
      values_.push_back(value);
    }
  }
}

void Program::add_guard(int call, const void* at, bool is_double) {
  guards_.push_back({call, at, is_double});
}

int Program::run(int first, int last, bool (*abandoned)()) {
  auto guard = guards_.begin();
  while (guard != guards_.end() && guard->call < first) ++guard;
  for (int i = first; i < last; ++i) {
    steps_[i].invoke(steps_[i].kernel, values_.data() + starts_[i]);
    if (abandoned()) return i - first;
    for (; guard != guards_.end() && guard->call == i; ++guard) {
      const bool finite = guard->is_double ? std::isfinite(*static_cast<const double*>(guard->at))
                                           : std::isfinite(*static_cast<const float*>(guard->at));
      if (!finite) return i - first;
    }
  }
  return last - first;
}

int Program::run(const Value* values, int first, int last, bool (*abandoned)()) const {
  for (int i = first; i < last; ++i) {
    steps_[i].invoke(steps_[i].kernel, values + starts_[i]);
    if (abandoned()) return i - first;
  }
  return last - first;
}

}  // namespace tinynn::plan
