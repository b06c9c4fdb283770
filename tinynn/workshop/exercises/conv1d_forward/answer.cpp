// conv1d-forward: y[n, o, p] = b[o] + sum over c, k of w[o, c, k] x[n, c, p stride + k].
#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// x (N, C, L), w (O, C, K), b (O,): write what every window gives into y (N, O, P).
extern "C" void conv1d_forward(const real* x, const real* w, const real* b, real* y, long N, long C, long L,
                               long O, long K, long P, long stride) {
  for (long n = 0; n < N; ++n)
    for (long o = 0; o < O; ++o) {
      real* row = y + (n * O + o) * P;
      for (long p = 0; p < P; ++p) row[p] = b[o];
      for (long c = 0; c < C; ++c)
        for (long k = 0; k < K; ++k)
          for (long p = 0; p < P; ++p) row[p] += w[(o * C + c) * K + k] * x[(n * C + c) * L + p * stride + k];
    }
}
