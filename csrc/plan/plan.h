// The compiled step: kernel calls are recorded as they happen, and a list of them is run again without
// Python.
//
//   Recording     while it lives, the calls its thread makes through kernels<T>() are written down
//   Program       a list of calls whose arrays have been given their places; runs it, and may stop early
//
// A call is what kernels.def says: a slot of the table and its arguments. Both classes come out of the
// catalogue by templates, so a new kernel is recorded and replayed without a line here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels.h"

namespace tinynn::plan {

// One parameter as the catalogue spells it: "const T*" and "x".
struct Parameter {
  std::string type, name;

  bool is_list() const { return type == "const Index*" || type.back() == '&'; }  // sizes, strides, shapes
  bool is_list_of_arrays() const { return type == "T* const*" || type == "const T* const*"; }
  bool is_array() const { return type.back() == '*' && !is_list() && !is_list_of_arrays(); }
  bool is_real() const { return type == "T"; }
};

struct KernelInfo {
  const char *stem, *name;
  std::vector<Parameter> parameters;
};

// Every kernel, in the order of kernels.def; a kernel's number is its place here.
const std::vector<KernelInfo>& catalogue();

// What one parameter is given. The type says which member counts: pointers to arrays `pointer`; integers,
// flags and names of formulas `integer`; constants of type T `real`; shapes and strides `list`; lists of
// arrays `pointers`.
struct Argument {
  const void* pointer = nullptr;
  std::vector<const void*> pointers;
  std::int64_t integer = 0;
  double real = 0;
  std::vector<Index> list;
};

struct Call {
  int kernel = 0;
  bool is_double = false;
  std::vector<Argument> arguments;
};

// From its making to its end, notes every call that this thread makes. One at a time in a thread.
class Recording {
 public:
  Recording();
  ~Recording();
  Recording(const Recording&) = delete;

  const std::vector<Call>& calls() const { return calls_; }

 private:
  template <class T, int kernel, class Slot>
  friend struct Noting;
  std::vector<Call> calls_;
};

class Program {
 public:
  // Eight bytes that an argument is read from when its kernel is called.
  union Value {
    const void* pointer;
    std::int64_t integer;
    double real;
  };
  // A kernel of the table, and how to call one of its type.
  struct Step {
    void (*invoke)(void (*kernel)(), const Value* values);
    void (*kernel)();
  };

  explicit Program(std::vector<Call> calls);
  Program(const Program&) = delete;

  int size() const { return static_cast<int>(calls_.size()); }
  const std::vector<Call>& calls() const { return calls_; }
  // The arguments of all calls in one row; where in it one of them stands.
  const std::vector<Value>& values() const { return values_; }
  int index(int call, int parameter) const { return starts_[call] + parameter; }
  Value& value(int call, int parameter) { return values_[index(call, parameter)]; }

  // After call number `call`: go no further where the number at `at` is not finite.
  void add_guard(int call, const void* at, bool is_double);

  // Runs calls first..last-1 in order. `abandoned` is asked after each. Returns how many calls were done
  // without a stop: last - first when nothing happened.
  int run(int first, int last, bool (*abandoned)());
  // The same with arguments that are not its own, and without its guards.
  int run(const Value* values, int first, int last, bool (*abandoned)()) const;

 private:
  struct Guard {
    int call;
    const void* at;
    bool is_double;
  };
  std::vector<Call> calls_;
  std::vector<Value> values_;
  std::vector<int> starts_;
  std::vector<Step> steps_;
  std::vector<Guard> guards_;  // in the order of their calls
  std::vector<ConvShape> conv_shapes_;
  std::vector<PoolShape> pool_shapes_;
};

}  // namespace tinynn::plan
