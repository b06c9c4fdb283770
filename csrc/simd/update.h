// The backward pass of linear that ends in the update: a block of dw goes from the registers that summed it
// to the weights it belongs to by way of the nearest cache. Fast because dw never exists as a whole, and
// because a core updates the very weights it multiplies by in the next forward pass: with dw in memory
// between two kernels, most of w would come over from another core twice a step.
//
// Contract: kernels.def, "linear_backward_sgd".
#pragma once

#include "linear.h"
#include "optim.h"

namespace tinynn::TINYNN_NAMESPACE {

constexpr int kUpdateSlot = 2;

// dw[n,k] = dz^T x block by block; finish(j0, j1, t0, t1, block) for each, whose rows stand t1 - t0 apart.
template <class A, class Finish>
void for_blocks_of_dw(const Gradient<A>& dz, const float* x, float* db, Index m, Index n, Index k,
                      Finish&& finish) {
  if (n == 0 || k == 0) return;
  const bool copies = Vec::registers == 16 && k % 1024 == 0 && n >= kPanelRows / 2;
  for_blocks(cut_rows_first(n, k, m, copies), [&](Index j0, Index j1, Index t0, Index t1) {
    alignas(64) float panel[kPanelRows * kPanelDepth];
    const Index wide = t1 - t0;
    float* block = scratch(kUpdateSlot, (j1 - j0) * wide);
    const Result to{block, wide};
    for_depths(m, [&](Index d, Index i0, Index i1) {
      dz.load_block(panel, i0, i1, j0, j1);
      if (db != nullptr && t0 == 0) add_rows(panel, i1 - i0, j1 - j0, db + j0, d > 0);
      multiply({panel, 1, j1 - j0}, {x + i0 * k + t0, k}, d > 0 ? Start{block, wide} : kZero, to, j1 - j0,
               wide, i1 - i0);
    });
    finish(j0, j1, t0, t1, block);
  });
}

inline void linear_backward_sgd(const float* dy, const float* x, float* w, float* b, const float* kept,
                                float* v, float* v_b, float* dx, Index m, Index n, Index k, Activation act,
                                float alpha, float lr, float momentum, float weight_decay, bool nesterov) {
  const auto rule = sgd_rule(lr, momentum, weight_decay, nesterov);
  // whole: an update of `count` elements, whose gradient stands at g
  const auto update = [=](float* at, const float* g, float* velocity, Index count) {
    for_vectors(0, count, [=](Index i, Index some) { rule(at, g, velocity, i, some); });
  };
  const Constant constant = constant_of(act, nullptr, 0, alpha);
  float* db = b == nullptr ? nullptr : scratch(kUpdateSlot + 1, n);
  visit(act, [&](auto formula) {
    using A = decltype(formula);
    const Gradient<A> dz{dy, kept, constant, n};
    if (dx != nullptr) backward_input(dz, w, dx, m, n, k);
    for_blocks_of_dw(dz, x, db, m, n, k, [=](Index j0, Index j1, Index t0, Index t1, const float* block) {
      for (Index j = j0; j < j1; ++j, block += t1 - t0)
        update(w + j * k + t0, block, v == nullptr ? nullptr : v + j * k + t0, t1 - t0);
      if (b != nullptr && t0 == 0) update(b + j0, db + j0, v_b == nullptr ? nullptr : v_b + j0, j1 - j0);
    });
    if (b != nullptr && k == 0) {
      sum_rows(db, constant, m, n, false,
               [&](Index i, Index j, Index count, Vec c) { return dz.at(i, j, count, c); });
      update(b, db, v_b, n);
    }
  });
}

}  // namespace tinynn::TINYNN_NAMESPACE
