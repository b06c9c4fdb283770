// The gradient of the weights: dw[o,c,i,j] = sum over images and pixels of dz[pixel,o] x[pixel under
// (i,j),c].
//
// It is the tile again: i is a weight of one output (its tap and channel), the sum runs over rows of pixels.
// Fast because taps and channels of a kernel row lie side by side in x, so that a tile reads whole cache
// lines, and because a block of dz small enough for the nearest cache serves all weights before the next.
// Where x would need padding, each tap takes the pixels that fall inside instead; with very few channels,
// tiles of single taps would be too low, and x is padded after all.
#pragma once

#include "conv_forward.h"

namespace tinynn::TINYNN_NAMESPACE {

constexpr Index kNearPixels = 160;  // of dz, as many as the nearest cache holds beside their x

struct WeightJob {
  const Correlation& k;  // of the forward pass
  bool exact;            // x is not padded
  Index o;               // outputs of a group in whole vectors
  Index pixel() const { return k.groups * o; }
  bool joined() const { return k.joined() && !exact; }
  Index x_run() const { return joined() ? k.run() : k.c_group(); }
  Index runs_per_row() const { return joined() ? k.runs_per_row() : k.cols.taps; }
  Index size() const { return k.groups * k.depth() * o; }  // of dw[group][tap][c_group][o]
};

inline WeightJob weight_job(const Correlation& k) {
  const bool inside = k.rows.inside() && k.cols.inside();
  return {k, !inside && k.c_group() >= 8, whole_vectors(k.o_group())};
}

// Some rows of some images. x is the first float of the first pixel's window.
struct Block {
  Index images, r0, r1, q0, q1;
  const float *x, *dz;  // dz[image][row][pixel][group][o] compact
  Index x_image, x_row;
  Index rows() const { return r1 - r0; }
  Index pixels() const { return q1 - q0; }
};

// The rows of pixels (numbered through the block) l0..l1 for which kernel row i lies inside.
inline Index list_lines(const WeightJob& job, const Block& block, Index i, Index l0, Index l1, Run* list) {
  const Axis& rows = job.k.rows;
  Index count = 0;
  for (Index l = l0; l < l1; ++l) {
    const Index image = l / block.rows(), r = l % block.rows();
    const Index row = (block.r0 + r) * rows.step + rows.at[i];
    if (row < 0 || row >= rows.in) continue;
    list[count++] = {image * block.x_image + (r * rows.step + rows.at[i] - rows.at[0]) * block.x_row,
                     l * block.pixels()};
  }
  return count;
}

// dw += for kernel row i, one group and one block of outputs; `to` is the first weight of that row.
inline void add_row(const WeightJob& job, const Block& block, Sweep sweep, Index g, Index o, Index wide,
                    float* to) {
  const Axis& cols = job.k.cols;
  const Index c = job.k.c, first = block.q0;
  for (Index j = 0; j < job.runs_per_row(); ++j, to += job.x_run() * job.o) {
    Index qa = first, qb = block.q1;
    if (job.exact) {
      while (qa < qb && qa * cols.step + cols.at[j] < 0) ++qa;
      while (qb > qa && (qb - 1) * cols.step + cols.at[j] >= cols.in) --qb;
    }
    sweep.depth = qb - qa;
    if (sweep.depth == 0) continue;
    const float* x = block.x + ((qa - first) * cols.step + cols.at[j] - cols.at[0]) * c + g * job.k.c_group();
    conv_strip_of<RowsAre::weights>(job.x_run(), wide, sweep, x,
                                    block.dz + (qa - first) * job.pixel() + g * job.o + o, to, to);
  }
}

// dw[group][tap][c_group][o] += for one block.
inline void add_weights(const WeightJob& job, const Block& block, float* dw, Run* list) {
  const Correlation& k = job.k;
  const Index lines = block.images * block.rows(), near = larger(kNearPixels / block.pixels(), 1);
  for (Index l = 0; l < lines; l += near)
    for (Index o = 0; o < job.o; o += kConvBlock)
      for (Index i = 0; i < k.rows.taps; ++i) {
        const Index count = list_lines(job, block, i, l, smaller(l + near, lines), list);
        const Sweep sweep{list, count, 0, 1, k.cols.step * k.c, job.pixel(), job.o, job.o, -kInfinity};
        for (Index g = 0; g < k.groups; ++g)
          add_row(job, block, sweep, g, o, smaller(job.o - o, kConvBlock),
                  dw + (g * k.depth() + i * k.cols.taps * k.c_group()) * job.o + o);
      }
}

// sums[count] += the sum of the pixels, in order; a sum of its own first, which keeps long sums exact.
inline void add_pixels(const float* dz, Index pixels, Index count, float* sums) {
  for_vectors(0, count, [=](Index i, Index some) {
    Vec sum(0.0f);
    for (Index q = 0; q < pixels; ++q) sum = sum + load_some(dz + q * count + i, some);
    store_some(sums + i, load_some(sums + i, some) + sum, some);
  });
}

// dw[o,c,i,j] (+)= the sum of the parts, which stand `size` apart, for the outputs begin..end.
inline void gather_parts(const WeightJob& job, const float* part, Index size, Index parts, float* dw,
                         Index begin, Index end, bool add) {
  const Correlation& k = job.k;
  const Index og = k.o_group();
  for (Index o = begin; o < end; ++o) {
    const Index g = o / og;
    const float* from = part + g * k.depth() * job.o + o % og;
    float* kernel = dw + g * k.w_group + o % og * k.w_o;
    for (Index i = 0; i < k.rows.taps; ++i)
      for (Index j = 0; j < k.cols.taps; ++j) {
        float* to = kernel + k.rows.which[i] * k.w_row + k.cols.which[j];
        for (Index c = 0; c < k.c_group(); ++c, from += job.o, to += k.w_c) {
          float sum = 0;
          for (Index p = 0; p < parts; ++p) sum += from[p * size];
          *to = add ? *to + sum : sum;
        }
      }
  }
}

}  // namespace tinynn::TINYNN_NAMESPACE
