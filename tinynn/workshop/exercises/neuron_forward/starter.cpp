// neuron-forward: y = max(w . x + b, 0), for a batch.
// See lesson.md; then `tinynn workshop check` this folder.
#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// x (m, k), w (k,), the number b: write the neuron's answers to y (m,).
extern "C" void neuron_forward(const real* x, const real* w, real* y, long m, long k, real b) {
  // write me
}
