// linear-relu-backward: back through y = max(x w^T + b, 0).
// See lesson.md; then `tinynn workshop check` this folder.
#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// dy, y (m, n), x (m, k), w (n, k): write dx (m, k), add to dw (n, k) and db (n,).
extern "C" void linear_relu_backward(const real* dy, const real* y, const real* x, const real* w, real* dx,
                                     real* dw, real* db, long m, long n, long k) {
  // write me
}
