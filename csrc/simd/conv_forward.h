// The three correlations: the forward pass, with the kernel turned round the backward pass to x, and the
// transposed convolution, which is the latter on its own.
//
// Contract: kernels.def, "conv".   n images   h w size of x   c channels of x   o of y   oh ow size of y
#pragma once

#include "conv_batch.h"
#include "conv_depthwise.h"
#include "conv_dot.h"
#include "conv_narrow.h"

namespace tinynn::TINYNN_NAMESPACE {

// y (+ z) from x, the way that suits the shape.
inline void correlate(const Correlation& k, const Source& x, const float* w, const float* b,
                      const Finish& finish, float* y, float* z) {
  if (k.n == 0 || k.rows.out <= 0 || k.cols.out <= 0 || k.o == 0) return;
  if (depthwise_suits(k)) return correlate_depthwise(k, x, w, b, finish, y, z);
  if (dot_suits(k)) return correlate_dot(k, x, w, b, finish, y, z);
  if (narrow_suits(k)) return correlate_narrow(k, x, w, b, finish, y, z);
  if (batch_suits(k)) return correlate_batch(k, x, w, b, finish, y, z);
  correlate_pieces(k, x, w, b, finish, y, z);
}

inline Correlation forward_correlation(const ConvShape& s, Index* memory) {
  const Index area = s.kh * s.kw, cg = s.c / s.groups, og = s.o / s.groups;
  return {s.n,
          s.c,
          s.o,
          s.groups,
          forward_axis(s.h, s.oh, s.kh, s.stride_h, s.pad_top, s.dilation_h, s.flip, memory),
          forward_axis(s.w, s.ow, s.kw, s.stride_w, s.pad_left, s.dilation_w, s.flip, memory + 2 * s.kh),
          s.oh * s.ow * s.o,
          s.ow * s.o,
          s.o,
          og * cg * area,
          cg * area,
          area,
          s.kw};
}

// dx pixels (row, col), (row + stride_h, col), ... from dz.
inline Correlation backward_correlation(const ConvShape& s, Index row, Index col, Index* memory) {
  const Index area = s.kh * s.kw, cg = s.c / s.groups, og = s.o / s.groups;
  return {
      s.n,
      s.o,
      s.c,
      s.groups,
      backward_axis(s.h, s.oh, s.kh, s.stride_h, s.pad_top, s.dilation_h, s.flip, row, memory),
      backward_axis(s.w, s.ow, s.kw, s.stride_w, s.pad_left, s.dilation_w, s.flip, col, memory + 2 * s.kh),
      s.h * s.w * s.c,
      s.stride_h * s.w * s.c,
      s.stride_w * s.c,
      og * cg * area,
      area,
      cg * area,
      s.kw};
}

inline Index* tap_memory(const ConvShape& s) {
  return reinterpret_cast<Index*>(scratch(kTapSlot, 4 * (s.kh + s.kw) + 4));
}

inline void conv_forward(const float* x, const float* w, const float* b, const float* slope, float* y,
                         float* z, const ConvShape& s, Index n_slope, Activation act, float alpha) {
  if (!band_fits(s)) return reference::conv_forward<float>(x, w, b, slope, y, z, s, n_slope, act, alpha);
  const Correlation k = forward_correlation(s, tap_memory(s));
  const Constant constant = constant_of(act, slope, n_slope, alpha);
  correlate(k, plain_source(x, s.h, s.w, s.c), w, b, finish_of(act, constant, z != nullptr), y, z);
}

// y[n,h,w,c] = b + the adjoint of the forward pass on dz[n,oh,ow,o].
inline void correlate_back(const Source& dz, const float* w, const float* b, float* y, const ConvShape& s) {
  const Finish nothing{-kInfinity, dz.constant, nullptr};
  for (Index row = 0; row < smaller(s.stride_h, s.h); ++row)
    for (Index col = 0; col < smaller(s.stride_w, s.w); ++col)
      correlate(backward_correlation(s, row, col, tap_memory(s)), dz, w, b, nothing,
                y + (row * s.w + col) * s.c, nullptr);
}

inline void conv_transpose(const float* x, const float* w, const float* b, float* y, const ConvShape& s) {
  if (!band_fits(s)) return reference::conv_transpose<float>(x, w, b, y, s);
  correlate_back(plain_source(x, s.oh, s.ow, s.o), w, b, y, s);
}

}  // namespace tinynn::TINYNN_NAMESPACE
