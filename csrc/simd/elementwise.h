// Arithmetic, element by element. Fast where memory is read as it lies: a whole vector of each input, or one
// number repeated. The rest (transposed inputs, and sin, cos and pow, which have no vector version) is left
// to the reference.
//
// Contract: kernels.def, "elementwise".   n elements   shape[ndim] of the result, strides in elements
#pragma once

#include "formula_vec.h"
#include "span.h"

namespace tinynn::TINYNN_NAMESPACE {

inline bool has_vector_version(Unary op) { return op != Unary::sin && op != Unary::cos && op != Unary::pow; }

// What an operation costs; see kCheap and kDear.
inline Index cost_of(Unary op) { return op == Unary::exp || op == Unary::log ? kDear : kCheap; }

// visit() for the operations that have a vector version.
template <class F>
void visit_vector(Unary op, F&& f) {
  visit(op, [&](auto formula) {
    using U = decltype(formula);
    if constexpr (!std::is_same_v<U, Sin> && !std::is_same_v<U, Cos> && !std::is_same_v<U, Power>) f(formula);
  });
}

inline void unary_forward(const float* x, float* y, Index n, Unary op, float p, float q) {
  if (!has_vector_version(op)) return reference::unary_forward<float>(x, y, n, op, p, q);
  visit_vector(op, [&](auto formula) {
    using U = decltype(formula);
    for_all(n, cost_of(op), [=](Index i, Index count) {
      store_some(y + i, U::forward(load_some(x + i, count), Vec(p), Vec(q)), count);
    });
  });
}

inline void unary_backward(const float* dy, const float* x, const float* y, float* dx, Index n, Unary op,
                           float p, float q) {
  if (!has_vector_version(op)) return reference::unary_backward<float>(dy, x, y, dx, n, op, p, q);
  visit_vector(op, [&](auto formula) {
    using U = decltype(formula);
    for_all(n, kCheap, [=](Index i, Index count) {
      const Vec slope = U::derivative(load_some(x + i, count), load_some(y + i, count), Vec(p), Vec(q));
      store_some(dx + i, load_some(dy + i, count) * slope, count);
    });
  });
}

// ---- binary --------------------------------------------------------------------------------------
// The result as rows of its last axis, neighbouring axes joined where both inputs allow it.
class Rows {
 public:
  // Along the last axis an input must be read in order (step 1) or repeated (step 0).
  Rows(Index ndim, const Index* shape, const Index* stride_a, const Index* stride_b) {
    for (Index axis = ndim - 1; axis >= 0; --axis) {
      if (shape[axis] == 1) continue;
      const bool joins = axes_ > 0 && stride_a[axis] == stride_a_[axes_ - 1] * shape_[axes_ - 1] &&
                         stride_b[axis] == stride_b_[axes_ - 1] * shape_[axes_ - 1];
      if (joins) {
        shape_[axes_ - 1] *= shape[axis];
      } else if (axes_ == kAxes) {
        too_many_ = true;
      } else {
        shape_[axes_] = shape[axis], stride_a_[axes_] = stride_a[axis], stride_b_[axes_] = stride_b[axis];
        ++axes_;
      }
    }
    if (axes_ == 0) axes_ = 1;
  }
  bool in_order() const { return !too_many_ && in_order(stride_a_[0]) && in_order(stride_b_[0]); }
  Index length() const { return shape_[0]; }
  Index count() const {
    Index rows = 1;
    for (int axis = 1; axis < axes_; ++axis) rows *= shape_[axis];
    return rows;
  }
  bool repeats_a() const { return stride_a_[0] == 0; }
  bool repeats_b() const { return stride_b_[0] == 0; }
  Index start_a(Index row) const { return start(row, stride_a_); }
  Index start_b(Index row) const { return start(row, stride_b_); }

 private:
  static constexpr int kAxes = 6;
  static bool in_order(Index step) { return step == 0 || step == 1; }
  Index start(Index row, const Index* stride) const {
    Index offset = 0;
    for (int axis = 1; axis < axes_; ++axis) {
      offset += row % shape_[axis] * stride[axis];
      row /= shape_[axis];
    }
    return offset;
  }

  // The last axis comes first; a scalar is one row of one element.
  int axes_ = 0;
  bool too_many_ = false;
  Index shape_[kAxes] = {1}, stride_a_[kAxes] = {1}, stride_b_[kAxes] = {1};
};

// f(i, count, a, b) for every vector of the result.
template <class F>
void for_pairs(const float* a, const float* b, const Rows& rows, F&& f) {
  const Index length = rows.length();
  const auto row = [&](Index r, Index begin, Index end) {
    const float* a_row = a + rows.start_a(r);
    const float* b_row = b + rows.start_b(r);
    for_vectors(begin, end, [&](Index i, Index count) {
      const Vec left = rows.repeats_a() ? Vec(*a_row) : load_some(a_row + i, count);
      const Vec right = rows.repeats_b() ? Vec(*b_row) : load_some(b_row + i, count);
      f(r * length + i, count, left, right);
    });
  };
  if (rows.count() == 1)
    return parallel_for(length, 49152, [&](Index begin, Index end) { row(0, begin, end); });
  parallel_for(rows.count(), 49152 / larger(length, 1) + 1, [&](Index begin, Index end) {
    for (Index r = begin; r < end; ++r) row(r, 0, length);
  });
}

template <class F>
void visit_vector(Binary op, F&& f) {
  visit(op, [&](auto formula) {
    if constexpr (!std::is_same_v<decltype(formula), Pow>) f(formula);
  });
}

inline void binary_forward(const float* a, const float* b, float* y, Index ndim, const Index* shape,
                           const Index* stride_a, const Index* stride_b, Binary op) {
  const Rows rows(ndim, shape, stride_a, stride_b);
  if (op == Binary::pow || !rows.in_order())
    return reference::binary_forward<float>(a, b, y, ndim, shape, stride_a, stride_b, op);
  visit_vector(op, [&](auto formula) {
    using B = decltype(formula);
    for_pairs(a, b, rows,
              [=](Index i, Index count, Vec p, Vec q) { store_some(y + i, B::forward(p, q), count); });
  });
}

inline void binary_backward(const float* dy, const float* a, const float* b, float* da, float* db, Index ndim,
                            const Index* shape, const Index* stride_a, const Index* stride_b, Binary op) {
  const Rows rows(ndim, shape, stride_a, stride_b);
  if (op == Binary::pow || !rows.in_order())
    return reference::binary_backward<float>(dy, a, b, da, db, ndim, shape, stride_a, stride_b, op);
  visit_vector(op, [&](auto formula) {
    using B = decltype(formula);
    for_pairs(a, b, rows, [=](Index i, Index count, Vec p, Vec q) {
      const Vec up = load_some(dy + i, count);
      if (da != nullptr) store_some(da + i, up * B::derivative_a(p, q), count);
      if (db != nullptr) store_some(db + i, up * B::derivative_b(p, q), count);
    });
  });
}

}  // namespace tinynn::TINYNN_NAMESPACE
