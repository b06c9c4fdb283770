// A net of narrow layers and its loss, forward and backward, in one pass over the points. Fast because a
// block of points goes through all layers, and back, before the next block begins: what lies between two
// layers is a few kilobytes in the nearest cache, lanes run along the points, so that no width is too small
// to fill them, and the weights are broadcast. Nothing but x, the prediction and the sums of the gradients
// touches memory.
//
// Contract: kernels.def, "fused".   m points   c classes   k inputs and n outputs of a layer
#pragma once

#include "constant.h"
#include "loss.h"

namespace tinynn::TINYNN_NAMESPACE {

constexpr int kAbreast = 4;  // vectors of points side by side: so many sums hide each other's latency
constexpr Index kPoints = kAbreast * Vec::width;
constexpr int kGroup = Vec::registers == 32 ? 4 : 2;  // outputs at once
constexpr Index kChainTask = 1 << 18;                 // multiply-adds that are worth a thread's while

struct Chain {
  const float* const* w;
  const float* const* b;
  const Index* widths;
  Index layers;
  float alpha;

  Index columns() const {
    Index sum = 0;
    for (Index l = 0; l <= layers; ++l) sum += widths[l];
    return sum;
  }
  Index widest() const {
    Index most = 0;
    for (Index l = 0; l <= layers; ++l) most = larger(most, widths[l]);
    return most;
  }
  Index gradients() const {  // of w, then of b, layer by layer
    Index sum = 0;
    for (Index l = 0; l < layers; ++l) sum += widths[l + 1] * (widths[l] + 1);
    return sum;
  }
};

// The places of one thread, all in columns of kPoints floats: outputs of every layer, what the activation
// keeps beside them, two gradients, the labels; then one vector for each gradient of a weight.
struct ChainMemory {
  float *columns, *kept, *dz, *other, *labels, *sums;
  ChainMemory(const Chain& chain, bool keeps_z) {
    const Index all = chain.columns() * kPoints, most = chain.widest() * kPoints;
    columns = scratch(1, (keeps_z ? 2 : 1) * all + 2 * most + kPoints + chain.gradients() * Vec::width);
    kept = keeps_z ? columns + all : columns;
    dz = kept + all;
    other = dz + most;
    labels = other + most;
    sums = labels + kPoints;
    for (Index i = 0; i < chain.gradients(); ++i) store(sums + i * Vec::width, Vec(0.0f));
  }
};

// ---- one layer -----------------------------------------------------------------------------------
// finish(j, v, b[j] + sum_t w[j * row + t * step] a[t]) for N outputs from j on, v counting vectors of
// points.
template <int N, class Finish>
inline void chain_outputs(Index j, const float* w, Index row, Index step, const float* b, const float* a,
                          Index k, Finish&& finish) {
  Vec sum[N][kAbreast];
  TINYNN_UNROLL
  for (int i = 0; i < N; ++i) {
    TINYNN_UNROLL
    for (int v = 0; v < kAbreast; ++v) sum[i][v] = b == nullptr ? Vec(0.0f) : broadcast(b + j + i);
  }
  for (Index t = 0; t < k; ++t) {
    Vec in[kAbreast];
    TINYNN_UNROLL
    for (int v = 0; v < kAbreast; ++v) in[v] = load(a + t * kPoints + v * Vec::width);
    TINYNN_UNROLL
    for (int i = 0; i < N; ++i) {
      const Vec factor = broadcast(w + (j + i) * row + t * step);
      TINYNN_UNROLL
      for (int v = 0; v < kAbreast; ++v) sum[i][v] = fma(factor, in[v], sum[i][v]);
    }
  }
  TINYNN_UNROLL
  for (int i = 0; i < N; ++i) {
    TINYNN_UNROLL
    for (int v = 0; v < kAbreast; ++v) finish(j + i, v, sum[i][v]);
  }
}

// The same for all n outputs.
template <class Finish>
inline void chain_layer(const float* w, Index row, Index step, const float* b, const float* a, Index n,
                        Index k, Finish&& finish) {
  Index j = 0;
  for (; j + kGroup <= n; j += kGroup) chain_outputs<kGroup>(j, w, row, step, b, a, k, finish);
  if constexpr (kGroup > 2)
    for (; j + 2 <= n; j += 2) chain_outputs<2>(j, w, row, step, b, a, k, finish);
  for (; j < n; ++j) chain_outputs<1>(j, w, row, step, b, a, k, finish);
}

// sums[n * k] += dz^T a and sums[n] behind them += the sum of dz, lane by lane.
inline void chain_gradients(const float* dz, const float* a, Index n, Index k, float* sums) {
  float* bias = sums + n * k * Vec::width;
  for (Index j = 0; j < n; ++j, dz += kPoints, bias += Vec::width) {
    Vec d[kAbreast];
    TINYNN_UNROLL
    for (int v = 0; v < kAbreast; ++v) d[v] = load(dz + v * Vec::width);
    Vec total = load(bias);
    TINYNN_UNROLL
    for (int v = 0; v < kAbreast; ++v) total = total + d[v];
    store(bias, total);
    for (Index t = 0; t < k; ++t, sums += Vec::width) {
      Vec sum = load(sums);
      TINYNN_UNROLL
      for (int v = 0; v < kAbreast; ++v) sum = fma(d[v], load(a + t * kPoints + v * Vec::width), sum);
      store(sums, sum);
    }
  }
}

// ---- the loss ------------------------------------------------------------------------------------
// A vector of points whose logits are the columns z: dz = scale (softmax - target), and their loss but for
// `- log sums`, by which *sums is multiplied: a logarithm costs as much as all else, so several share one.
// Each sum lies in 1..c.
inline Vec chain_loss(const float* z, Index c, Vec label, const Target& target, float scale, float* dz,
                      Vec* sums) {
  Vec top = load(z), at_label(0.0f), sum(0.0f), spread(0.0f);
  for (Index t = 1; t < c; ++t) top = max(top, load(z + t * kPoints));
  for (Index t = 0; t < c; ++t) {
    const Vec x = load(z + t * kPoints), e = exp(x - top);
    at_label = select(label == Vec(static_cast<float>(t)), x, at_label);
    store(dz + t * kPoints, e);
    sum = sum + e;
  }
  const Vec factor = Vec(1.0f) / sum;
  for (Index t = 0; t < c; ++t) {
    const Mask hit = label == Vec(static_cast<float>(t));
    const Vec q = select(hit, Vec(target.on + target.off), Vec(target.off));
    store(dz + t * kPoints, Vec(scale) * (load(dz + t * kPoints) * factor - q));
    if (target.off != 0.0f) spread = spread + (load(z + t * kPoints) - top);
  }
  *sums = *sums * sum;
  const Vec own = target.on == 0.0f ? Vec(0.0f) : Vec(target.on) * (at_label - top);
  return -fma(Vec(target.off), spread, own);
}

// ---- a block of points ---------------------------------------------------------------------------
struct ChainTask {
  const float* x;
  const std::int64_t* labels;
  float *y, *dx;
  float scale;
  Target target;
};

// columns[j][i] = rows[i][j] for `count` rows of n numbers, and the other way. A row of two is so common
// here, and so short, that it has a way of its own.
inline void rows_to_columns(const float* rows, Index n, Index count, float* columns) {
  if (n != 2 || count != kPoints) return pack_transposed(rows, n, columns, kPoints, count, n);
  for (Index i = 0; i < kPoints; i += Vec::width) {
    Vec first, second;
    load_pairs(rows + 2 * i, &first, &second);
    store(columns + i, first);
    store(columns + kPoints + i, second);
  }
}
inline void columns_to_rows(const float* columns, Index n, Index count, float* rows) {
  if (n != 2 || count != kPoints) return pack_transposed(columns, kPoints, rows, n, n, count);
  for (Index i = 0; i < kPoints; i += Vec::width)
    store_pairs(rows + 2 * i, load(columns + i), load(columns + kPoints + i));
}

// Points i .. i + count of x as columns; lanes behind them are zero.
inline void chain_load(const Chain& chain, const ChainTask& task, Index i, Index count,
                       const ChainMemory& at) {
  const Index k = chain.widths[0];
  for (Index t = 0; t < k && count < kPoints; ++t)
    for (int v = 0; v < kAbreast; ++v) store(at.columns + t * kPoints + v * Vec::width, Vec(0.0f));
  rows_to_columns(task.x + i * k, k, count, at.columns);
  const std::int64_t* labels = task.labels + i;
  if (count == kPoints) {  // of a constant length: conversions in vectors
    for (Index r = 0; r < kPoints; ++r) at.labels[r] = static_cast<float>(labels[r]);
    return;
  }
  for (Index r = 0; r < kPoints; ++r) at.labels[r] = r < count ? static_cast<float>(labels[r]) : 0.0f;
}

// One block there and back; returns its losses, lane by lane.
template <class A>
Vec chain_block(const Chain& chain, const ChainTask& task, Index i, Index count, ChainMemory at) {
  const Vec alpha(chain.alpha);
  const Index c = chain.widths[chain.layers];
  chain_load(chain, task, i, count, at);
  float* a = at.columns;
  for (Index l = 0; l < chain.layers; ++l) {
    const Index k = chain.widths[l], n = chain.widths[l + 1];
    const bool last = l + 1 == chain.layers;
    float *out = a + k * kPoints, *kept = at.kept + (out - at.columns);
    chain_layer(chain.w[l], k, 1, chain.b[l], a, n, k, [=](Index j, int v, Vec z) {
      const Index to = j * kPoints + v * Vec::width;
      if (A::keeps == Keeps::z && !last) store(kept + to, z);
      store(out + to, last ? z : A::forward(z, alpha));
    });
    a = out;
  }
  if (task.y != nullptr) columns_to_rows(a, c, count, task.y + i * c);
  static_assert(kAbreast <= 4, "a product of that many sums must not overflow");
  Vec loss(0.0f), powers(1.0f);  // per lane, the product of all sums of exponentials
  for (Index v = 0; v < kAbreast && v * Vec::width < count; ++v) {
    const Mask there = lanes(smaller(count - v * Vec::width, Vec::width));
    Vec product = powers;
    const Vec own = chain_loss(a + v * Vec::width, c, load(at.labels + v * Vec::width), task.target,
                               task.scale, at.dz + v * Vec::width, &product);
    loss = loss + select(there, own, Vec(0.0f));
    powers = select(there, product, powers);
  }
  loss = loss + log(powers);
  for (Index t = 0; t < c && count < kPoints; ++t)  // points that are not there
    for (Index v = count / Vec::width; v < kAbreast; ++v) {
      float* d = at.dz + t * kPoints + v * Vec::width;
      store(d, select(lanes(larger(count - v * Vec::width, 0)), load(d), Vec(0.0f)));
    }
  float* sums = at.sums + chain.gradients() * Vec::width;
  for (Index l = chain.layers - 1; l >= 0; --l) {
    const Index k = chain.widths[l], n = chain.widths[l + 1];
    a -= k * kPoints;
    sums -= n * (k + 1) * Vec::width;
    chain_gradients(at.dz, a, n, k, sums);
    if (l == 0 && task.dx == nullptr) return loss;
    float *kept = at.kept + (a - at.columns), *below = at.other;
    chain_layer(chain.w[l], 1, k, nullptr, at.dz, k, n, [=](Index j, int v, Vec d) {
      const Index to = j * kPoints + v * Vec::width;
      if (A::keeps != Keeps::nothing && l > 0) d = d * A::derivative(load(kept + to), alpha);
      store(below + to, d);
    });
    at.other = at.dz;
    at.dz = below;
  }
  if (task.dx != nullptr) {
    const Index k = chain.widths[0];
    columns_to_rows(at.dz, k, count, task.dx + i * k);
  }
  return loss;
}

// ---- all points ----------------------------------------------------------------------------------
// gradients[i] = the sum over the lanes of sums[i], four at a time.
inline void fold_sums(float* sums, Index count, float* gradients) {
  for (Index i = 0; i < count; i += 4) {
    Vec four[4];
    for (Index j = 0; j < 4; ++j) four[j] = i + j < count ? load(sums + (i + j) * Vec::width) : Vec(0.0f);
    float folded[4];
    reduce_add4(four, folded);
    for (Index j = 0; j < smaller(count - i, 4); ++j) gradients[i + j] = folded[j];
  }
}

inline void chain_cross_entropy(const float* x, const std::int64_t* labels, const float* const* w,
                                const float* const* b, float* loss, float* y, float* dx, float* const* dw,
                                float* const* db, Index m, Index layers, const Index* widths, Activation act,
                                float alpha, float smoothing, Reduction reduction) {
  const Chain chain{w, b, widths, layers, alpha};
  const bool mean = reduction == Reduction::mean;
  const ChainTask task{x,
                       labels,
                       y,
                       dx,
                       mean ? 1.0f / static_cast<float>(m) : 1.0f,
                       Target(nullptr, widths[layers], smoothing)};
  constexpr Index kParts = 16;
  const Index each = 3 * chain.gradients() + 32 * chain.widths[layers];  // an exponential costs about as much
  const Index tasks = smaller(larger(m * each / kChainTask, 1), kParts);
  const Index grain = larger(ceil_div(ceil_div(m, tasks), kPoints), 1) * kPoints, count = chain.gradients();
  float* parts = scratch(0, kParts * count);
  double losses[kParts] = {};
  visit(act, [&](auto formula) {
    using A = decltype(formula);
    parallel_for(m, grain, [&](Index begin, Index end) {
      const ChainMemory at(chain, A::keeps == Keeps::z);
      Vec sum(0.0f);
      for (Index i = begin; i < end; i += kPoints)
        sum = sum + chain_block<A>(chain, task, i, smaller(end - i, kPoints), at);
      losses[begin / grain] = static_cast<double>(reduce_add(sum));
      fold_sums(at.sums, count, parts + begin / grain * count);
    });
  });
  double total = 0;
  for (const double part : losses) total += part;
  *loss = static_cast<float>(mean ? total / static_cast<double>(m) : total);
  const auto gradient = [&](Index i) {
    float sum = m > 0 ? parts[i] : 0.0f;
    for (Index p = 1; p * grain < m; ++p) sum += parts[p * count + i];
    return sum;
  };
  Index from = 0;
  for (Index l = 0; l < layers; ++l) {
    for (Index i = 0; i < widths[l] * widths[l + 1]; ++i) dw[l][i] = gradient(from++);
    for (Index j = 0; j < widths[l + 1]; ++j, ++from)
      if (db[l] != nullptr) db[l][j] = gradient(from);
  }
}

}  // namespace tinynn::TINYNN_NAMESPACE
