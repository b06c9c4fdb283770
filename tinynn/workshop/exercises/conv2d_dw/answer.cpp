// conv2d-dw: dw[o, c, i, j] += sum over n, p, q of dy[n, o, p, q] x[n, c, p s + i - pad, q s + j - pad].
#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// dy (N, O, P, Q), x (N, C, H, W): add the weight gradient to dw (O, C, I, J).
extern "C" void conv2d_dw(const real* dy, const real* x, real* dw, long N, long O, long P, long Q, long C,
                          long H, long W, long I, long J, long stride, long padding) {
  for (long n = 0; n < N; ++n)
    for (long o = 0; o < O; ++o)
      for (long c = 0; c < C; ++c)
        for (long i = 0; i < I; ++i)
          for (long j = 0; j < J; ++j) {
            real sum = 0;
            for (long p = 0; p < P; ++p) {
              const long row = p * stride + i - padding;
              if (row < 0 || row >= H) continue;  // the padding is 0: it adds nothing
              for (long q = 0; q < Q; ++q) {
                const long column = q * stride + j - padding;
                if (column < 0 || column >= W) continue;
                sum += dy[((n * O + o) * P + p) * Q + q] * x[((n * C + c) * H + row) * W + column];
              }
            }
            dw[((o * C + c) * I + i) * J + j] += sum;
          }
}
