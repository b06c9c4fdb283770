// conv2d-dx: dx[n, c, p s + i - pad, q s + j - pad] += sum over o of w[o, c, i, j] dy[n, o, p, q].
#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// dy (N, O, P, Q), w (O, C, I, J): write the input gradient to dx (N, C, H, W).
extern "C" void conv2d_dx(const real* dy, const real* w, real* dx, long N, long O, long P, long Q, long C,
                          long I, long J, long H, long W, long stride, long padding) {
  for (long e = 0; e < N * C * H * W; ++e) dx[e] = 0;
  for (long n = 0; n < N; ++n)
    for (long o = 0; o < O; ++o)
      for (long p = 0; p < P; ++p)
        for (long q = 0; q < Q; ++q) {
          const real d = dy[((n * O + o) * P + p) * Q + q];
          for (long c = 0; c < C; ++c)
            for (long i = 0; i < I; ++i) {
              const long row = p * stride + i - padding;
              if (row < 0 || row >= H) continue;  // it fell into the padding, which has no gradient
              for (long j = 0; j < J; ++j) {
                const long column = q * stride + j - padding;
                if (column < 0 || column >= W) continue;
                dx[((n * C + c) * H + row) * W + column] += w[((o * C + c) * I + i) * J + j] * d;
              }
            }
        }
}
