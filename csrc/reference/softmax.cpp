// Softmax and its logarithm, row by row. Contracts: kernels.def.
//
// m rows   c classes
// The maximum is subtracted first: every exponential is then at most 1 and the sum at least 1.
#include "reference.h"

namespace tinynn::reference {
namespace {

constexpr Index kWork = 8;  // an exponential costs about as much as this many multiply-adds

// row(x_i, i) for every row, in parallel.
template <class F>
void for_each_row(Index m, Index c, F&& row) {
  parallel_for(m, grain_of(c * kWork), [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) row(i * c);
  });
}

template <class T>
T maximum(const T* x, Index c) {
  T best = x[0];
  for (Index j = 1; j < c; ++j) best = max(best, x[j]);  // a NaN need not win: it is in the sum as well
  return best;
}

}  // namespace

template <class T>
void softmax_forward(const T* x, T* y, Index m, Index c) {
  if (c == 0) return;
  for_each_row(m, c, [&](Index row) {
    const T largest = maximum(x + row, c);
    T sum = 0;
    for (Index j = row; j < row + c; ++j) sum += y[j] = exp(x[j] - largest);
    for (Index j = row; j < row + c; ++j) y[j] /= sum;
  });
}

template <class T>
void softmax_backward(const T* dy, const T* y, T* dx, Index m, Index c) {
  for_each_row(m, c, [&](Index row) {
    T sum = 0;
    for (Index j = row; j < row + c; ++j) sum += dy[j] * y[j];
    for (Index j = row; j < row + c; ++j) dx[j] = y[j] * (dy[j] - sum);
  });
}

template <class T>
void log_softmax_forward(const T* x, T* y, Index m, Index c) {
  if (c == 0) return;
  for_each_row(m, c, [&](Index row) {
    const T largest = maximum(x + row, c);
    T sum = 0;
    for (Index j = row; j < row + c; ++j) sum += exp(x[j] - largest);
    const T log_sum = log(sum);
    for (Index j = row; j < row + c; ++j) y[j] = (x[j] - largest) - log_sum;
  });
}

template <class T>
void log_softmax_backward(const T* dy, const T* y, T* dx, Index m, Index c) {
  for_each_row(m, c, [&](Index row) {
    T sum = 0;
    for (Index j = row; j < row + c; ++j) sum += dy[j];
    for (Index j = row; j < row + c; ++j) dx[j] = dy[j] - exp(y[j]) * sum;
  });
}

template <class T>
void fill_softmax(KernelTable<T>& table) {
  table.softmax_forward = softmax_forward;
  table.softmax_backward = softmax_backward;
  table.log_softmax_forward = log_softmax_forward;
  table.log_softmax_backward = log_softmax_backward;
}
template void fill_softmax(KernelTable<float>&);
template void fill_softmax(KernelTable<double>&);

}  // namespace tinynn::reference
