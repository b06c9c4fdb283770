// conv1d-forward: y[n, o, p] = b[o] + sum over c, k of w[o, c, k] x[n, c, p stride + k].
// See lesson.md; then `tinynn workshop check` this folder.
#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// x (N, C, L), w (O, C, K), b (O,): write what every window gives into y (N, O, P).
extern "C" void conv1d_forward(const real* x, const real* w, const real* b, real* y, long N, long C, long L,
                               long O, long K, long P, long stride) {
  // write me
}
