// Where a convolution reads: its taps along each axis, the window it needs, and the weights in the order of
// the reading. Forward, backward to x and transposed convolution are one correlation each, with other taps:
//
//   forward      out pixel q reads in pixel q * stride + t * dilation - pad           with weight t
//   backward     dx pixel q * stride + phase reads dz pixel q + (phase + pad - t * dilation) / stride, for
//                the t where that is a whole number: each phase is a correlation of its own, with step 1
//
// flip reads the kernel backwards, which only changes which weight a tap takes.
#pragma once

#include "conv_tile.h"
#include "linear.h"

namespace tinynn::TINYNN_NAMESPACE {

// What of a thread's scratch memory (parallel.h) holds what.
enum Slot : int {
  kTapSlot,
  kWeightSlot,
  kBandSlot,
  kGradientSlot,
  kPartSlot,
  kListSlot,
  kRunSlot,
  kLineSlot,
  kWholeSlot  // a convolution's result, for who calls it
};

struct Axis {
  Index in, out, step;  // pixels; pixel q of the result reads from q * step + at[t]
  Index taps;
  Index* at;     // rising
  Index* which;  // the weight of the tap
  Index first() const { return taps > 0 ? at[0] : 0; }
  Index span() const { return taps > 0 ? at[taps - 1] - at[0] + 1 : 1; }
  Index reach(Index pixels) const { return (pixels - 1) * step + span(); }  // pixels read for so many
  bool inside() const { return first() >= 0 && first() + reach(out) <= in; }
  // The taps of pixel q that fall inside: begin..end.
  Index begin(Index q) const {
    Index t = 0;
    while (t < taps && q * step + at[t] < 0) ++t;
    return t;
  }
  Index end(Index q) const {
    Index t = taps;
    while (t > 0 && q * step + at[t - 1] >= in) --t;
    return larger(t, begin(q));
  }
  // How many there are of all pixels: the others multiply zeros.
  Index used() const {
    Index sum = 0;
    for (Index q = 0; q < out; ++q) sum += end(q) - begin(q);
    return sum;
  }
};

// memory: room for 2 * size indices.
inline Axis forward_axis(Index in, Index out, Index size, Index stride, Index pad, Index dilation, bool flip,
                         Index* memory) {
  for (Index t = 0; t < size; ++t) {
    memory[t] = t * dilation - pad;
    memory[size + t] = flip ? size - 1 - t : t;
  }
  return {in, out, stride, size, memory, memory + size};
}

// The phase's part of the axis; `pixels` is the size of dx, `in` that of dz.
inline Axis backward_axis(Index pixels, Index in, Index size, Index stride, Index pad, Index dilation,
                          bool flip, Index phase, Index* memory) {
  Index taps = 0;
  for (Index t = size - 1; t >= 0; --t) {
    const Index way = phase + pad - t * dilation;
    if (way % stride != 0) continue;
    memory[taps] = way / stride;
    memory[size + taps++] = flip ? size - 1 - t : t;
  }
  return {in, ceil_div(pixels - phase, stride), 1, taps, memory, memory + size};
}

struct Correlation {
  Index n, c, o, groups;  // channels read and made, all groups together
  Axis rows, cols;
  Index y_image, y_row, y_col;     // from one image, row, pixel of the result to the next
  Index w_group, w_o, w_c, w_row;  // strides of the weights as seen from here; taps of a row are adjacent

  Index c_group() const { return c / groups; }
  Index o_group() const { return o / groups; }
  // Taps that are neighbours in memory make one long run; else each tap is a run.
  bool joined() const { return groups == 1 && cols.span() == cols.taps; }
  Index run() const { return joined() ? cols.taps * c : c_group(); }
  Index runs_per_row() const { return joined() ? (cols.taps > 0 ? 1 : 0) : cols.taps; }
  Index runs() const { return rows.taps * runs_per_row(); }
  Index depth() const { return rows.taps * cols.taps * c_group(); }  // of one sum
  Index work() const { return n * rows.out * cols.out * o * depth(); }
};

// The runs of a sum, from the first float a window needs, where rows stand `row` apart.
inline void list_runs(const Correlation& k, Index row, Run* runs) {
  for (Index i = 0, step = 0; i < k.rows.taps; ++i)
    for (Index j = 0; j < k.runs_per_row(); ++j, step += k.run())
      *runs++ = {(k.rows.at[i] - k.rows.at[0]) * row + (k.cols.at[j] - k.cols.at[0]) * k.c, step};
}

inline Run* run_memory(Index count) {
  static_assert(sizeof(Run) % sizeof(float) == 0, "scratch memory is counted in floats");
  return reinterpret_cast<Run*>(scratch(kRunSlot, (count + 1) * Index{sizeof(Run) / sizeof(float)}));
}

// packed[group][block of o][tap][c][kConvBlock or less], the last block filled up with zeros to whole
// vectors.
inline Index whole_vectors(Index count) { return ceil_div(count, Vec::width) * Vec::width; }
inline Index packed_size(const Correlation& k) { return k.groups * k.depth() * whole_vectors(k.o_group()); }

inline void pack_weights(const Correlation& k, const float* w, float* to) {
  for (Index g = 0; g < k.groups; ++g)
    for (Index o0 = 0; o0 < k.o_group(); o0 += kConvBlock) {
      const Index used = smaller(k.o_group() - o0, kConvBlock), wide = whole_vectors(used);
      for (Index i = 0; i < k.rows.taps; ++i)
        for (Index j = 0; j < k.cols.taps; ++j) {
          const float* from = w + g * k.w_group + o0 * k.w_o + k.rows.which[i] * k.w_row + k.cols.which[j];
          for (Index c = 0; c < k.c_group(); ++c, to += wide)
            for (Index o = 0; o < wide; ++o) to[o] = o < used ? from[c * k.w_c + o * k.w_o] : 0.0f;
        }
    }
}

// The bias in the same blocks; zeros where there is none.
inline void pack_bias(const Correlation& k, const float* b, float* to) {
  const Index wide = whole_vectors(k.o_group());
  for (Index g = 0; g < k.groups; ++g)
    for (Index o = 0; o < wide; ++o) *to++ = b != nullptr && o < k.o_group() ? b[g * k.o_group() + o] : 0.0f;
}

}  // namespace tinynn::TINYNN_NAMESPACE
