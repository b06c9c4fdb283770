// relu-backward: dx = dy where y > 0, else 0. See lesson.md; then `tinynn workshop check` this folder.
#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// dy, y (m, n): write the gradient of the ReLU's input to dx (m, n).
extern "C" void relu_backward(const real* dy, const real* y, real* dx, long m, long n) {
  // write me
}
