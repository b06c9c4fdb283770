// neuron-forward: y = max(w . x + b, 0), for a batch.
#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// x (m, k), w (k,), the number b: write the neuron's answers to y (m,).
extern "C" void neuron_forward(const real* x, const real* w, real* y, long m, long k, real b) {
  for (long i = 0; i < m; ++i) {
    real z = b;
    for (long l = 0; l < k; ++l) z += w[l] * x[i * k + l];
    y[i] = z > 0 ? z : 0;
  }
}
