// Sums and maxima along the middle axis. Fast because lanes run along the memory: along `inner` where there
// is one, and along the axis itself where there is none.
//
// Contract: kernels.def, "reduce".   outer axes before   r the axis that goes away   inner axes behind
#pragma once

#include "span.h"

namespace tinynn::TINYNN_NAMESPACE {

// sums[i..i+count) over x[rows,inner], in pieces, so that no long sum loses its small terms.
inline Vec column_sum(const float* x, Index rows, Index inner, Index count) {
  Vec total(0.0f);
  for (Index r = 0; r < rows;) {
    const Index end = smaller(r + 256, rows);
    Vec sum(0.0f);
    for (; r < end; ++r) sum = sum + load_some(x + r * inner, count);
    total = total + sum;
  }
  return total;
}

constexpr Index kLongRow = 4096, kFewRows = 16;

inline void reduce_sum(const float* x, float* y, Index outer, Index r, Index inner, float scale) {
  if (inner == 1) {
    const auto long_row = [=](Index o) {
      y[o] = scale *
             static_cast<float>(sum_of(r, [=](Index i, Index n) { return load_some(x + o * r + i, n); }));
    };
    if (r >= kLongRow && outer < kFewRows) {  // the threads share each row
      for (Index o = 0; o < outer; ++o) long_row(o);
      return;
    }
    return parallel_for(outer, 49152 / larger(r, 1) + 1, [=](Index begin, Index end) {
      for (Index o = begin; o < end; ++o) {
        if (r >= kLongRow) {
          long_row(o);
          continue;
        }
        Vec sum(0.0f);
        for_vectors(0, r, [&](Index i, Index n) { sum = sum + load_some(x + o * r + i, n); });
        y[o] = scale * reduce_add(sum);
      }
    });
  }
  const Index strips = ceil_div(inner, Vec::width);
  parallel_for(outer * strips, 49152 / Vec::width / larger(r, 1) + 1, [=](Index begin, Index end) {
    for (Index task = begin; task < end; ++task) {
      const Index o = task / strips, i = task % strips * Vec::width, count = smaller(inner - i, Vec::width);
      const Vec sum = column_sum(x + o * r * inner + i, r, inner, count);
      store_some(y + o * inner + i, Vec(scale) * sum, count);
    }
  });
}

inline void reduce_sum_backward(const float* dy, float* dx, Index outer, Index r, Index inner, float scale) {
  if (inner == 1)
    return parallel_for(outer, 49152 / larger(r, 1) + 1, [=](Index begin, Index end) {
      for (Index o = begin; o < end; ++o)
        for_vectors(0, r, [=](Index i, Index n) { store_some(dx + o * r + i, Vec(scale * dy[o]), n); });
    });
  parallel_for(outer * r, 49152 / larger(inner, 1) + 1, [=](Index begin, Index end) {
    for (Index row = begin; row < end; ++row)
      for_vectors(0, inner, [=](Index i, Index n) {
        store_some(dx + row * inner + i, Vec(scale) * load_some(dy + row / r * inner + i, n), n);
      });
  });
}

// Lanes run along `inner`; the row of the best is counted in float, which is exact up to 2^24.
inline void reduce_max(const float* x, float* y, std::int64_t* arg, Index outer, Index r, Index inner) {
  if (inner < Vec::width / 2 || r > 1 << 24) return reference::reduce_max(x, y, arg, outer, r, inner);
  parallel_for(outer, 49152 / (r * inner) + 1, [=](Index begin, Index end) {
    for (Index o = begin; o < end; ++o)
      for_vectors(0, inner, [=](Index i, Index count) {
        const float* from = x + o * r * inner + i;
        Vec best = load_some(from, count), at(0.0f);
        for (Index row = 1; row < r; ++row) {
          const Vec next = load_some(from + row * inner, count);
          const Mask wins = (next > best) | ((next != next) & (best == best));  // NaN wins, as in NumPy
          best = select(wins, next, best);
          at = select(wins, Vec(static_cast<float>(row)), at);
        }
        float rows[Vec::width];
        store(rows, at);
        store_some(y + o * inner + i, best, count);
        for (Index l = 0; l < count; ++l) arg[o * inner + i + l] = static_cast<std::int64_t>(rows[l]);
      });
  });
}

// In double, in sixteen partial sums: a fixed order that leaves the compiler room for vectors.
inline double square_sum(const float* x, Index n) {
  double lane[16] = {};
  Index i = 0;
  for (; i + 16 <= n; i += 16)
    for (int l = 0; l < 16; ++l) lane[l] += static_cast<double>(x[i + l]) * static_cast<double>(x[i + l]);
  for (; i < n; ++i) lane[0] += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  for (int half = 8; half > 0; half /= 2)
    for (int l = 0; l < half; ++l) lane[l] += lane[l + half];
  return lane[0];
}

inline void squared_norm(const float* x, float* y, Index n) {
  constexpr Index kParts = 64;
  double part[kParts] = {};
  const Index block = larger(ceil_div(n, kParts), 16384);
  parallel_for(n, block, [&](Index begin, Index end) {
    for (Index b = begin; b < end; b += block) part[b / block] = square_sum(x + b, smaller(block, end - b));
  });
  double total = 0;
  for (const double sum : part) total += sum;
  *y = static_cast<float>(total);
}

}  // namespace tinynn::TINYNN_NAMESPACE
