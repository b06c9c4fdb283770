// Expands the catalogue (kernels.def) into prototypes and into the table of slots.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tinynn {

using Index = std::ptrdiff_t;

enum class Activation : int {
  identity, relu, leaky_relu, prelu, sigmoid, tanh, elu, gelu, silu, softplus
};
enum class Reduction : int { none, mean, sum };
enum class Unary : int { neg, exp, log, sqrt, abs, square, reciprocal, sin, cos, sign, pow, clip };
enum class Binary : int { add, sub, mul, div, pow, maximum, minimum };

// One slot per kernel. dispatch.cpp fills it once: all-reference first, then whatever is faster here.
template <class T>
struct KernelTable {
#define KERNEL(stem, name, parameters) void(*name) parameters = nullptr;
#include "kernels.def"
#undef KERNEL
};

// The reference kernels: readable loop nests, kept for ever as the oracle of simd/.
namespace reference {
#define KERNEL(stem, name, parameters) \
  template <class T>                   \
  void name parameters;
#include "kernels.def"
#undef KERNEL

// Each reference/<stem>.cpp ends by putting its kernels into the table.
template <class T> void fill_linear(KernelTable<T>& table);
template <class T> void fill_activation(KernelTable<T>& table);
template <class T> void fill_softmax(KernelTable<T>& table);
template <class T> void fill_loss(KernelTable<T>& table);
template <class T> void fill_reduce(KernelTable<T>& table);
template <class T> void fill_elementwise(KernelTable<T>& table);
template <class T> void fill_gather(KernelTable<T>& table);
template <class T> void fill_random(KernelTable<T>& table);
template <class T> void fill_optim(KernelTable<T>& table);
}  // namespace reference

}  // namespace tinynn
