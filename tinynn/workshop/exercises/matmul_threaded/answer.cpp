// matmul-threaded: c = a b; a second thread takes the second half of the rows.
#include <algorithm>
#include <thread>

#ifndef REAL
#define REAL double
#endif
typedef REAL real;

constexpr long kSmall = 32 * 32 * 32;  // below that a thread costs more than it brings

// Rows from..to of c.
static void rows(const real* a, const real* b, real* c, long from, long to, long k, long n) {
  for (long i = from; i < to; ++i) {
    std::fill(c + i * n, c + i * n + n, real(0));
    for (long l = 0; l < k; ++l)
      for (long j = 0; j < n; ++j) c[i * n + j] += a[i * k + l] * b[l * n + j];
  }
}

// a (m, k), b (k, n): write the product to c (m, n).
extern "C" void matmul_threaded(const real* a, const real* b, real* c, long m, long k, long n) {
  if (m * k * n < kSmall) return rows(a, b, c, 0, m, k, n);
  const long half = m / 2;
  std::thread other(rows, a, b, c, half, m, k, n);
  rows(a, b, c, 0, half, k, n);
  other.join();
}
