// linear and its backward pass. Fast because all three products run at the speed of the multipliers
// (gemm.h, dot.h), bias and activation are applied while a block of y is still in the nearest cache, and
// the derivative is applied while dy is loaded: dz is never written to memory.
//
// Contract: kernels.def, "linear".   m rows   n outputs   k inputs   g independent matrices
#pragma once

#include "constant.h"
#include "product.h"

namespace tinynn::TINYNN_NAMESPACE {

// ---- forward -------------------------------------------------------------------------------------
// y holds x w^T; make it act(x w^T + b), and keep z where the activation does.
template <class A>
void finish_forward(float* y, float* z, const float* b, Constant constant, Index n, Index r0, Index r1,
                    Index c0, Index c1) {
  for_vectors(c0, c1, [&](Index j, Index count) {
    const Vec bias = b == nullptr ? Vec(0.0f) : load_some(b + j, count);
    const Vec c = constant.at(j, count);
    for (Index i = r0; i < r1; ++i) {
      const Vec sum = load_some(y + i * n + j, count) + bias;
      if (z != nullptr) store_some(z + i * n + j, sum, count);
      store_some(y + i * n + j, A::forward(sum, c), count);
    }
  });
}

inline void linear_forward(const float* x, const float* w, const float* b, const float* slope, float* y,
                           float* z, Index g, Index m, Index n, Index k, Index n_slope, Activation act,
                           float alpha) {
  const Constant constant = constant_of(act, slope, n_slope, alpha);
  visit(act, [&](auto formula) {
    using A = decltype(formula);
    for_matrices(g, m * n * k, [&](Index q) {
      float* yq = y + q * m * n;
      float* zq = z == nullptr ? nullptr : z + q * m * n;
      const float* bq = b == nullptr ? nullptr : b + q * n;
      product_transposed({x + q * m * k, k, 1}, {w + q * n * k, k}, {yq, n}, m, n, k,
                         [&](Index r0, Index r1, Index c0, Index c1) {
                           finish_forward<A>(yq, zq, bq, constant, n, r0, r1, c0, c1);
                         });
    });
  });
}

// ---- backward ------------------------------------------------------------------------------------
// dz = dy * act'(kept), made on the fly.
template <class A>
struct Gradient {
  const float* dy;
  const float* kept;
  Constant constant;
  Index n;

  // to[(i - i0) * row + j - j0] = dz_ij for rows i0..i1 and columns j0..j1
  void load_block(float* to, Index row, Index i0, Index i1, Index j0, Index j1) const {
    for_vectors(j0, j1, [&](Index j, Index count) {
      const Vec c = constant.at(j, count);
      for (Index i = i0; i < i1; ++i) store_some(to + (i - i0) * row + j - j0, at(i, j, count, c), count);
    });
  }
  Vec at(Index i, Index j, Index count, Vec c) const {
    const Vec up = load_some(dy + i * n + j, count);
    if constexpr (A::keeps == Keeps::nothing) return up;
    return up * A::derivative(load_some(kept + i * n + j, count), c);
  }
};

// dx[m,k] = dz w
template <class A>
void backward_input(const Gradient<A>& dz, const float* w, float* dx, Index m, Index n, Index k) {
  const auto load_dz = [&](float* panel, Index i0, Index i1, Index j0, Index j1) -> Left {
    dz.load_block(panel, j1 - j0, i0, i1, j0, j1);
    return {panel, j1 - j0, 1};
  };
  product(load_dz, {w, k}, {dx, k}, m, k, n, false);
}

// dw[n,k] (+)= dz^T x
template <class A>
void backward_weight(const Gradient<A>& dz, const float* x, float* dw, Index m, Index n, Index k, bool add) {
  const auto load_dz = [&](float* panel, Index j0, Index j1, Index i0, Index i1) -> Left {
    dz.load_block(panel, j1 - j0, i0, i1, j0, j1);
    return {panel, 1, j1 - j0};
  };
  product(load_dz, {x, k}, {dw, k}, n, k, m, add);
}

// sums[n] (+)= sum over the m rows of term(i, j, count, c), in the order of the rows.
template <class F>
void sum_rows(float* sums, Constant constant, Index m, Index n, bool add, F&& term) {
  for_vectors(0, n, [&](Index j, Index count) {
    const Vec c = constant.at(j, count);
    Vec sum = add ? load_some(sums + j, count) : Vec(0.0f);
    for (Index i = 0; i < m; ++i) sum = sum + term(i, j, count, c);
    store_some(sums + j, sum, count);
  });
}

// dslope (+)= sum dy * dact/dslope(z): per column, or all columns together where there is one slope.
inline void backward_slope(const float* dy, const float* z, float* dslope, Constant constant, Index m,
                           Index n, bool add) {
  const auto term = [&](Index i, Index j, Index count, Vec) {
    return load_some(dy + i * n + j, count) * Prelu::dslope(load_some(z + i * n + j, count));
  };
  if (constant.n_slope != 1) return sum_rows(dslope, constant, m, n, add, term);
  Vec sum(0.0f);
  for (Index i = 0; i < m; ++i)
    for_vectors(0, n, [&](Index j, Index count) { sum = sum + term(i, j, count, sum); });
  *dslope = (add ? *dslope : 0.0f) + reduce_add(sum);
}

inline void linear_backward(const float* dy, const float* x, const float* w, const float* kept,
                            const float* slope, float* dx, float* dw, float* db, float* dslope, Index g,
                            Index m, Index n, Index k, Index n_slope, Activation act, float alpha,
                            bool accumulate) {
  const Constant constant = constant_of(act, slope, n_slope, alpha);
  visit(act, [&](auto formula) {
    using A = decltype(formula);
    for_matrices(g, m * n * k, [&](Index q) {
      const Gradient<A> dz{dy + q * m * n, kept == nullptr ? nullptr : kept + q * m * n, constant, n};
      if (dx != nullptr) backward_input(dz, w + q * n * k, dx + q * m * k, m, n, k);
      if (dw != nullptr) backward_weight(dz, x + q * m * k, dw + q * n * k, m, n, k, accumulate);
      if (db != nullptr)
        sum_rows(db + q * n, constant, m, n, accumulate,
                 [&](Index i, Index j, Index count, Vec c) { return dz.at(i, j, count, c); });
    });
  });
  if (dslope != nullptr) backward_slope(dy, kept, dslope, constant, g * m, n, accumulate);
}

// ---- matmul --------------------------------------------------------------------------------------
inline void matmul(const float* a, const float* b, float* c, Index g, Index m, Index n, Index k,
                   bool transpose_a, bool transpose_b) {
  for_matrices(g, m * n * k, [&](Index q) {
    const float* aq = a + q * m * k;
    const float* bq = b + q * k * n;
    const Left left = transpose_a ? Left{aq, 1, m} : Left{aq, k, 1};
    const Result result{c + q * m * n, n};
    if (transpose_b)
      return product_transposed(left, {bq, k}, result, m, n, k, [](Index, Index, Index, Index) {});
    const auto in_place = [=](float*, Index r0, Index, Index t0, Index) -> Left {
      return {left.p + r0 * left.row + t0 * left.step, left.row, left.step};
    };
    product(in_place, {bq, n}, result, m, n, k, false);
  });
}

}  // namespace tinynn::TINYNN_NAMESPACE
