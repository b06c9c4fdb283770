// linear-forward: y = x w^T + b.
#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// x (m, k), w (n, k), b (n,): write the layer's outputs to y (m, n).
extern "C" void linear_forward(const real* x, const real* w, const real* b, real* y, long m, long k, long n) {
  for (long i = 0; i < m; ++i)
    for (long j = 0; j < n; ++j) {
      real total = b[j];
      for (long l = 0; l < k; ++l) total += x[i * k + l] * w[j * k + l];
      y[i * n + j] = total;
    }
}
