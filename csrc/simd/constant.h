// The constant of an activation, for any columns.
#pragma once

#include "formula_vec.h"
#include "span.h"

namespace tinynn::TINYNN_NAMESPACE {

// The constant of a formula for columns j..j+width: alpha, or prelu's slope, one or one per column.
struct Constant {
  const float* slope;
  Index n_slope;
  float alpha;
  bool same_for_all() const { return slope == nullptr || n_slope == 1; }
  Vec at(Index j, Index count) const {
    if (slope == nullptr) return Vec(alpha);
    return n_slope == 1 ? Vec(*slope) : load_partial(slope + j, count);
  }
};

inline Constant constant_of(Activation act, const float* slope, Index n_slope, float alpha) {
  return {act == Activation::prelu ? slope : nullptr, n_slope, alpha};
}

}  // namespace tinynn::TINYNN_NAMESPACE
