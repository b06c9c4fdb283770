// sgd-momentum: v = momentum v + g; w = w - lr v.
#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// g (n,): update v (n,) and w (n,) in place.
extern "C" void sgd_momentum(const real* g, real* v, real* w, long n, real lr, real momentum) {
  for (long i = 0; i < n; ++i) {
    v[i] = momentum * v[i] + g[i];
    w[i] -= lr * v[i];
  }
}
