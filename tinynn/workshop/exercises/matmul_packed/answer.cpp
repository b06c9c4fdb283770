// matmul-packed: c = a b; blocks of b are copied to a place of their own, in the order in which they are read.
#include <algorithm>

#ifndef REAL
#define REAL double
#endif
typedef REAL real;

constexpr long kDeep = 128;  // of the sum
constexpr long kWide = 16;   // columns that lie beside each other when packed
constexpr long kRows = 4;    // rows of c that are summed at once, in registers

// c (rows, n) += a (rows, k) times the packed block (deep, kWide), of which `wide` columns count.
static void rows_times_block(const real* a, const real* packed, real* c, long rows, long deep, long wide,
                             long k, long n) {
  real sum[kRows][kWide] = {};
  for (long l = 0; l < deep; ++l)
    for (long i = 0; i < rows; ++i)
      for (long j = 0; j < kWide; ++j) sum[i][j] += a[i * k + l] * packed[l * kWide + j];
  for (long i = 0; i < rows; ++i)
    for (long j = 0; j < wide; ++j) c[i * n + j] += sum[i][j];
}

// a (m, k), b (k, n): write the product to c (m, n).
extern "C" void matmul_packed(const real* a, const real* b, real* c, long m, long k, long n) {
  real packed[kDeep * kWide];
  std::fill(c, c + m * n, real(0));
  for (long ll = 0; ll < k; ll += kDeep) {
    const long deep = std::min(kDeep, k - ll);
    for (long jj = 0; jj < n; jj += kWide) {
      const long wide = std::min(kWide, n - jj);
      for (long l = 0; l < deep; ++l)
        for (long j = 0; j < kWide; ++j) packed[l * kWide + j] = j < wide ? b[(ll + l) * n + jj + j] : 0;
      long i = 0;
      for (; i + kRows <= m; i += kRows)
        rows_times_block(a + i * k + ll, packed, c + i * n + jj, kRows, deep, wide, k, n);
      rows_times_block(a + i * k + ll, packed, c + i * n + jj, m - i, deep, wide, k, n);
    }
  }
}
