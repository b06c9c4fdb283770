// matmul-threaded, against which it is timed: three loops, the sum innermost.
#ifndef REAL
#define REAL double
#endif
typedef REAL real;

extern "C" void matmul_threaded(const real* a, const real* b, real* c, long m, long k, long n) {
  for (long i = 0; i < m; ++i)
    for (long j = 0; j < n; ++j) {
      real sum = 0;
      for (long l = 0; l < k; ++l) sum += a[i * k + l] * b[l * n + j];
      c[i * n + j] = sum;
    }
}
