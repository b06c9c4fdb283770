// Depthwise: every channel has a kernel of its own, groups = c = o. There is nothing to broadcast; channels
// lie side by side in memory, so vectors go along them, through image, kernel and result alike. The loads are
// the limit.
//
// One tile does all three passes: forward and back to x, sums of pixels over taps; to w, of taps over pixels.
#pragma once

#include "conv_rows.h"

namespace tinynn::TINYNN_NAMESPACE {

inline bool depthwise_suits(const Correlation& k) {
  return k.groups > 1 && k.groups == k.c && k.groups == k.o && k.c >= Vec::width / 2;
}

// sum[i] = start[i] + sum over runs, steps of a[r.a + i * a_row + t * a_step] b[r.b * b_row + t * b_row],
// lane by lane: the tile of conv_tile.h with vectors on both sides.
template <int R>
TINYNN_NOINLINE void depth_tile(const Sweep& s, const float* a, const float* b, const float* start, float* c,
                                Index last) {
  Vec sum[R];
  TINYNN_UNROLL
  for (int i = 0; i < R; ++i) sum[i] = load(start + i * s.start_row);
  const Index a_row = s.a_row, a_step = s.a_step, b_row = s.b_row;
  for (Index k = 0; k < s.runs; ++k) {
    const float* left = a + s.run[k].a;
    const float* right = b + s.run[k].b * b_row;
    for (Index t = 0; t < s.depth; ++t, left += a_step, right += b_row) {
      const Vec factor = load(right);
      TINYNN_UNROLL
      for (int i = 0; i < R; ++i) sum[i] = fma(load(left + i * a_row), factor, sum[i]);
    }
  }
  TINYNN_UNROLL
  for (int i = 0; i < R; ++i) store_some(c + i * s.c_row, max(Vec(s.floor), sum[i]), last);
}

constexpr int kDepthRows = Vec::registers == 32 ? 12 : 10;
template <int R = kDepthRows>
inline void depth_tile_of(Index rows, const Sweep& s, const float* a, const float* b, const float* start,
                          float* c, Index last) {
  if (rows == R) return depth_tile<R>(s, a, b, start, c, last);
  if constexpr (R > 1) depth_tile_of<R - 1>(rows, s, a, b, start, c, last);
}
inline void depth_strip(Index rows, const Sweep& s, const float* a, const float* b, const float* start,
                        float* c, Index last) {
  const Index tiles = ceil_div(rows, kDepthRows);
  for (Index n = 0, i = 0; n < tiles; ++n) {
    const Index end = (n + 1) * rows / tiles;
    depth_tile_of(end - i, s, a + i * s.a_row, b, start + i * s.start_row, c + i * s.c_row, last);
    i = end;
  }
}

// A band with its padding, pixels `wide` floats apart: channels in whole vectors.
inline Band load_channels(const Correlation& k, const Source& x, const Piece& p, Index wide, Index cols) {
  Rect window = window_of(k, p);
  window.cols = cols;
  return copy_band(x, p.image, window, wide, scratch(kBandSlot, window.rows * cols * wide));
}

// runs[row tap]: each a row of taps, those of a row `dilation` apart.
inline Index column_step(const Correlation& k) { return k.cols.taps > 1 ? k.cols.at[1] - k.cols.at[0] : 1; }

inline void correlate_depthwise(const Correlation& k, const Source& x, const float* w, const float* b,
                                const Finish& finish, float* y, float* z) {
  const Index wide = whole_vectors(k.c), taps = k.rows.taps * k.cols.taps;
  float* weights = scratch(kWeightSlot, (taps + 1) * wide);  // [tap][c], then the bias
  for (Index c = 0; c < wide; ++c) {
    for (Index t = 0; t < taps; ++t) {
      const Index from = k.rows.which[t / k.cols.taps] * k.w_row + k.cols.which[t % k.cols.taps];
      weights[t * wide + c] = c < k.c ? w[c * k.w_group + from] : 0.0f;
    }
    weights[taps * wide + c] = b != nullptr && c < k.c ? b[c] : 0.0f;
  }
  const bool shares = k.work() >= kSerialWork;
  const Pieces pieces = cut_images(k, shares);
  const Index cols = k.cols.reach(pieces.cols);
  Run* runs = run_memory(k.rows.taps);
  for (Index i = 0; i < k.rows.taps; ++i)
    runs[i] = {(k.rows.at[i] - k.rows.at[0]) * cols * wide, i * k.cols.taps};
  const auto run = [&](Index begin, Index end) {
    for (Index task = begin; task < end; ++task) {
      const Piece p = piece_at(k, pieces, task);
      const Band band = load_channels(k, x, p, wide, cols);
      for (Index r = p.r0; r < p.r1; ++r) {
        const Index first = k.rows.begin(r), last = k.cols.taps > 0 ? k.rows.end(r) : first;
        const Sweep sweep{runs + first,          last - first, k.cols.taps, k.cols.step * wide,
                          column_step(k) * wide, wide,         0,           k.y_col,
                          finish.floor};
        const float* window = band.p + (r - p.r0) * k.rows.step * band.row;
        const Index to = p.image * k.y_image + r * k.y_row + p.q0 * k.y_col;
        for_vectors(0, k.c, [&](Index c, Index count) {
          depth_strip(p.q1 - p.q0, sweep, window + c, weights + c, weights + taps * wide + c, y + to + c,
                      count);
        });
        if (finish.apply != nullptr)
          finish.apply(y + to, z == nullptr ? z : z + to, p.q1 - p.q0, k.y_col, 0, k.o, finish.constant);
      }
    }
  };
  if (!shares) return run(0, pieces.count());
  parallel_for(pieces.count(), ceil_div(pieces.count(), 8 * kTasks), run);
}

// part[tap][c] += and, behind it, db[c] += for one piece.
inline void add_depthwise(const Correlation& k, const Source& x, const Source& dz, const Piece& p, Index cols,
                          float* part) {
  const Index wide = whole_vectors(k.c), rows = p.r1 - p.r0, pixels = p.q1 - p.q0;
  const Band up =
      copy_band(dz, p.image, {p.r0, p.q0, rows, pixels}, wide, scratch(kGradientSlot, rows * pixels * wide));
  const Band band = load_channels(k, x, p, wide, cols);
  Run* lines = reinterpret_cast<Run*>(scratch(kLineSlot, (rows + 1) * Index{sizeof(Run) / sizeof(float)}));
  for (Index r = 0; r < rows; ++r) lines[r] = {r * k.rows.step * band.row, r * pixels};
  const Sweep sweep{lines, rows, pixels,    column_step(k) * wide, k.cols.step * wide, wide,
                    wide,  wide, -kInfinity};
  for (Index c = 0; c < wide; c += Vec::width)
    for (Index i = 0; i < k.rows.taps; ++i) {
      float* to = part + i * k.cols.taps * wide + c;
      depth_strip(k.cols.taps, sweep, band.p + (k.rows.at[i] - k.rows.at[0]) * band.row + c, up.p + c, to, to,
                  Vec::width);
    }
  float* db = part + k.rows.taps * k.cols.taps * wide;
  for_vectors(0, wide, [=](Index c, Index) {
    Vec sum(0.0f);
    for (Index q = 0; q < rows * pixels; ++q) sum = sum + load(up.p + q * wide + c);
    store(db + c, load(db + c) + sum);
  });
}

// dw[c,1,kh,kw] and db[c] (null: not wanted) from the same chunks as any other convolution's.
inline void backward_depthwise(const Correlation& k, const Source& dz, const float* x, float* dw, float* db,
                               Index chunks, bool add) {
  const Index wide = whole_vectors(k.c), taps = k.rows.taps * k.cols.taps, size = (taps + 1) * wide;
  const Source from = plain_source(x, k.rows.in, k.cols.in, k.c);
  const Pieces pieces = cut_images(k, k.work() >= kSerialWork);
  const Index cols = k.cols.reach(pieces.cols), parts = smaller(chunks, pieces.count());
  float* part = scratch(kPartSlot, parts * size);
  const auto run = [&](Index begin, Index end) {
    for (Index n = begin; n < end; ++n) {
      clear_floats(part + n * size, size);
      for (Index i = n * pieces.count() / parts; i < (n + 1) * pieces.count() / parts; ++i)
        add_depthwise(k, from, dz, piece_at(k, pieces, i), cols, part + n * size);
    }
  };
  if (k.work() < kSerialWork)
    run(0, parts);
  else
    parallel_for(parts, 1, run);
  const auto sum = [=](Index at) {
    float total = 0;
    for (Index n = 0; n < parts; ++n) total += part[n * size + at];
    return total;
  };
  for (Index c = 0; c < k.c; ++c) {
    for (Index t = 0; dw != nullptr && t < taps; ++t) {
      float* to =
          dw + c * k.w_group + k.rows.which[t / k.cols.taps] * k.w_row + k.cols.which[t % k.cols.taps];
      *to = (add ? *to : 0.0f) + sum(t * wide + c);
    }
    if (db != nullptr) db[c] = (add ? db[c] : 0.0f) + sum(taps * wide + c);
  }
}

}  // namespace tinynn::TINYNN_NAMESPACE
