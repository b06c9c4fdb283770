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
// y holds z = x w^T + b; make it act(z), and keep z where the activation does.
template <class A>
void finish_forward(float* y, float* z, Constant constant, Index n, Index r0, Index r1, Index c0, Index c1) {
  if (A::keeps == Keeps::nothing && z == nullptr) return;
  const auto finish = [=](Index i, Index count, Vec c) {
    const Vec sum = load_some(y + i, count);
    if (z != nullptr) store_some(z + i, sum, count);
    store_some(y + i, A::forward(sum, c), count);
  };
  if (c1 - c0 == n && constant.same_for_all())  // whole rows: one long row
    return for_vectors(r0 * n, r1 * n,
                       [=](Index i, Index count) { finish(i, count, constant.at(0, count)); });
  for (Index i = r0; i < r1; ++i)
    for_vectors(c0, c1, [=](Index j, Index count) { finish(i * n + j, count, constant.at(j, count)); });
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
      product_transposed({x + q * m * k, k, 1}, {w + q * n * k, k}, bq, {yq, n}, m, n, k,
                         [&](Index r0, Index r1, Index c0, Index c1) {
                           finish_forward<A>(yq, zq, constant, n, r0, r1, c0, c1);
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

  // to[(i - i0) * (j1 - j0) + j - j0] = dz_ij for rows i0..i1 and columns j0..j1
  void load_block(float* to, Index i0, Index i1, Index j0, Index j1) const {
    for (Index i = i0; i < i1; ++i, to += j1 - j0)
      for_vectors(j0, j1, [&](Index j, Index count) {
        store_some(to + j - j0, at(i, j, count, constant.at(j, count)), count);
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
  const auto load_dz = [&](float* panel, Index i0, Index i1, Index j0, Index j1, Index) -> Left {
    dz.load_block(panel, i0, i1, j0, j1);
    return {panel, j1 - j0, 1};
  };
  if (narrow_pays(m, k, n)) return product_narrow(load_dz, {w, k}, {dx, k}, m, k, n);
  product(load_dz, {w, k}, {dx, k}, m, k, n, false);
}

// sums (+)= the sum of the rows of panel[rows,cols], in order.
inline void add_rows(const float* panel, Index rows, Index cols, float* sums, bool add) {
  for_vectors(0, cols, [=](Index j, Index count) {
    Vec sum = add ? load_some(sums + j, count) : Vec(0.0f);
    for (Index i = 0; i < rows; ++i) sum = sum + load_some(panel + i * cols + j, count);
    store_some(sums + j, sum, count);
  });
}

// The same where x has so few columns that lanes along k would idle: dw^T = x^T dz, block by block of
// outputs, then turned round.
template <class Load>
void product_thin(Load&& load, const float* x, float* dw, Index m, Index n, Index k, bool add) {
  constexpr Index kWide = 256, kDeep = kPanelRows * kPanelDepth / kWide;
  for_blocks({{n, ceil_div(n, kWide), 1}, {1, 1, 1}, m * n * k}, [&](Index j0, Index j1, Index, Index) {
    alignas(64) float panel[kWide * kDeep], sums[Vec::width / 2 * kWide];
    const Result to{sums, kWide};
    for (Index i = 0; i < m || i == 0; i += kDeep) {
      const Index end = smaller(i + kDeep, m);
      load(panel, j0, j1, i, end, Index{0});
      multiply({x + i * k, 1, k}, {panel, j1 - j0}, i > 0 ? Start{sums, kWide} : kZero, to, k, j1 - j0,
               end - i);
    }
    for (Index j = j0; j < j1; ++j)
      for (Index t = 0; t < k; ++t) dw[j * k + t] = (add ? dw[j * k + t] : 0.0f) + sums[t * kWide + j - j0];
  });
}

// dw[n,k] (+)= dz^T x, and db[n] (+)= the sum of dz on the way.
template <class A>
void backward_weight(const Gradient<A>& dz, const float* x, float* dw, float* db, Index m, Index n, Index k,
                     bool add) {
  const auto load_dz = [&](float* panel, Index j0, Index j1, Index i0, Index i1, Index c0) -> Left {
    dz.load_block(panel, i0, i1, j0, j1);
    if (db != nullptr && c0 == 0) add_rows(panel, i1 - i0, j1 - j0, db + j0, add || i0 > 0);
    return {panel, 1, j1 - j0};
  };
  if (2 * k <= Vec::width && k < n) return product_thin(load_dz, x, dw, m, n, k, add);
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
      float* dbq = db == nullptr ? nullptr : db + q * n;
      if (dw != nullptr && k > 0)
        backward_weight(dz, x + q * m * k, dw + q * n * k, dbq, m, n, k, accumulate);
      else if (db != nullptr)
        sum_rows(dbq, constant, m, n, accumulate,
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
      return product_transposed(left, {bq, k}, nullptr, result, m, n, k, [](Index, Index, Index, Index) {});
    const auto in_place = [=](float*, Index r0, Index, Index t0, Index, Index) -> Left {
      return {left.p + r0 * left.row + t0 * left.step, left.row, left.step};
    };
    if (!transpose_a && narrow_pays(m, n, k)) return product_narrow(in_place, {bq, n}, result, m, n, k);
    product(in_place, {bq, n}, result, m, n, k, false);
  });
}

}  // namespace tinynn::TINYNN_NAMESPACE
