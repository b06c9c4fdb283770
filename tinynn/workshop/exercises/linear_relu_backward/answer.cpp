// linear-relu-backward: back through y = max(x w^T + b, 0).
#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// dy, y (m, n), x (m, k), w (n, k): write dx (m, k), add to dw (n, k) and db (n,).
extern "C" void linear_relu_backward(const real* dy, const real* y, const real* x, const real* w, real* dx,
                                     real* dw, real* db, long m, long n, long k) {
  for (long i = 0; i < m; ++i) {
    for (long l = 0; l < k; ++l) dx[i * k + l] = 0;
    for (long j = 0; j < n; ++j) {
      if (!(y[i * n + j] > 0)) continue;  // nothing comes through
      const real dz = dy[i * n + j];
      db[j] += dz;
      for (long l = 0; l < k; ++l) {
        dx[i * k + l] += dz * w[j * k + l];
        dw[j * k + l] += dz * x[i * k + l];
      }
    }
  }
}
