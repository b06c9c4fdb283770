// linear-dx: dx = dy w.
// See lesson.md; then `tinynn workshop check` this folder.
#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// dy (m, n), w (n, k): write the gradient of the layer's input to dx (m, k).
extern "C" void linear_dx(const real* dy, const real* w, real* dx, long m, long n, long k) {
  // write me
}
