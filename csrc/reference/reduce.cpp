// Sums and maxima along the middle axis. Contracts: kernels.def.
//
// outer axes before   r the axis that goes away   inner axes behind
#include <algorithm>

#include "reference.h"

namespace tinynn::reference {
namespace {

constexpr Index kLanes = 256;   // columns summed side by side, so that memory is read in order
constexpr Index kRows = 16384;  // a longer axis is cut into pieces, which threads share

// Eight partial sums instead of one: each addition need not wait for the one before.
template <class T>
double sum(const T* x, Index n) {
  double partial[8] = {};
  for (Index i = 0; i < n; ++i) partial[i % 8] += x[i];
  return ((partial[0] + partial[4]) + (partial[1] + partial[5])) +
         ((partial[2] + partial[6]) + (partial[3] + partial[7]));
}

// y[inner] = the sum over x[rows,inner], in double.
template <class T>
void sum_rows(const T* x, double* y, Index rows, Index inner) {
  if (inner == 1) {
    y[0] = sum(x, rows);
    return;
  }
  std::fill_n(y, inner, 0.0);
  for (Index i0 = 0; i0 < inner; i0 += kLanes)
    for (Index row = 0; row < rows; ++row)
      for (Index i = i0; i < std::min(i0 + kLanes, inner); ++i) y[i] += x[row * inner + i];
}

}  // namespace

template <class T>
void reduce_sum(const T* x, T* y, Index outer, Index r, Index inner, T scale) {
  const Index pieces = std::max((r + kRows - 1) / kRows, Index{1});
  const std::unique_ptr<double[]> partial(new double[outer * pieces * inner]);
  parallel_for(outer * pieces, grain_of(std::min(r, kRows) * inner), [&](Index begin, Index end) {
    for (Index task = begin; task < end; ++task) {
      const Index first = task % pieces * kRows;
      const T* rows = x + (task / pieces * r + first) * inner;
      sum_rows(rows, partial.get() + task * inner, std::min(r - first, kRows), inner);
    }
  });
  for (Index o = 0; o < outer; ++o)
    for (Index i = 0; i < inner; ++i) {
      double sum = 0;
      for (Index piece = 0; piece < pieces; ++piece) sum += partial[(o * pieces + piece) * inner + i];
      y[o * inner + i] = scale * T(sum);
    }
}

template <class T>
void reduce_sum_backward(const T* dy, T* dx, Index outer, Index r, Index inner, T scale) {
  parallel_for(outer * r, grain_of(inner), [&](Index begin, Index end) {
    for (Index row = begin; row < end; ++row)
      for (Index i = 0; i < inner; ++i) dx[row * inner + i] = scale * dy[row / r * inner + i];
  });
}

template <class T>
void reduce_max(const T* x, T* y, std::int64_t* arg, Index outer, Index r, Index inner) {
  parallel_for(outer, grain_of(r * inner), [&](Index begin, Index end) {
    for (Index o = begin; o < end; ++o)
      for (Index row = 0; row < r; ++row)
        for (Index i = 0; i < inner; ++i) {
          const T value = x[(o * r + row) * inner + i];
          T& best = y[o * inner + i];
          const bool wins = value > best || (value != value && best == best);  // NaN wins, as in NumPy
          if (row > 0 && !wins) continue;
          best = value;
          arg[o * inner + i] = row;
        }
  });
}

template <class T>
void reduce_max_backward(const T* dy, const std::int64_t* arg, T* dx, Index outer, Index r, Index inner) {
  parallel_for(outer, grain_of(r * inner), [&](Index begin, Index end) {
    std::fill(dx + begin * r * inner, dx + end * r * inner, T(0));
    for (Index o = begin; o < end; ++o)
      for (Index i = 0; i < inner; ++i) dx[(o * r + arg[o * inner + i]) * inner + i] = dy[o * inner + i];
  });
}

template <class T>
void squared_norm(const T* x, T* y, Index n) {
  y[0] = T(parallel_sum(n, 2, [&](Index i) { return double(x[i]) * double(x[i]); }));
}

template <class T>
void fill_reduce(KernelTable<T>& table) {
  table.reduce_sum = reduce_sum;
  table.reduce_sum_backward = reduce_sum_backward;
  table.reduce_max = reduce_max;
  table.reduce_max_backward = reduce_max_backward;
  table.squared_norm = squared_norm;
}
template void fill_reduce(KernelTable<float>&);
template void fill_reduce(KernelTable<double>&);

}  // namespace tinynn::reference
