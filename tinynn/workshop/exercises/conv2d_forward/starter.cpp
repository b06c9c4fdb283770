// conv2d-forward: y = b + sum over c, i, j of w[o, c, i, j] x[n, c, p s + i - pad, q s + j - pad].
// See lesson.md; then `tinynn workshop check` this folder.
#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// x (N, C, H, W), w (O, C, I, J), b (O,): write what every window gives into y (N, O, P, Q).
extern "C" void conv2d_forward(const real* x, const real* w, const real* b, real* y, long N, long C, long H,
                               long W, long O, long I, long J, long P, long Q, long stride, long padding) {
  // write me
}
