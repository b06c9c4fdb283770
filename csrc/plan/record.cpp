// Recording: for as long as it lives, kernels<T>() gives its thread a table whose every slot writes the call
// down and then makes it.
#include <utility>

#include "dispatch.h"
#include "signature.h"

namespace tinynn::plan {
namespace {

thread_local Recording* recording = nullptr;
thread_local KernelTables real;  // the tables that this thread used before

template <class T>
const KernelTable<T>& real_table() {
  if constexpr (std::is_same_v<T, float>) {
    return *real.float32;
  } else {
    return *real.float64;
  }
}

// The numbers behind `const Index*` parameters, shape and strides: `ndim` each.
void copy_lists(Call& call) {
  const auto& parameters = catalogue()[call.kernel].parameters;
  Index ndim = 0;
  for (std::size_t i = 0; i < parameters.size(); ++i)
    if (parameters[i].name == "ndim") ndim = call.arguments[i].integer;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (parameters[i].type != "const Index*") continue;
    const auto* numbers = static_cast<const Index*>(call.arguments[i].pointer);
    call.arguments[i].list.assign(numbers, numbers + ndim);
    call.arguments[i].pointer = nullptr;
  }
}

}  // namespace

template <class T, int kernel, class Slot>
struct Noting;

template <class T, int kernel, class... A>
struct Noting<T, kernel, void (*)(A...)> {
  template <void (*KernelTable<T>::*slot)(A...)>
  static void call(A... a) {
    Call call{kernel, std::is_same_v<T, double>, {argument(a)...}};
    copy_lists(call);
    recording->calls_.push_back(std::move(call));
    (real_table<T>().*slot)(a...);
  }
};

namespace {

template <class T>
KernelTable<T> noting_table() {
  using Table = KernelTable<T>;
  Table table;
#define KERNEL(stem, name, parameters) \
  table.name = Noting<T, number_of_##name, decltype(Table::name)>::template call<&Table::name>;
#include "kernels.def"
  return table;
}

}  // namespace

Recording::Recording() {
  static const KernelTable<float> float32 = noting_table<float>();
  static const KernelTable<double> float64 = noting_table<double>();
  real = substitute_tables({&float32, &float64});
  recording = this;
}

Recording::~Recording() {
  substitute_tables(real);
  recording = nullptr;
}

}  // namespace tinynn::plan
