// Unary and binary arithmetic, element by element. Contracts: kernels.def; the formulas: formulas.h.
//
// n elements   shape[ndim] of the result   strides in elements, 0 along an axis where an input is repeated
#include "reference.h"

namespace tinynn::reference {
namespace {

constexpr Index kWork = 4;  // between an addition and an exponential, in multiply-adds

// The result of a binary operation as rows of its last axis; finds where each row starts in a and in b.
struct Rows {
  Index ndim;
  const Index *shape, *stride_a, *stride_b;

  Index length() const { return ndim == 0 ? 1 : shape[ndim - 1]; }
  Index count() const {
    Index rows = 1;
    for (Index axis = 0; axis + 1 < ndim; ++axis) rows *= shape[axis];
    return rows;
  }
  Index start(Index row, const Index* stride) const {
    Index offset = 0;
    for (Index axis = ndim - 2; axis >= 0; --axis) {
      offset += row % shape[axis] * stride[axis];
      row /= shape[axis];
    }
    return offset;
  }
};

// f(i, a_i, b_i) for every element i of the result; the last axis is where the time goes.
template <class T, class F>
void for_each(const T* a, const T* b, const Rows& rows, F&& f) {
  const Index length = rows.length();
  const Index step_a = rows.ndim == 0 ? 0 : rows.stride_a[rows.ndim - 1];
  const Index step_b = rows.ndim == 0 ? 0 : rows.stride_b[rows.ndim - 1];
  // One long row is cut into pieces, many short ones are taken together: both by shape alone.
  const Index piece = grain_of(kWork), pieces = length == 0 ? 0 : (length - 1) / piece + 1;
  parallel_for(rows.count() * pieces, grain_of(length * kWork), [&](Index begin, Index end) {
    for (Index task = begin; task < end; ++task) {
      const Index row = task / pieces, first = task % pieces * piece, last = min(first + piece, length);
      const T* a_row = a + rows.start(row, rows.stride_a);
      const T* b_row = b + rows.start(row, rows.stride_b);
      for (Index i = first; i < last; ++i) f(row * length + i, a_row[i * step_a], b_row[i * step_b]);
    }
  });
}

}  // namespace

template <class T>
void unary_forward(const T* x, T* y, Index n, Unary op, T p, T q) {
  visit(op, [&](auto formula) {
    using U = decltype(formula);
    parallel_for(n, grain_of(kWork), [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) y[i] = U::forward(x[i], p, q);
    });
  });
}

template <class T>
void unary_backward(const T* dy, const T* x, const T* y, T* dx, Index n, Unary op, T p, T q) {
  visit(op, [&](auto formula) {
    using U = decltype(formula);
    parallel_for(n, grain_of(kWork), [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) dx[i] = dy[i] * U::derivative(x[i], y[i], p, q);
    });
  });
}

template <class T>
void binary_forward(const T* a, const T* b, T* y, Index ndim, const Index* shape, const Index* stride_a,
                    const Index* stride_b, Binary op) {
  visit(op, [&](auto formula) {
    using B = decltype(formula);
    for_each(a, b, Rows{ndim, shape, stride_a, stride_b},
             [&](Index i, T a_i, T b_i) { y[i] = B::forward(a_i, b_i); });
  });
}

template <class T>
void binary_backward(const T* dy, const T* a, const T* b, T* da, T* db, Index ndim, const Index* shape,
                     const Index* stride_a, const Index* stride_b, Binary op) {
  const Rows rows{ndim, shape, stride_a, stride_b};
  visit(op, [&](auto formula) {
    using B = decltype(formula);
    if (da != nullptr)
      for_each(a, b, rows, [&](Index i, T a_i, T b_i) { da[i] = dy[i] * B::derivative_a(a_i, b_i); });
    if (db != nullptr)
      for_each(a, b, rows, [&](Index i, T a_i, T b_i) { db[i] = dy[i] * B::derivative_b(a_i, b_i); });
  });
}

template <class T>
void where_forward(const std::uint8_t* condition, const T* a, const T* b, T* y, Index n) {
  parallel_for(n, grain_of(1), [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) y[i] = condition[i] ? a[i] : b[i];
  });
}

template <class T>
void fill_elementwise(KernelTable<T>& table) {
  table.unary_forward = unary_forward;
  table.unary_backward = unary_backward;
  table.binary_forward = binary_forward;
  table.binary_backward = binary_backward;
  table.where_forward = where_forward;
}
template void fill_elementwise(KernelTable<float>&);
template void fill_elementwise(KernelTable<double>&);

}  // namespace tinynn::reference
