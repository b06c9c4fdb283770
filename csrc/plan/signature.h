// What the types of the catalogue become as an Argument of a recorded call and as a Value of one that is run.
#pragma once

#include <type_traits>

#include "plan.h"

namespace tinynn::plan {

// The number of every kernel: its place in kernels.def.
enum KernelNumber : int {
#define KERNEL(stem, name, parameters) number_of_##name,
#include "kernels.def"
};

// Shapes as lists: their members in the order of kernels.h.
inline std::vector<Index> as_list(const ConvShape& s) {
  return {s.n,        s.h,          s.w,          s.c,        s.o,          s.kh,
          s.kw,       s.oh,         s.ow,         s.stride_h, s.stride_w,   s.pad_top,
          s.pad_left, s.dilation_h, s.dilation_w, s.groups,   Index{s.flip}};
}
inline std::vector<Index> as_list(const PoolShape& s) {
  return {s.n, s.h, s.w, s.c, s.oh, s.ow, s.kh, s.kw, s.stride_h, s.stride_w, s.pad_h, s.pad_w};
}
inline ConvShape conv_shape(const std::vector<Index>& l) {
  return {l[0], l[1],  l[2],  l[3],  l[4],  l[5],  l[6],  l[7],      l[8],
          l[9], l[10], l[11], l[12], l[13], l[14], l[15], l[16] != 0};
}
inline PoolShape pool_shape(const std::vector<Index>& l) {
  return {l[0], l[1], l[2], l[3], l[4], l[5], l[6], l[7], l[8], l[9], l[10], l[11]};
}

template <class A>
Argument argument(const A& a) {
  Argument result;
  if constexpr (std::is_pointer_v<A>) {
    result.pointer = a;
  } else if constexpr (std::is_floating_point_v<A>) {
    result.real = a;
  } else if constexpr (std::is_class_v<A>) {
    result.list = as_list(a);
  } else {
    result.integer = static_cast<std::int64_t>(a);
  }
  return result;
}

template <class A>
std::remove_reference_t<A> taken(const Program::Value& value) {
  using Plain = std::remove_cv_t<std::remove_reference_t<A>>;
  if constexpr (std::is_pointer_v<Plain>) {
    return static_cast<Plain>(const_cast<void*>(value.pointer));
  } else if constexpr (std::is_floating_point_v<Plain>) {
    return static_cast<Plain>(value.real);
  } else if constexpr (std::is_class_v<Plain>) {
    return *static_cast<const Plain*>(value.pointer);
  } else {
    return static_cast<Plain>(value.integer);
  }
}

}  // namespace tinynn::plan
