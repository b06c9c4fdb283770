// maxpool-backward: dx[m, h, w] += dy[m, p, q] where (h, w) is the first largest of window (p, q).
#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// dy (M, P, Q), x (M, H, W), windows of k x k: write the input gradient to dx (M, H, W).
extern "C" void maxpool_backward(const real* dy, const real* x, real* dx, long M, long P, long Q, long H,
                                 long W, long k, long stride) {
  for (long i = 0; i < M * H * W; ++i) dx[i] = 0;
  for (long m = 0; m < M; ++m)
    for (long p = 0; p < P; ++p)
      for (long q = 0; q < Q; ++q) {
        long first = (m * H + p * stride) * W + q * stride, won = first;
        for (long i = 0; i < k; ++i)
          for (long j = 0; j < k; ++j)
            if (x[first + i * W + j] > x[won]) won = first + i * W + j;  // > and not >=: the first of equals
        dx[won] += dy[(m * P + p) * Q + q];
      }
}
