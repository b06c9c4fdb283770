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

// The windows of a pool: oh x ow of them on a plane of h x w, each kh x kw; see windows.h.
struct PoolShape {
  Index n, h, w, c;
  Index oh, ow, kh, kw;
  Index stride_h, stride_w, pad_h, pad_w;
};

// What an activation needs for its derivative: its output y, its input z, or nothing. From formulas.h.
enum class Keeps : int { nothing, y, z };
Keeps keeps(Activation act);

// A convolution of n images, each h x w of c channels, with o kernels of kh x kw: n images of oh x ow. One
// dimension is h = kh = oh = 1. What pads the right and the bottom follows from the other sizes.
struct ConvShape {
  Index n, h, w, c;
  Index o, kh, kw;
  Index oh, ow;
  Index stride_h, stride_w, pad_top, pad_left, dilation_h, dilation_w, groups;
  bool flip;  // the mathematician's convolution: the kernel is read backwards
};

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
