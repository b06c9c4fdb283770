// sigmoid-tanh-backward: back through a sigmoid and a tanh, from their outputs.
// See lesson.md; then `tinynn workshop check` this folder.
#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// dy, s, t (m, n): write the gradients of the inputs of s = sigmoid, t = tanh to du, dv (m, n).
extern "C" void sigmoid_tanh_backward(const real* dy, const real* s, const real* t, real* du, real* dv,
                                      long m, long n) {
  // write me
}
