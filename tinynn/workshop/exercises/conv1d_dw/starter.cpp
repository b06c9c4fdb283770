// conv1d-dw: dw[o, c, k] += sum over n, p of dy[n, o, p] x[n, c, p stride + k].
// See lesson.md; then `tinynn workshop check` this folder.
#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// dy (N, O, P), x (N, C, L): add the weight gradient to dw (O, C, K).
extern "C" void conv1d_dw(const real* dy, const real* x, real* dw, long N, long O, long P, long C, long L,
                          long K, long stride) {
  // write me
}
