// linear-dw: dw += dy^T x.
#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// dy (m, n), x (m, k): add the weight gradient to dw (n, k).
extern "C" void linear_dw(const real* dy, const real* x, real* dw, long m, long n, long k) {
  for (long i = 0; i < m; ++i)
    for (long j = 0; j < n; ++j)
      for (long l = 0; l < k; ++l) dw[j * k + l] += dy[i * n + j] * x[i * k + l];
}
