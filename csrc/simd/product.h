// Whole matrix products, cut into blocks of C that threads may take in any order. A block is wide enough
// to pay for what it prepares (a packed panel, a loaded derivative) and small enough that four threads
// share the work evenly. Blocks depend on the shape alone; no sum is ever split between threads.
#pragma once

#include "../parallel.h"
#include "dot.h"

namespace tinynn::TINYNN_NAMESPACE {

// Multiply-adds that are done before a second thread could be woken: less work than this stays here.
constexpr Index kSerialWork = 1 << 20;
constexpr Index kMaxTasks = 16;
// Depth of a packed panel: a strip of it must fit the second-level cache with room to spare.
constexpr Index kPanelDepth = 256;
constexpr Index kPanelRows = 32;

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
};

template <class F>
void for_blocks(const Blocks& blocks, F&& body) {
  const Index parts = blocks.cols.parts;
  const auto run = [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i)
      body(blocks.rows.start(i / parts), blocks.rows.start(i / parts + 1), blocks.cols.start(i % parts),
           blocks.cols.start(i % parts + 1));
  };
  const Index tasks = blocks.rows.parts * parts;
  if (tasks == 1)
    run(0, 1);
  else
    parallel_for(tasks, 1, run);
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
  return smaller(larger(rows * cols * depth / kSerialWork * 2, 1), kMaxTasks);
}

// Row blocks first, since what is prepared for a block of rows then serves all its columns.
inline Blocks cut_rows_first(Index rows, Index cols, Index depth) {
  const Index tasks = tasks_for(rows, cols, depth);
  const Index high = larger(smaller(tasks, ceil_div(rows, 12)), ceil_div(rows, kPanelRows));
  const Index wide = high >= 4 ? 1 : smaller(ceil_div(tasks, high), ceil_div(cols, kStrip));
  return {{rows, high, 1}, {cols, wide, kStrip}};
}

// Column blocks first, since a packed panel of columns then serves all rows.
inline Blocks cut_cols_first(Index rows, Index cols, Index depth, Index unit) {
  const Index tasks = tasks_for(rows, cols, depth);
  const Index wide = smaller(tasks, ceil_div(cols, unit));
  const Index high = larger(smaller(ceil_div(tasks, wide), ceil_div(rows, 48)), ceil_div(rows, 512));
  return {{rows, high, 1}, {cols, wide, unit}};
}

// C (+)= A B, where load(panel, r0, r1, t0, t1) gives rows r0..r1 and steps t0..t1 of A as a Left: it may
// compute them into panel[kPanelRows * kPanelDepth], or point at A itself.
template <class Load>
void product(Load&& load, Right b, Result c, Index rows, Index cols, Index depth, bool add) {
  if (rows == 0 || cols == 0) return;
  const Index deep = larger(ceil_div(depth, kPanelDepth), 1);
  for_blocks(cut_rows_first(rows, cols, depth), [&](Index r0, Index r1, Index c0, Index c1) {
    alignas(64) float panel[kPanelRows * kPanelDepth];
    for (Index d = 0; d < deep; ++d) {
      const Index t0 = d * depth / deep, t1 = (d + 1) * depth / deep;
      multiply(load(panel, r0, r1, t0, t1), {b.p + t0 * b.row + c0, b.row}, {c.p + r0 * c.row + c0, c.row},
               r1 - r0, c1 - c0, t1 - t0, add || d > 0);
    }
  });
}

// Which is cheaper for A B^T, in lanes of multiply-adds: lanes along the sum, with a horizontal sum per
// element of C (about 48), or lanes along the columns of C, with a packed B (about 12 per element of B)?
inline bool dot_pays(Index rows, Index cols, Index depth) {
  const auto whole = [](Index n) { return ceil_div(n, Vec::width) * Vec::width; };
  return rows * cols * (whole(depth) + 48) < rows * whole(cols) * depth + 12 * cols * depth;
}

// C = A B^T, b[cols, depth]; finish(r0, r1, c0, c1) is called when that block of C is complete.
template <class Finish>
void product_transposed(Left a, Right b, Result c, Index rows, Index cols, Index depth, Finish&& finish) {
  if (rows == 0 || cols == 0) return;
  if (a.step == 1 && dot_pays(rows, cols, depth)) {
    for_blocks(cut_cols_first(rows, cols, depth, kDotCols), [&](Index r0, Index r1, Index c0, Index c1) {
      multiply_dot({a.p + r0 * a.row, a.row}, {b.p + c0 * b.row, b.row}, {c.p + r0 * c.row + c0, c.row},
                   r1 - r0, c1 - c0, depth);
      finish(r0, r1, c0, c1);
    });
    return;
  }
  const Index deep = larger(ceil_div(depth, kPanelDepth), 1);
  for_blocks(cut_cols_first(rows, cols, depth, kStrip), [&](Index r0, Index r1, Index c0, Index c1) {
    alignas(64) float panel[kStrip * kPanelDepth];
    for (Index j = c0; j < c1; j += kStrip) {
      const Index wide = smaller(c1 - j, kStrip);
      for (Index d = 0; d < deep; ++d) {
        const Index t0 = d * depth / deep, t1 = (d + 1) * depth / deep;
        pack_transposed(b.p + j * b.row + t0, b.row, panel, kStrip, wide, t1 - t0);
        multiply({a.p + r0 * a.row + t0 * a.step, a.row, a.step}, {panel, kStrip},
                 {c.p + r0 * c.row + j, c.row}, r1 - r0, wide, t1 - t0, d > 0);
      }
      finish(r0, r1, j, j + wide);
    }
  });
}

}  // namespace tinynn::TINYNN_NAMESPACE
