// linear-db: db += the sum of dy over the batch.
#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// dy (m, n): add the bias gradient to db (n,).
extern "C" void linear_db(const real* dy, real* db, long m, long n) {
  for (long i = 0; i < m; ++i)
    for (long j = 0; j < n; ++j) db[j] += dy[i * n + j];
}
