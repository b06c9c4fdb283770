// matmul-simd: c = a b; blocks of 4 rows and 2 vectors of c stay in registers while the sum runs.
#include <cstring>

#ifndef REAL
#define REAL double
#endif
typedef REAL real;
typedef real vec __attribute__((vector_size(32)));  // 4 doubles or 8 floats

constexpr long kLanes = 32 / sizeof(real);
constexpr long kRows = 4;
constexpr long kWide = 2 * kLanes;

static vec load(const real* p) {
  vec v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

static void store(real* p, vec v) { std::memcpy(p, &v, sizeof v); }

// kRows rows and kWide columns of c.
static void block(const real* a, const real* b, real* c, long k, long n) {
  vec sum[kRows][2] = {};
  for (long l = 0; l < k; ++l) {
    const vec left = load(b + l * n), right = load(b + l * n + kLanes);
    for (long i = 0; i < kRows; ++i) {
      sum[i][0] += a[i * k + l] * left;
      sum[i][1] += a[i * k + l] * right;
    }
  }
  for (long i = 0; i < kRows; ++i) {
    store(c + i * n, sum[i][0]);
    store(c + i * n + kLanes, sum[i][1]);
  }
}

// What no whole block covers: columns from..n of a row.
static void rest(const real* a, const real* b, real* c, long from, long k, long n) {
  for (long j = from; j < n; ++j) {
    real sum = 0;
    for (long l = 0; l < k; ++l) sum += a[l] * b[l * n + j];
    c[j] = sum;
  }
}

// a (m, k), b (k, n): write the product to c (m, n).
extern "C" void matmul_simd(const real* a, const real* b, real* c, long m, long k, long n) {
  const long rows = m - m % kRows, columns = n - n % kWide;
  for (long j = 0; j < columns; j += kWide)
    for (long i = 0; i < rows; i += kRows) block(a + i * k, b + j, c + i * n + j, k, n);
  for (long i = 0; i < m; ++i) rest(a + i * k, b, c + i * n, i < rows ? columns : 0, k, n);
}
