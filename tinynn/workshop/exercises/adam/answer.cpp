// adam: m, v = means of g and g^2; w = w - lr m^ / (sqrt(v^) + eps).
#include <cmath>

#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// g (n,): update m (n,), v (n,) and w (n,) in place; step is 1 at the first.
extern "C" void adam(const real* g, real* m, real* v, real* w, long n, real lr, real beta1, real beta2,
                     real eps, long step) {
  const real correct_m = 1 - std::pow(beta1, real(step)), correct_v = 1 - std::pow(beta2, real(step));
  for (long i = 0; i < n; ++i) {
    m[i] = beta1 * m[i] + (1 - beta1) * g[i];
    v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
    const real m_hat = m[i] / correct_m, v_hat = v[i] / correct_v;
    w[i] -= lr * m_hat / (std::sqrt(v_hat) + eps);
  }
}
