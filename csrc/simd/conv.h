// conv: the backward pass put together. The way through the files, each of which says why it is fast:
//
//   conv_tile.h       the tile in registers that nearly everything goes through
//   conv_taps.h       where a sum reads; forward and back to x are both "correlations", with other taps
//   conv_band.h       what it reads from: a piece of an image with its padding, dz computed on the way
//   conv_rows.h       a correlation row by row: always right; and those that suit some shapes better:
//     conv_batch.h      the same pixel of many images: small images with much padding
//     conv_dot.h        dot products: few results from many channels
//     conv_narrow.h     along the pixels: few results from few channels
//     conv_depthwise.h  along the channels: as many groups as channels
//   conv_forward.h    which of them; forward, back to x, transposed
//   conv_weight.h     dw by the same tile; conv_sparse.h, conv_scatter.h: dw and dx where dz is mostly zeros
//   conv_backward.h   which of them; the parts of a dw and their sum
//   conv_pool.h       convolution and max-pool in one pass
//
// Contract: kernels.def, "conv".
#pragma once

#include "conv_pool.h"

namespace tinynn::TINYNN_NAMESPACE {

inline void conv_backward(const float* dy, const float* x, const float* w, const float* kept,
                          const float* slope, float* dx, float* dw, float* db, float* dslope,
                          const ConvShape& s, Index n_slope, Activation act, float alpha, bool accumulate) {
  if (!band_fits(s))
    return reference::conv_backward<float>(dy, x, w, kept, slope, dx, dw, db, dslope, s, n_slope, act, alpha,
                                           accumulate);
  const Constant constant = constant_of(act, slope, n_slope, alpha);
  const Source dz = gradient_source(dy, kept, act, constant, s.oh, s.ow, s.o);
  if (dx != nullptr) backward_input(dz, w, dx, s);
  if (dw != nullptr || db != nullptr) backward_weights(dz, x, dw, db, s, accumulate);
  if (dslope != nullptr) backward_slope(dy, kept, dslope, constant, s.n * s.oh * s.ow, s.o, accumulate);
}

}  // namespace tinynn::TINYNN_NAMESPACE
