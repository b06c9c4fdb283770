// sigmoid-tanh-backward: back through a sigmoid and a tanh, from their outputs.
#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// dy, s, t (m, n): write the gradients of the inputs of s = sigmoid, t = tanh to du, dv (m, n).
extern "C" void sigmoid_tanh_backward(const real* dy, const real* s, const real* t, real* du, real* dv,
                                      long m, long n) {
  for (long i = 0; i < m * n; ++i) {
    du[i] = dy[i] * s[i] * (1 - s[i]);
    dv[i] = dy[i] * (1 - t[i] * t[i]);
  }
}
