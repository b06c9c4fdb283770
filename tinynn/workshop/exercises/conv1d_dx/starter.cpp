// conv1d-dx: dx[n, c, p stride + k] += sum over o of w[o, c, k] dy[n, o, p].
// See lesson.md; then `tinynn workshop check` this folder.
#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// dy (N, O, P), w (O, C, K): write the input gradient to dx (N, C, L).
extern "C" void conv1d_dx(const real* dy, const real* w, real* dx, long N, long O, long P, long C, long K,
                          long L, long stride) {
  // write me
}
