// shared-weight: du[index[i]] += dw[i]: the gradient of a weight is the sum over its uses.
#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// dw (m, k), index (m,): add each row to the row of du (u, k) that it was taken from.
extern "C" void shared_weight(const real* dw, const long long* index, real* du, long m, long k, long u) {
  for (long i = 0; i < m; ++i)
    for (long l = 0; l < k; ++l) du[index[i] * k + l] += dw[i * k + l];
}
