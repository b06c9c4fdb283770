// linear-dx: dx = dy w.
#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// dy (m, n), w (n, k): write the gradient of the layer's input to dx (m, k).
extern "C" void linear_dx(const real* dy, const real* w, real* dx, long m, long n, long k) {
  for (long i = 0; i < m; ++i) {
    for (long l = 0; l < k; ++l) dx[i * k + l] = 0;
    for (long j = 0; j < n; ++j)
      for (long l = 0; l < k; ++l) dx[i * k + l] += dy[i * n + j] * w[j * k + l];
  }
}
