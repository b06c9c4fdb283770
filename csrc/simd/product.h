// Whole matrix products, cut into blocks of C that threads may take in any order. A block is wide enough
// to pay for what it prepares (a packed panel, a loaded derivative) and small enough that four threads
// share the work evenly. Blocks depend on the shape alone; no sum is ever split between threads.
#pragma once

#include "dot.h"

namespace tinynn::TINYNN_NAMESPACE {

// Multiply-adds that are done before a second thread could be woken: less work than this is one task.
constexpr Index kSerialWork = 1 << 20;
// Those that pay for sharing them with a thread that is awake: four microseconds for each of two.
constexpr Index kSharedWork = 3 << 17;
constexpr Index kMaxTasks = 16;
constexpr int kHalfSlot = 4;
// Depth of a packed panel: a strip of it must fit the second-level cache with room to spare.
constexpr Index kPanelDepth = 256;
constexpr Index kPanelRows = 36;  // a multiple of the height of any full tile

// C in rows x cols blocks; block i begins at start(i).
struct Cut {
  Index size, parts, unit;
  Index start(Index i) const {
    const Index units = ceil_div(size, unit);
    return smaller(i * units / parts * unit, size);
  }
};
struct Blocks {
  Cut rows, cols;
  Index work;  // multiply-adds, all blocks together
};

template <class F>
void for_blocks(const Blocks& blocks, F&& body) {
  const Index wide = blocks.cols.parts, tasks = blocks.rows.parts * wide;
  const auto run = [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i)
      body(blocks.rows.start(i / wide), blocks.rows.start(i / wide + 1), blocks.cols.start(i % wide),
           blocks.cols.start(i % wide + 1));
  };
  if (blocks.work < kSharedWork) return run(0, tasks);
  parallel_for(tasks, 1, run, blocks.work < kSerialWork);
}

// body(q) for g independent matrices; many small ones are dealt to the threads whole.
template <class F>
void for_matrices(Index g, Index work, F&& body) {
  const auto run = [&](Index begin, Index end) {
    for (Index q = begin; q < end; ++q) body(q);
  };
  if (g == 1 || g * work < kSerialWork || work >= 4 * kSerialWork) return run(0, g);
  parallel_for(g, kSerialWork / 4 / larger(work, 1) + 1, run);
}

inline Index tasks_for(Index rows, Index cols, Index depth) {
  const Index work = rows * cols * depth, least = work < kSharedWork ? 1 : 4;
  return smaller(larger(work / kSerialWork * 2, least), kMaxTasks);
}

// Row blocks first, since what is prepared for a block of rows then serves all its columns. Where strips of B
// are copied too, blocks are as high as they may be.
inline Blocks cut_rows_first(Index rows, Index cols, Index depth, bool copies) {
  constexpr Index kUnit = kTileRows<kStripVecs>;
  static_assert(kPanelRows % kUnit == 0, "a block must fit the panel");
  const Index tasks = tasks_for(rows, cols, depth), units = ceil_div(rows, kUnit);
  const Index least = ceil_div(units, kPanelRows / kUnit);
  const Index high = copies ? least : larger(smaller(tasks, ceil_div(units, 4)), least);
  const Index share = copies || high < 4 ? ceil_div(tasks, high) : high < 8 && cols >= 8 * kStrip ? 2 : 1;
  const Index wide = smaller(share, ceil_div(cols, kStrip));
  return {{rows, high, kUnit}, {cols, wide, kStrip}, rows * cols * depth};
}

// Column blocks first, since a packed panel of columns then serves all rows; each more block of rows would
// pack it again.
inline Blocks cut_cols_first(Index rows, Index cols, Index depth, Index unit) {
  const Index tasks = tasks_for(rows, cols, depth);
  const Index wide = smaller(tasks, ceil_div(cols, unit));
  const Index high = larger(smaller(ceil_div(tasks, wide), rows / 128), ceil_div(rows, 512));
  return {{rows, larger(high, 1), 1}, {cols, wide, unit}, rows * cols * depth};
}

// body(d, t0, t1) for the depth in pieces that fit a panel; once where the depth is 0.
template <class F>
void for_depths(Index depth, F&& body) {
  const Index deep = larger(ceil_div(depth, kPanelDepth), 1);
  for (Index d = 0; d < deep; ++d) body(d, d * depth / deep, (d + 1) * depth / deep);
}

// C (+)= A B, where load(panel, r0, r1, t0, t1, c0) gives rows r0..r1 and steps t0..t1 of A as a Left: it may
// compute them into panel[kPanelRows * kPanelDepth], or point at A itself. c0 is the first column they serve.
// Narrow strips of B whose rows collide (dot.h) are copied first.
template <class Load>
void product(Load&& load, Right b, Result c, Index rows, Index cols, Index depth, bool add) {
  if (rows == 0 || cols == 0) return;
  const bool copies = Vec::registers == 16 && rows_collide(b) && rows >= kPanelRows / 2;
  for_blocks(cut_rows_first(rows, cols, depth, copies), [&](Index r0, Index r1, Index c0, Index c1) {
    alignas(64) float panel[kPanelRows * kPanelDepth], copy[kStrip * kPanelDepth];
    for_depths(depth, [&](Index d, Index t0, Index t1) {
      const Left a = load(panel, r0, r1, t0, t1, c0);
      const Right from{b.p + t0 * b.row + c0, b.row};
      const Result to{c.p + r0 * c.row + c0, c.row};
      const Start start = add || d > 0 ? Start{to.p, to.row} : kZero;
      if (!copies) return multiply(a, from, start, to, r1 - r0, c1 - c0, t1 - t0);
      for (Index j = 0; j < c1 - c0; j += kStrip) {
        const Index wide = smaller(c1 - c0 - j, kStrip);
        for (Index t = 0; t < t1 - t0; ++t)
          for_vectors(0, wide, [&](Index i, Index count) {
            store(copy + t * kStrip + i, load_some(from.p + t * from.row + j + i, count));
          });
        multiply(a, {copy, kStrip}, right_of(start, j), {to.p + j, to.row}, r1 - r0, wide, t1 - t0);
      }
    });
  });
}

