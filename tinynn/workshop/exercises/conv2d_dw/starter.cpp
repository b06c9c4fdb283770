// conv2d-dw: dw[o, c, i, j] += sum over n, p, q of dy[n, o, p, q] x[n, c, p s + i - pad, q s + j - pad].
// See lesson.md; then `tinynn workshop check` this folder.
#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// dy (N, O, P, Q), x (N, C, H, W): add the weight gradient to dw (O, C, I, J).
extern "C" void conv2d_dw(const real* dy, const real* x, real* dw, long N, long O, long P, long Q, long C,
                          long H, long W, long I, long J, long stride, long padding) {
  // write me
}
