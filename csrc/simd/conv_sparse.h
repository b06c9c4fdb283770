// dw where most of dz is zero, as ReLU and max-pool leave it: about 0.23 of it after both, 0.002 after a
// global max-pool. For each output channel the pixels with a gradient are listed; each adds a multiple of its
// window to the kernel's gradient, row by row, and what is zero costs nothing:
//
//   dw[o, i, :] += dz[pixel, o] * x[window of pixel, row i, :]       a row is taps * c contiguous floats
//
// The sums of one or several kernel rows stay in registers while the list is read. A product with a zero of
// dz is left out even if x is infinite there, where the dense path would make a NaN.
#pragma once

#include "conv_weight.h"

namespace tinynn::TINYNN_NAMESPACE {

struct Entry {
  std::int32_t at;  // of the window in x
  float value;
};

// How many vectors the sums of a tile may take: some registers stay free for the factors.
constexpr int kSparseVecs = Vec::registers == 32 ? 25 : 12;

// sums[row * sums_row + ...] += for R kernel rows, x_row apart in x, and V vectors of each.
template <int R, int V>
TINYNN_NOINLINE void sparse_tile(const Entry* list, Index count, const float* x, Index x_row, float* sums,
                                 Index sums_row) {
  Vec sum[R][V];
  TINYNN_UNROLL
  for (int i = 0; i < R; ++i) {
    TINYNN_UNROLL
    for (int j = 0; j < V; ++j) sum[i][j] = load(sums + i * sums_row + j * Vec::width);
  }
  for (Index n = 0; n < count; ++n) {
    const float* from = x + list[n].at;
    const Vec value = broadcast(&list[n].value);
    TINYNN_UNROLL
    for (int i = 0; i < R; ++i) {
      TINYNN_UNROLL
      for (int j = 0; j < V; ++j) sum[i][j] = fma(value, load(from + i * x_row + j * Vec::width), sum[i][j]);
    }
  }
  TINYNN_UNROLL
  for (int i = 0; i < R; ++i) {
    TINYNN_UNROLL
    for (int j = 0; j < V; ++j) store(sums + i * sums_row + j * Vec::width, sum[i][j]);
  }
}

// The tile for `vecs` vectors a row, at most kSparseVecs / R, found by walking down.
template <int R, int V = kSparseVecs / R>
inline void sparse_tile_of(Index vecs, const Entry* list, Index count, const float* x, Index x_row,
                           float* sums, Index sums_row) {
  if (vecs == V) return sparse_tile<R, V>(list, count, x, x_row, sums, sums_row);
  if constexpr (V > 1) sparse_tile_of<R, V - 1>(vecs, list, count, x, x_row, sums, sums_row);
}

// All kernel rows of one output: as many at once as the registers hold, long rows in parts.
inline void sparse_rows(const Entry* list, Index count, const float* x, Index x_row, Index rows, Index vecs,
                        float* sums, Index sums_row) {
  for (Index i = 0; i < rows;) {
    const Index high = rows - i >= 5 && 5 * vecs <= kSparseVecs   ? 5
                       : rows - i >= 3 && 3 * vecs <= kSparseVecs ? 3
                                                                  : 1;
    const float* from = x + i * x_row;
    float* to = sums + i * sums_row;
    if (high == 5) sparse_tile_of<5>(vecs, list, count, from, x_row, to, sums_row);
    if (high == 3) sparse_tile_of<3>(vecs, list, count, from, x_row, to, sums_row);
    constexpr Index kLong = Vec::registers == 32 ? 14 : 12;
    if (high == 1) {
      const Index parts = ceil_div(vecs, kLong);
      for (Index n = 0, v = 0; n < parts; ++n) {
        const Index end = (n + 1) * vecs / parts;
        sparse_tile_of<1, kLong>(end - v, list, count, from + v * Vec::width, x_row, to + v * Vec::width,
                                 sums_row);
        v = end;
      }
    }
    i += high;
  }
}

// The part dw[o][row tap][taps * c in whole vectors] of a chunk, and the lists of a block.
struct SparseJob {
  const Correlation& k;
  Index vecs() const { return ceil_div(k.run(), Vec::width); }
  Index kernel() const { return k.rows.taps * vecs() * Vec::width; }
  Index size() const { return k.o * kernel(); }
  // Rows of pixels whose windows fit the nearest cache together.
  Index near(const Block& block) const {
    constexpr Index kNearFloats = 6 << 10;
    const Index fit = kNearFloats / larger(block.x_row, 1) - k.rows.span() + 1;
    return larger(smaller(fit / k.rows.step, block.rows()), 1);
  }
};

// Short rows would leave the multipliers waiting for each other's sums.
inline bool sparse_possible(const Correlation& k) {
  return k.joined() && k.rows.taps > 0 && k.rows.span() == k.rows.taps && k.run() >= 2 * Vec::width;
}

inline float count_nonzeros(const float* p, Index n) {
  Vec sum(0.0f);
  for_vectors(0, n, [&](Index i, Index count) {
    sum = sum + select(load_some(p + i, count) != Vec(0.0f), Vec(1.0f), Vec(0.0f));
  });
  return reduce_add(sum);
}

// In multiply-adds of whole vectors: dense work is the same for all dz, sparse work goes with its non-zeros.
inline bool sparse_pays(const SparseJob& job, Index dense_vecs, float nonzeros, Index pixels) {
  const float each = 1.25f * static_cast<float>(job.k.rows.taps * job.vecs()) + 96.0f / Vec::width;
  const float list = 2.0f * static_cast<float>(pixels * dense_vecs);
  return nonzeros * each + list < static_cast<float>(pixels * dense_vecs * job.k.depth());
}

// The non-zeros of rows l0..l1 of pixels, output by output: list[o][count[o]].
inline void list_entries(const Block& block, const Correlation& k, Index image, Index l0, Index l1,
                         Index pixel, Entry* list, Index* count) {
  const Index room = (l1 - l0) * block.pixels();
  for (Index o = 0; o < k.o; ++o) count[o] = 0;
  const float* dz = block.dz + (image * block.rows() + l0) * block.pixels() * pixel;
  for (Index l = l0; l < l1; ++l)
    for (Index q = 0; q < block.pixels(); ++q, dz += pixel) {
      const auto at = static_cast<std::int32_t>(l * k.rows.step * block.x_row + q * k.cols.step * k.c);
      for (Index o = 0; o < k.o; o += Vec::width) {
        const Vec value = load_some(dz + o, smaller(k.o - o, Vec::width));
        for (unsigned left = bits(value != Vec(0.0f)); left != 0; left &= left - 1) {
          const Index here = o + lowest_bit(left);
          list[here * room + count[here]++] = {at, dz[here]};
        }
      }
    }
}

// part[o][row tap][taps * c] += for one block, whose windows are padded.
inline void add_sparse(const SparseJob& job, const Block& block, Index pixel, float* part) {
  const Correlation& k = job.k;
  const Index near = job.near(block), room = near * block.pixels();
  Index* count = reinterpret_cast<Index*>(scratch(kListSlot, 2 * k.o * (room + 1)));
  Entry* list = reinterpret_cast<Entry*>(count + k.o);
  for (Index image = 0; image < block.images; ++image)
    for (Index l = 0; l < block.rows(); l += near) {
      const Index end = smaller(l + near, block.rows()), full = (end - l) * block.pixels();
      list_entries(block, k, image, l, end, pixel, list, count);
      for (Index o = 0; o < k.o; ++o)
        sparse_rows(list + o * full, count[o], block.x + image * block.x_image, block.x_row, k.rows.taps,
                    job.vecs(), part + o * job.kernel(), job.vecs() * Vec::width);
    }
}

// dw += the part, which stands in the order of the taps.
inline void gather_sparse(const SparseJob& job, const float* part, float* dw, Index begin, Index end) {
  const Correlation& k = job.k;
  for (Index o = begin; o < end; ++o)
    for (Index i = 0; i < k.rows.taps; ++i) {
      const float* from = part + o * job.kernel() + i * job.vecs() * Vec::width;
      for (Index j = 0; j < k.cols.taps; ++j) {
        float* to = dw + o * k.w_o + k.rows.which[i] * k.w_row + k.cols.which[j];
        for (Index c = 0; c < k.c; ++c) to[c * k.w_c] += *from++;
      }
    }
}

}  // namespace tinynn::TINYNN_NAMESPACE