// The same where C is so narrow that tiles would leave most lanes idle, by dot products with B^T, which is
// small and packed for each block. load() must give a Left whose steps are contiguous.
template <class Load>
void product_narrow(Load&& load, Right b, Result c, Index rows, Index cols, Index depth) {
  if (rows == 0 || cols == 0) return;
  for_blocks(cut_rows_first(rows, cols, depth, false), [&](Index r0, Index r1, Index, Index) {
    alignas(64) float panel[kPanelRows * kPanelDepth], packed[Vec::width * kPanelDepth];
    const Result to{c.p + r0 * c.row, c.row};
    for_depths(depth, [&](Index d, Index t0, Index t1) {
      const Left a = load(panel, r0, r1, t0, t1, Index{0});
      pack_transposed(b.p + t0 * b.row, b.row, packed, t1 - t0, t1 - t0, cols);
      multiply_dot({a.p, a.row}, {packed, t1 - t0}, d > 0 ? Start{to.p, to.row} : kZero, to, r1 - r0, cols,
                   t1 - t0);
    });
  });
}

inline bool narrow_pays(Index rows, Index cols, Index depth) {
  return cols < Vec::width && dot_cost(rows, cols, depth) < tile_cost(rows, cols, depth);
}

// Where A B^T is so narrow that all of B would be read by every thread: half of the depth for each of two,
// the same half of B, and of its gradient, in every step. What the update wrote so stays in the cache of the
// core that reads it next; the halves of C that are added up are small.
inline bool halves_pay(Index rows, Index cols, Index depth) {
  return cols <= Vec::width && rows * cols * 8 < depth * cols && rows * cols * depth >= kSharedWork;
}
inline void multiply_halves(Right a, Right b, const float* s, Result c, Index rows, Index cols, Index depth) {
  const Index half = Cut{depth, 2, kStrip}.start(1);  // as cut_rows_first cuts the gradient of B
  float* part = scratch(kHalfSlot, rows * cols);
  parallel_for_little(2, 1, [&](Index begin, Index end) {
    if (begin == 0) multiply_dot(a, b, s == nullptr ? kZero : Start{s, 0}, c, rows, cols, half);
    if (end == 2)
      multiply_dot({a.p + half, a.row}, {b.p + half, b.row}, kZero, {part, cols}, rows, cols, depth - half);
  });
  for (Index i = 0; i < rows; ++i)
    for_vectors(0, cols, [&](Index j, Index count) {
      float* to = c.p + i * c.row + j;
      store_some(to, load_some(to, count) + load_some(part + i * cols + j, count), count);
    });
}

// C = S + A B^T, b[cols, depth]; S is a row for all rows, or null. finish(r0, r1, c0, c1) is called when that
// part of C is complete and still in the nearest cache.
template <class Finish>
void product_transposed(Left a, Right b, const float* s, Result c, Index rows, Index cols, Index depth,
                        Finish&& finish) {
  if (rows == 0 || cols == 0) return;
  const auto start = [=](Index j) { return s == nullptr ? kZero : Start{s + j, 0}; };
  if (a.step == 1 && dot_cost(rows, cols, depth) < tile_cost(rows, cols, depth) + pack_cost(cols, depth)) {
    if (halves_pay(rows, cols, depth)) {
      multiply_halves({a.p, a.row}, b, s, c, rows, cols, depth);
      return finish(0, rows, 0, cols);
    }
    for_blocks(cut_cols_first(rows, cols, depth, kDotCols), [&](Index r0, Index r1, Index c0, Index c1) {
      multiply_dot({a.p + r0 * a.row, a.row}, {b.p + c0 * b.row, b.row}, start(c0),
                   {c.p + r0 * c.row + c0, c.row}, r1 - r0, c1 - c0, depth);
      finish(r0, r1, c0, c1);
    });
    return;
  }
  constexpr Index kAtOnce = 48;  // rows of a strip that stay in the nearest cache until they are finished
  const Index unit =
      cols < 4 * kStrip ? 2 * Vec::width : kStrip;  // narrower, so that there are some to share
  for_blocks(cut_cols_first(rows, cols, depth, unit), [&](Index r0, Index r1, Index c0, Index c1) {
    alignas(64) float panel[kStrip * kPanelDepth];
    for (Index j = c0; j < c1; j += kStrip) {
      const Index wide = smaller(c1 - j, kStrip);
      for_depths(depth, [&](Index d, Index t0, Index t1) {
        pack_transposed(b.p + j * b.row + t0, b.row, panel, kStrip, wide, t1 - t0);
        for (Index i = r0; i < r1; i += kAtOnce) {
          const Index high = smaller(r1 - i, kAtOnce);
          const Result to{c.p + i * c.row + j, c.row};
          multiply({a.p + i * a.row + t0 * a.step, a.row, a.step}, {panel, kStrip},
                   d > 0 ? Start{to.p, to.row} : start(j), to, high, wide, t1 - t0);
          if (t1 == depth) finish(i, i + high, j, j + wide);
        }
      });
    }
  });
}

}  // namespace tinynn::TINYNN_NAMESPACE
