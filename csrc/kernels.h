// Expands the catalogue (kernels.def) into prototypes and into the table of slots.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tinynn {

using Index = std::ptrdiff_t;

#define ACTIVATION(name, Formula) name,
enum class Activation : int {
#include "kernels.def"
};
#define UNARY(name, Formula) name,
enum class Unary : int {
#include "kernels.def"
};
#define BINARY(name, Formula) name,
enum class Binary : int {
#include "kernels.def"
};
enum class Reduction : int { none, mean, sum };

// What an activation needs for its derivative: its output y, its input z, or nothing. From formulas.h.
enum class Keeps : int { nothing, y, z };
Keeps keeps(Activation act);

// One slot per kernel. dispatch.cpp fills it once: all-reference first, then whatever is faster here.
template <class T>
struct KernelTable {
#define KERNEL(stem, name, parameters) void(*name) parameters = nullptr;
#include "kernels.def"
};

// The reference kernels: readable loop nests, kept for ever as the oracle of simd/.
namespace reference {
#define KERNEL(stem, name, parameters) \
  template <class T>                   \
  void name parameters;
#include "kernels.def"

// Each reference/<stem>.cpp ends by putting its kernels into the table.
#define STEM(stem) template <class T> void fill_##stem(KernelTable<T>& table);
#include "kernels.def"
}  // namespace reference

}  // namespace tinynn
