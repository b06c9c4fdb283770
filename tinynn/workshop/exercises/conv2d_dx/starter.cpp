// conv2d-dx: dx[n, c, p s + i - pad, q s + j - pad] += sum over o of w[o, c, i, j] dy[n, o, p, q].
// See lesson.md; then `tinynn workshop check` this folder.
#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// dy (N, O, P, Q), w (O, C, I, J): write the input gradient to dx (N, C, H, W).
extern "C" void conv2d_dx(const real* dy, const real* w, real* dx, long N, long O, long P, long Q, long C,
                          long I, long J, long H, long W, long stride, long padding) {
  // write me
}
