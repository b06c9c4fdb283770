// Losses. The cross-entropy is fast because softmax, its logarithm and the loss come from one pass over
// the logits, sixteen rows side by side (rows.h), and its gradient from one pass over the probabilities.
//
// Contract: kernels.def, "loss".   m rows   c classes   n elements
#pragma once

#include "constant.h"
#include "softmax.h"

namespace tinynn::TINYNN_NAMESPACE {

// ---- cross-entropy -------------------------------------------------------------------------------
// The target q_j = (1 - s)[j = label] + s / c, times weight_j.
struct Target {
  const float* weight;
  float off, on;
  Target(const float* w, Index c, float smoothing)
      : weight(w), off(smoothing / static_cast<float>(c)), on(1.0f - smoothing) {}
  float at_label(Index label) const { return weight == nullptr ? on : on * weight[label]; }
};

// By what the mean divides: the sum of the weights at the labels.
inline double total_weight(const std::int64_t* labels, const float* weight, Index m) {
  if (weight == nullptr) return static_cast<double>(m);
  double total = 0;
  for (Index i = 0; i < m; ++i) total += static_cast<double>(weight[labels[i]]);
  return total;
}

// sum_j weight_j log p_j per row: what smoothing spreads over all classes. 0 log 0 is 0.
template <class Block, class In>
inline Vec spread_loss(const Block& block, const In& x, const float* weight, Vec top, Vec log_sum) {
  Vec sum(0.0f);
  for (Index t = 0; t < block.steps; ++t) {
    const Vec log_p = (x.get(t, 0.0f) - top) - log_sum;
    const Vec w = weight == nullptr ? Vec(1.0f) : block.column(weight, t);
    Vec term = select(w != Vec(0.0f), w * log_p, Vec(0.0f));
    if constexpr (Block::rows == 1) term = select(lanes(block.count(t)), term, Vec(0.0f));
    sum = sum + term;
  }
  return block.total(sum);
}

// losses[0..count) of the rows i .. i + count, whose probabilities go to p.
template <class Block>
inline void cross_entropy_rows(const Block& block, const float* x, const std::int64_t* labels, float* p,
                               const Target& target, Index count, float* losses) {
  const typename Block::In in(block, x, count);
  typename Block::Out out(block, p, count);
  const Vec top = row_maximum(block, in);
  const Vec sum = exponentials(block, in, top, out);
  divide(block, out, sum);
  const Vec log_sum = log(sum);
  float tops[Vec::width], log_sums[Vec::width], spread[Vec::width] = {};
  store(tops, top);
  store(log_sums, log_sum);
  if (target.off != 0.0f) store(spread, spread_loss(block, in, target.weight, top, log_sum));
  for (Index r = 0; r < count; ++r) {
    const float q = target.at_label(labels[r]);
    const float log_p = (x[r * block.c + labels[r]] - tops[r]) - log_sums[r];
    losses[r] = -(target.off * spread[r] + (q == 0.0f ? 0.0f : q * log_p));
  }
}

inline void cross_entropy_forward(const float* x, const std::int64_t* labels, const float* weight,
                                  float* loss, float* p, Index m, Index c, float smoothing,
                                  Reduction reduction) {
  constexpr Index kParts = 64;
  double part[kParts] = {};
  const Target target(weight, c, smoothing);
  const Index rows = larger(rows_per_task(c), ceil_div(ceil_div(m, kParts), Vec::width) * Vec::width);
  parallel_for(m, rows, [&](Index begin, Index end) {
    for_rows(begin, end, c, [&](const auto& block, Index i, Index count) {
      float losses[Vec::width];
      cross_entropy_rows(block, x + i * c, labels + i, p + i * c, target, count, losses);
      for (Index r = 0; r < count; ++r) {
        if (reduction == Reduction::none) loss[i + r] = losses[r];
        part[i / rows] += losses[r];
      }
    });
  });
  if (reduction == Reduction::none) return;
  double total = 0;
  for (const double sum : part) total += sum;
  if (reduction == Reduction::mean) total /= total_weight(labels, weight, m);
  *loss = static_cast<float>(total);
}

// What loss i receives of dy.
struct Share {
  const float* dy;
  bool each;
  float divisor;
  Share(const float* up, Reduction reduction, double count)
      : dy(up),
        each(reduction == Reduction::none),
        divisor(reduction == Reduction::mean ? static_cast<float>(count) : 1.0f) {}
  float operator()(Index i) const { return each ? dy[i] : dy[0] / divisor; }
};

inline void cross_entropy_backward(const float* dy, const float* p, const std::int64_t* labels,
                                   const float* weight, float* dx, Index m, Index c, float smoothing,
                                   Reduction reduction) {
  const Target target(weight, c, smoothing);
  const bool mean = reduction == Reduction::mean;
  const Share share(dy, reduction, mean ? total_weight(labels, weight, m) : 1.0);
  float all = 1.0f;  // sum_j weight_j off is `all - on`, without weights by definition
  if (weight != nullptr) {
    all = 0.0f;
    for (Index j = 0; j < c; ++j) all += target.off * weight[j];
  }
  parallel_for(m, 32768 / larger(c, 1) + 1, [&](Index begin, Index end) {
    if (weight == nullptr && !share.each) {  // one factor and one target for all: the rows are one long row
      const float scale = share(0);
      for_vectors(begin * c, end * c, [&](Index j, Index count) {
        store_some(dx + j, Vec(scale) * (load_some(p + j, count) - Vec(target.off)), count);
      });
      for (Index i = begin; i < end; ++i) {
        const Index label = i * c + labels[i];
        dx[label] = scale * (p[label] - (target.on + target.off));
      }
      return;
    }
    for (Index i = begin; i < end; ++i) {
      const float scale = share(i), at_label = target.at_label(labels[i]);
      const float total = weight == nullptr ? 1.0f : all + at_label;
      for_vectors(0, c, [&](Index j, Index count) {
        const Vec w = weight == nullptr ? Vec(1.0f) : load_some(weight + j, count);
        const Vec d = load_some(p + i * c + j, count) * Vec(total) - Vec(target.off) * w;
        store_some(dx + i * c + j, Vec(scale) * d, count);
      });
      const Index label = i * c + labels[i];
      const float spread = weight == nullptr ? target.off : target.off * weight[labels[i]];
      dx[label] = scale * (p[label] * total - (at_label + spread));
    }
  });
}

// ---- losses of one element -----------------------------------------------------------------------
// Each is a pair: loss(x, t) and its derivative by x.
struct LogisticLoss {
  static Vec forward(Vec x, Vec t) { return max(Vec(0.0f), x) - x * t + log1p(exp(-abs(x))); }
  static Vec derivative(Vec x, Vec t) { return Sigmoid::forward(x, x) - t; }
};
struct HingeLoss {
  static Vec forward(Vec x, Vec t) { return max(Vec(0.0f), Vec(1.0f) - t * x); }
  static Vec derivative(Vec x, Vec t) { return select(Vec(1.0f) - t * x > Vec(0.0f), -t, Vec(0.0f)); }
};
struct SquaredLoss {
  static Vec forward(Vec x, Vec t) { return (x - t) * (x - t); }
  static Vec derivative(Vec x, Vec t) { return Vec(2.0f) * (x - t); }
};

template <class L>
void element_loss(const float* x, const float* target, float* loss, Index n, Reduction reduction) {
  const auto term = [=](Index i, Index count) {
    return L::forward(load_some(x + i, count), load_some(target + i, count));
  };
  if (reduction == Reduction::none)
    return for_all(n, kDear, [=](Index i, Index count) { store_some(loss + i, term(i, count), count); });
  const double total = sum_of(n, term);
  *loss = static_cast<float>(reduction == Reduction::mean ? total / static_cast<double>(n) : total);
}

template <class L>
void element_loss_backward(const float* dy, const float* x, const float* target, float* dx, Index n,
                           Reduction reduction) {
  const Share share(dy, reduction, static_cast<double>(n));
  for_all(n, kDear, [=](Index i, Index count) {
    const Vec scale = share.each ? load_some(dy + i, count) : Vec(share(i));
    const Vec d = L::derivative(load_some(x + i, count), load_some(target + i, count));
    store_some(dx + i, scale * d, count);
  });
}

}  // namespace tinynn::TINYNN_NAMESPACE
