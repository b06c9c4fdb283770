// All-reference first, then override what is faster; chosen once, named, and open to being forced.
#include "dispatch.h"

#include <cstdlib>

#include "cpu.h"

namespace tinynn {

// Each file of simd/targets/ offers this.
#define TARGET(name)                                   \
  namespace name {                                     \
  void override_table(KernelTable<float>& table);      \
  }
#include "targets.def"

namespace {

struct Target {
  std::string name;
  void (*override_table)(KernelTable<float>&);  // null: nothing beyond the reference
};

// Slowest first.
std::vector<Target> targets_of_this_machine() {
  std::vector<Target> targets{{"reference", nullptr}};
  const auto add = [&](const char* name, void (*override_table)(KernelTable<float>&)) {
    if (cpu_supports(name)) targets.push_back({name, override_table});
  };
  (void)add;
#define TARGET(name) add(#name, name::override_table);
#include "targets.def"
  return targets;
}

template <class T>
KernelTable<T> reference_table() {
  KernelTable<T> table;
#define STEM(stem) reference::fill_##stem(table);
#include "kernels.def"
  return table;
}

// The first kernel of the catalogue that nobody has put into the table, or null.
template <class T>
const char* missing(const KernelTable<T>& table) {
#define KERNEL(stem, name, parameters) \
  if (table.name == nullptr) return #name;
#include "kernels.def"
  return nullptr;
}

struct Dispatch {
  KernelTable<float> float32 = reference_table<float>();
  KernelTable<double> float64 = reference_table<double>();
  std::string target = "reference";
  std::string error;

  Dispatch() {
    choose();
    const char* name = missing(float32) ? missing(float32) : missing(float64);
    if (name != nullptr)
      error = std::string("tinynn: kernel ") + name + " is in kernels.def but nobody fills it";
  }

  void choose() {
    const std::vector<Target> targets = targets_of_this_machine();
    const char* wanted = std::getenv("TINYNN_TARGET");
    if (wanted == nullptr || *wanted == '\0') return use(targets.back());
    std::string names;
    for (const Target& candidate : targets) {
      if (candidate.name == wanted) return use(candidate);
      names += (names.empty() ? "" : ", ") + candidate.name;
    }
    error = std::string("TINYNN_TARGET: got '") + wanted +
            "'; needed one that this build holds and this machine " + "can run: " + names +
            "; try unsetting it, the fastest is then chosen";
  }

  void use(const Target& chosen) {
    target = chosen.name;
    if (chosen.override_table != nullptr) chosen.override_table(float32);
  }
};

const Dispatch& dispatch() {
  static const Dispatch once;
  return once;
}

thread_local KernelTables substitute;

}  // namespace

template <>
const KernelTable<float>& kernels<float>() {
  return substitute.float32 != nullptr ? *substitute.float32 : dispatch().float32;
}
template <>
const KernelTable<double>& kernels<double>() {
  return substitute.float64 != nullptr ? *substitute.float64 : dispatch().float64;
}

KernelTables substitute_tables(KernelTables tables) {
  const KernelTables before{&kernels<float>(), &kernels<double>()};
  substitute = tables;
  return before;
}

const char* target() { return dispatch().target.c_str(); }

std::vector<std::string> available_targets() {
  std::vector<std::string> names;
  for (const Target& candidate : targets_of_this_machine()) names.push_back(candidate.name);
  return names;
}

std::string initialise() { return dispatch().error; }

}  // namespace tinynn
