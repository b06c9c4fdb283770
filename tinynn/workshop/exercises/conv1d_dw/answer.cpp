// conv1d-dw: dw[o, c, k] += sum over n, p of dy[n, o, p] x[n, c, p stride + k].
#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// dy (N, O, P), x (N, C, L): add the weight gradient to dw (O, C, K).
extern "C" void conv1d_dw(const real* dy, const real* x, real* dw, long N, long O, long P, long C, long L,
                          long K, long stride) {
  for (long n = 0; n < N; ++n)
    for (long o = 0; o < O; ++o)
      for (long c = 0; c < C; ++c)
        for (long k = 0; k < K; ++k) {
          real sum = 0;
          for (long p = 0; p < P; ++p) sum += dy[(n * O + o) * P + p] * x[(n * C + c) * L + p * stride + k];
          dw[(o * C + c) * K + k] += sum;
        }
}
