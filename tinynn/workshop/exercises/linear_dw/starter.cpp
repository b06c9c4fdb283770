// linear-dw: dw += dy^T x. See lesson.md; then `tinynn workshop check` this folder.
#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// dy (m, n), x (m, k): add the weight gradient to dw (n, k).
extern "C" void linear_dw(const real* dy, const real* x, real* dw, long m, long n, long k) {
  // write me
}
