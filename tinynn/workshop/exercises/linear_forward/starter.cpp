// linear-forward: y = x w^T + b.
// See lesson.md; then `tinynn workshop check` this folder.
#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// x (m, k), w (n, k), b (n,): write the layer's outputs to y (m, n).
extern "C" void linear_forward(const real* x, const real* w, const real* b, real* y, long m, long k, long n) {
  // write me
}
