// conv: the backward pass put together, and the slots that a target overrides.
//
// Contract: kernels.def, "conv".
#pragma once

#include "conv_pool.h"

namespace tinynn::TINYNN_NAMESPACE {

inline void conv_backward(const float* dy, const float* x, const float* w, const float* kept,
                          const float* slope, float* dx, float* dw, float* db, float* dslope,
                          const ConvShape& s, Index n_slope, Activation act, float alpha, bool accumulate) {
  const Constant constant = constant_of(act, slope, n_slope, alpha);
  const Source dz = gradient_source(dy, kept, act, constant, s.oh, s.ow, s.o);
  if (dx != nullptr) backward_input(dz, w, dx, s);
  if (dw != nullptr || db != nullptr) backward_weights(dz, x, dw, db, s, accumulate);
  if (dslope != nullptr) backward_slope(dy, kept, dslope, constant, s.n * s.oh * s.ow, s.o, accumulate);
}

}  // namespace tinynn::TINYNN_NAMESPACE
