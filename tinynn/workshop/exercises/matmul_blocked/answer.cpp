// matmul-blocked: c = a b, block by block.
#include <algorithm>

#ifndef REAL
#define REAL double
#endif
typedef REAL real;

constexpr long kBlock = 64;  // a block of 64 x 64 doubles is 32 KB, which fits the first cache

// a (m, k), b (k, n): write the product to c (m, n).
extern "C" void matmul_blocked(const real* a, const real* b, real* c, long m, long k, long n) {
  std::fill(c, c + m * n, real(0));
  for (long ll = 0; ll < k; ll += kBlock)
    for (long jj = 0; jj < n; jj += kBlock)
      for (long i = 0; i < m; ++i)
        for (long l = ll; l < std::min(ll + kBlock, k); ++l) {
          const real kept = a[i * k + l];
          for (long j = jj; j < std::min(jj + kBlock, n); ++j) c[i * n + j] += kept * b[l * n + j];
        }
}
