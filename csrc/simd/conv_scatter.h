// dx where most of dz is zero: each pixel of dz that has a gradient adds to the window it came from
//
//   dx[window of pixel, row i, :] += dz[pixel, o] * w[o, i, :]       a row is taps * c contiguous floats
//
// It is the tile of conv_sparse.h with other roles: the list is that of the outputs with a gradient at one
// pixel, the sums are the window, which lies in a padded image of dx in scratch memory.
#pragma once

#include "conv_sparse.h"

namespace tinynn::TINYNN_NAMESPACE {

struct Scatter {
  const Correlation& k;  // of the forward pass
  SparseJob job;
  Index width() const { return k.cols.reach(k.cols.out); }
  Index height() const { return k.rows.reach(k.rows.out); }
  Index padded() const { return width() * height() * k.c; }
  Index pixels() const { return k.rows.out * k.cols.out; }
};

// packed[o][row tap][taps * c]
inline void pack_kernels(const Scatter& p, const float* w, float* to) {
  const Correlation& k = p.k;
  for (Index o = 0; o < k.o; ++o)
    for (Index i = 0; i < k.rows.taps; ++i)
      for (Index j = 0; j < k.cols.taps; ++j) {
        const float* from = w + o * k.w_o + k.rows.which[i] * k.w_row + k.cols.which[j];
        for (Index c = 0; c < k.c; ++c) *to++ = from[c * k.w_c];
      }
}

// The window sums of every pixel; `image` is zero before.
inline void scatter_image(const Scatter& p, const float* dz, const float* weights, Entry* list,
                          float* image) {
  const Correlation& k = p.k;
  const Index row = p.width() * k.c, kernel_row = p.job.vecs() * Vec::width;
  for (Index r = 0; r < k.rows.out; ++r)
    for (Index q = 0; q < k.cols.out; ++q, dz += k.o) {
      Index count = 0;
      for (Index o = 0; o < k.o; o += Vec::width) {
        const Vec value = load_some(dz + o, smaller(k.o - o, Vec::width));
        for (unsigned left = bits(value != Vec(0.0f)); left != 0; left &= left - 1) {
          const Index here = o + lowest_bit(left);
          list[count++] = {static_cast<std::int32_t>(here * p.job.kernel()), dz[here]};
        }
      }
      if (count == 0) continue;
      float* window = image + r * k.rows.step * row + q * k.cols.step * k.c;
      sparse_rows(list, count, weights, kernel_row, k.rows.taps, p.job.vecs(), window, row);
    }
}

// Judged by two images: a wrong guess costs time, never a digit more than the order of a sum.
inline bool scatter_suits(const Correlation& k, const Source& dz) {
  if (!sparse_possible(k) || k.c % Vec::width != 0 || k.work() < kSerialWork) return false;
  const Scatter p{k, {k}};
  if (p.padded() > 2 * kBandFloats || p.pixels() * k.o > 2 * kBandFloats) return false;
  float nonzeros = 0;
  const Index sample[2] = {0, k.n / 2};
  for (const Index image : sample) {
    const Band band =
        copy_band(dz, image, {0, 0, k.rows.out, k.cols.out}, k.o, scratch(kGradientSlot, p.pixels() * k.o));
    nonzeros += count_nonzeros(band.p, p.pixels() * k.o);
  }
  const float sparse = nonzeros * (2.3f * static_cast<float>(k.rows.taps * p.job.vecs()) + 10.0f) +
                       static_cast<float>(2 * (p.padded() + 2 * p.pixels() * k.o) / Vec::width);
  return sparse < static_cast<float>(2 * p.pixels() * k.o * k.depth() / Vec::width);
}

inline void correlate_scatter(const Correlation& k, const Source& dz, const float* w, float* dx) {
  const Scatter p{k, {k}};
  float* weights = scratch(kWeightSlot, p.job.size());
  pack_kernels(p, w, weights);
  const Index line = k.cols.in * k.c;
  const auto run = [&](Index begin, Index end) {
    float* up = scratch(kGradientSlot, p.pixels() * k.o);
    float* image = scratch(kBandSlot, p.padded());
    Entry* list = reinterpret_cast<Entry*>(scratch(kListSlot, 2 * k.o));
    for (Index n = begin; n < end; ++n) {
      copy_band(dz, n, {0, 0, k.rows.out, k.cols.out}, k.o, up);
      clear_floats(image, p.padded());
      scatter_image(p, up, weights, list, image);
      const Source from = plain_source(image, p.height(), p.width(), k.c);
      copy_band(from, 0, {-k.rows.first(), -k.cols.first(), k.rows.in, k.cols.in}, k.c,
                dx + n * k.rows.in * line);
    }
  };
  parallel_for(k.n, ceil_div(k.n, 4 * kTasks), run);
}

}  // namespace tinynn::TINYNN_NAMESPACE
