// Softmax and its logarithm. Fast because sixteen short rows are worked on at once, one per lane (rows.h).
// The maximum is subtracted first: every exponential is then at most 1 and the sum at least 1.
//
// Contract: kernels.def, "softmax".   m rows   c classes
#pragma once

#include "rows.h"
#include "vec_math.h"

namespace tinynn::TINYNN_NAMESPACE {

template <class Block, class In>
inline Vec row_maximum(const Block& block, const In& x) {
  Vec best = x.get(0, -kInfinity);
  for (Index t = 1; t < block.steps; ++t) best = max(best, x.get(t, -kInfinity));
  return block.largest(best);
}

// y = exp(x - top); returns its sum. Lanes behind a row are exp(-infinity).
template <class Block, class In, class Out>
inline Vec exponentials(const Block& block, const In& x, Vec top, Out& y) {
  Vec sum(0.0f);
  for (Index t = 0; t < block.steps; ++t) {
    const Vec e = exp(x.get(t, -kInfinity) - top);
    y.set(t, e);
    sum = sum + e;
  }
  return block.total(sum);
}

template <class Block, class Out>
inline void divide(const Block& block, Out& y, Vec sum) {
  const Vec factor = Vec(1.0f) / sum;
  for (Index t = 0; t < block.steps; ++t) y.set(t, y.get(t) * factor);
}

// kernel(block, i, count) for all rows, by all threads.
template <class F>
void for_all_rows(Index m, Index c, F&& kernel) {
  if (c == 0) return;
  parallel_for(m, rows_per_task(c), [&](Index begin, Index end) { for_rows(begin, end, c, kernel); });
}

inline void softmax_forward(const float* x, float* y, Index m, Index c) {
  for_all_rows(m, c, [=](const auto& block, Index i, Index count) {
    using Block = std::decay_t<decltype(block)>;
    const typename Block::In in(block, x + i * c, count);
    typename Block::Out out(block, y + i * c, count);
    divide(block, out, exponentials(block, in, row_maximum(block, in), out));
  });
}

inline void softmax_backward(const float* dy, const float* y, float* dx, Index m, Index c) {
  for_all_rows(m, c, [=](const auto& block, Index i, Index count) {
    using Block = std::decay_t<decltype(block)>;
    const typename Block::In up(block, dy + i * c, count), p(block, y + i * c, count);
    typename Block::Out out(block, dx + i * c, count);
    Vec sum(0.0f);
    for (Index t = 0; t < block.steps; ++t) sum = fma(up.get(t, 0.0f), p.get(t, 0.0f), sum);
    sum = block.total(sum);
    for (Index t = 0; t < block.steps; ++t) out.set(t, p.get(t, 0.0f) * (up.get(t, 0.0f) - sum));
  });
}

inline void log_softmax_forward(const float* x, float* y, Index m, Index c) {
  for_all_rows(m, c, [=](const auto& block, Index i, Index count) {
    using Block = std::decay_t<decltype(block)>;
    const typename Block::In in(block, x + i * c, count);
    typename Block::Out out(block, y + i * c, count);
    const Vec top = row_maximum(block, in);
    Vec sum(0.0f);
    for (Index t = 0; t < block.steps; ++t) sum = sum + exp(in.get(t, -kInfinity) - top);
    const Vec log_sum = log(block.total(sum));
    for (Index t = 0; t < block.steps; ++t) out.set(t, (in.get(t, 0.0f) - top) - log_sum);
  });
}

inline void log_softmax_backward(const float* dy, const float* y, float* dx, Index m, Index c) {
  for_all_rows(m, c, [=](const auto& block, Index i, Index count) {
    using Block = std::decay_t<decltype(block)>;
    const typename Block::In up(block, dy + i * c, count), log_p(block, y + i * c, count);
    typename Block::Out out(block, dx + i * c, count);
    Vec sum(0.0f);
    for (Index t = 0; t < block.steps; ++t) sum = sum + up.get(t, 0.0f);
    sum = block.total(sum);
    for (Index t = 0; t < block.steps; ++t) out.set(t, up.get(t, 0.0f) - exp(log_p.get(t, 0.0f)) * sum);
  });
}

}  // namespace tinynn::TINYNN_NAMESPACE
