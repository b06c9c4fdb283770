// The linear kernels as loops over rows. Contracts: kernels.def.
//
// m rows   n outputs   k inputs   g independent matrices   p pieces of maxout
// Two inner loops do all the work, both over contiguous memory: a dot product where the sum runs along rows
// of both operands, and row += factor * row where it runs across them.
#include <algorithm>

#include "reference.h"

namespace tinynn::reference {
namespace {

// Eight partial sums instead of one: a fixed order that still lets the compiler use vectors.
template <class T>
T dot(const T* a, const T* b, Index n) {
  T partial[8] = {};
  Index i = 0;
  for (; i + 8 <= n; i += 8)
    for (int lane = 0; lane < 8; ++lane) partial[lane] += a[i + lane] * b[i + lane];
  for (; i < n; ++i) partial[0] += a[i] * b[i];
  return ((partial[0] + partial[4]) + (partial[1] + partial[5])) +
         ((partial[2] + partial[6]) + (partial[3] + partial[7]));
}

// y += factor * x
template <class T>
void add_scaled(T factor, const T* x, T* y, Index n) {
  for (Index i = 0; i < n; ++i) y[i] += factor * x[i];
}

// c[g,m,n] (+)= a b, a[g,m,k] b[g,k,n]; element (i, l) of a stands at a[i * row + l * column].
template <class T>
void multiply_across(const T* a, const T* b, T* c, Index g, Index m, Index n, Index k, Index row,
                     Index column, bool accumulate) {
  parallel_rows(g, m, n * k, [&](Index group, Index begin, Index end) {
    const T* a_g = a + group * m * k;
    const T* b_g = b + group * k * n;
    T* c_g = c + group * m * n;
    if (!accumulate) std::fill(c_g + begin * n, c_g + end * n, T(0));
    for (Index l = 0; l < k; ++l)
      for (Index i = begin; i < end; ++i) add_scaled(a_g[i * row + l * column], b_g + l * n, c_g + i * n, n);
  });
}

// sums[g,n] (+)= sum over the rows of term(row of g * m rows, column).
template <class T, class F>
void sum_columns(Index g, Index m, Index n, T* sums, bool accumulate, F&& term) {
  parallel_rows(g, n, m, [&](Index group, Index begin, Index end) {
    T* sum = sums + group * n;
    if (!accumulate) std::fill(sum + begin, sum + end, T(0));
    for (Index i = group * m; i < (group + 1) * m; ++i)
      for (Index j = begin; j < end; ++j) sum[j] += term(i, j);
  });
}

// dslope[n_slope] (+)= sum over rows of dy * dact/dslope(z). dy, z[rows,n]
template <class T>
void sum_dslope(const T* dy, const T* z, T* dslope, Index rows, Index n, Index n_slope, bool accumulate) {
  const auto term = [&](Index i, Index j) { return dy[i * n + j] * Prelu::dslope(z[i * n + j]); };
  if (n_slope != 1) return sum_columns(1, rows, n, dslope, accumulate, term);
  const double total = parallel_sum(rows * n, 2, [&](Index i) { return term(0, i); });
  dslope[0] = (accumulate ? dslope[0] : T(0)) + T(total);
}

}  // namespace

template <class T>
void linear_forward(const T* x, const T* w, const T* b, const T* slope, T* y, T* z, Index g, Index m, Index n,
                    Index k, Index n_slope, Activation act, T alpha) {
  visit(act, [&](auto formula) {
    using A = decltype(formula);
    parallel_rows(g, m, n * k, [&](Index group, Index begin, Index end) {
      for (Index j = 0; j < n; ++j) {
        const T* w_j = w + (group * n + j) * k;
        const T bias = b == nullptr ? T(0) : b[group * n + j];
        const T a = act == Activation::prelu ? slope[n_slope == 1 ? 0 : j] : alpha;
        for (Index i = group * m + begin; i < group * m + end; ++i) {
          const T z_ij = dot(x + i * k, w_j, k) + bias;
          if (z != nullptr) z[i * n + j] = z_ij;
          y[i * n + j] = A::forward(z_ij, a);
        }
      }
    });
  });
}

template <class T>
void linear_backward(const T* dy, const T* x, const T* w, const T* kept, const T* slope, T* dx, T* dw, T* db,
                     T* dslope, Index g, Index m, Index n, Index k, Index n_slope, Activation act, T alpha,
                     bool accumulate) {
  std::unique_ptr<T[]> scratch;
  const T* dz = dy;
  if (act != Activation::identity) {
    scratch.reset(new T[g * m * n]);
    dz = scratch.get();
    activation_backward(dy, kept, slope, scratch.get(), static_cast<T*>(nullptr), g * m, n, Index{1}, n_slope,
                        act, alpha, false);
  }
  if (dx != nullptr) multiply_across(dz, w, dx, g, m, k, n, n, Index{1}, false);       // dz w
  if (dw != nullptr) multiply_across(dz, x, dw, g, n, k, m, Index{1}, n, accumulate);  // dz^T x
  if (db != nullptr) sum_columns(g, m, n, db, accumulate, [&](Index i, Index j) { return dz[i * n + j]; });
  if (dslope != nullptr) sum_dslope(dy, kept, dslope, g * m, n, n_slope, accumulate);
}

template <class T>
void maxout_forward(const T* x, const T* w, const T* b, T* y, std::uint8_t* arg, Index pieces, Index m,
                    Index n, Index k) {
  parallel_for(m, grain_of(pieces * n * k), [&](Index begin, Index end) {
    for (Index p = 0; p < pieces; ++p)
      for (Index j = 0; j < n; ++j) {
        const T* w_pj = w + (p * n + j) * k;
        const T bias = b == nullptr ? T(0) : b[p * n + j];
        for (Index i = begin; i < end; ++i) {
          const T z = dot(x + i * k, w_pj, k) + bias;
          T& best = y[i * n + j];
          if (p > 0 && !(z > best || (z != z && best == best))) continue;  // NaN wins, as in NumPy
          best = z;
          arg[i * n + j] = static_cast<std::uint8_t>(p);
        }
      }
  });
}

template <class T>
void maxout_backward(const T* dy, const T* x, const T* w, const std::uint8_t* arg, T* dx, T* dw, T* db,
                     Index pieces, Index m, Index n, Index k, bool accumulate) {
  if (dx != nullptr)
    parallel_for(m, grain_of(n * k), [&](Index begin, Index end) {
      std::fill(dx + begin * k, dx + end * k, T(0));
      for (Index j = 0; j < n; ++j)
        for (Index i = begin; i < end; ++i)
          add_scaled(dy[i * n + j], w + (arg[i * n + j] * n + j) * k, dx + i * k, k);
    });
  if (dw == nullptr && db == nullptr) return;
  parallel_for(n, grain_of(m * k), [&](Index begin, Index end) {  // each output owns its row in every piece
    for (Index p = 0; p < pieces && !accumulate; ++p) {
      if (dw != nullptr) std::fill(dw + (p * n + begin) * k, dw + (p * n + end) * k, T(0));
      if (db != nullptr) std::fill(db + p * n + begin, db + p * n + end, T(0));
    }
    for (Index i = 0; i < m; ++i)
      for (Index j = begin; j < end; ++j) {
        const Index row = arg[i * n + j] * n + j;
        if (dw != nullptr) add_scaled(dy[i * n + j], x + i * k, dw + row * k, k);
        if (db != nullptr) db[row] += dy[i * n + j];
      }
  });
}

template <class T>
void matmul(const T* a, const T* b, T* c, Index g, Index m, Index n, Index k, bool transpose_a,
            bool transpose_b) {
  const Index row = transpose_a ? 1 : k, column = transpose_a ? m : 1;
  if (!transpose_b) return multiply_across(a, b, c, g, m, n, k, row, column, false);
  std::unique_ptr<T[]> rows_of_a;  // dot products need a's rows in one piece
  if (transpose_a) {
    rows_of_a.reset(new T[g * m * k]);
    parallel_rows(g, m, k, [&](Index group, Index begin, Index end) {
      for (Index i = begin; i < end; ++i)
        for (Index l = 0; l < k; ++l) rows_of_a[(group * m + i) * k + l] = a[(group * k + l) * m + i];
    });
    a = rows_of_a.get();
  }
  parallel_rows(g, m, n * k, [&](Index group, Index begin, Index end) {
    for (Index j = 0; j < n; ++j)
      for (Index i = group * m + begin; i < group * m + end; ++i)
        c[i * n + j] = dot(a + i * k, b + (group * n + j) * k, k);
  });
}

template <class T>
void fill_linear(KernelTable<T>& table) {
  table.linear_forward = linear_forward;
  table.linear_backward = linear_backward;
  table.maxout_forward = maxout_forward;
  table.maxout_backward = maxout_backward;
  table.matmul = matmul;
}
template void fill_linear(KernelTable<float>&);
template void fill_linear(KernelTable<double>&);

}  // namespace tinynn::reference
