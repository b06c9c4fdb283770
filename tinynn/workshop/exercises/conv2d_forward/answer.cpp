// conv2d-forward: y = b + sum over c, i, j of w[o, c, i, j] x[n, c, p s + i - pad, q s + j - pad].
#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// x (N, C, H, W), w (O, C, I, J), b (O,): write what every window gives into y (N, O, P, Q).
extern "C" void conv2d_forward(const real* x, const real* w, const real* b, real* y, long N, long C, long H,
                               long W, long O, long I, long J, long P, long Q, long stride, long padding) {
  for (long n = 0; n < N; ++n)
    for (long o = 0; o < O; ++o)
      for (long p = 0; p < P; ++p)
        for (long q = 0; q < Q; ++q) {
          real sum = b[o];
          for (long c = 0; c < C; ++c)
            for (long i = 0; i < I; ++i) {
              const long row = p * stride + i - padding;
              if (row < 0 || row >= H) continue;  // the padding is 0: it adds nothing
              for (long j = 0; j < J; ++j) {
                const long column = q * stride + j - padding;
                if (column < 0 || column >= W) continue;
                sum += w[((o * C + c) * I + i) * J + j] * x[((n * C + c) * H + row) * W + column];
              }
            }
          y[((n * O + o) * P + p) * Q + q] = sum;
        }
}
