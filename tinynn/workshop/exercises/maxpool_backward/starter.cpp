// maxpool-backward: dx[m, h, w] += dy[m, p, q] where (h, w) is the first largest of window (p, q).
// See lesson.md; then `tinynn workshop check` this folder.
#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// dy (M, P, Q), x (M, H, W), windows of k x k: write the input gradient to dx (M, H, W).
extern "C" void maxpool_backward(const real* dy, const real* x, real* dx, long M, long P, long Q, long H,
                                 long W, long k, long stride) {
  // write me
}
