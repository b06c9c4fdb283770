// conv1d-dx: dx[n, c, p stride + k] += sum over o of w[o, c, k] dy[n, o, p].
#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// dy (N, O, P), w (O, C, K): write the input gradient to dx (N, C, L).
extern "C" void conv1d_dx(const real* dy, const real* w, real* dx, long N, long O, long P, long C, long K,
                          long L, long stride) {
  for (long n = 0; n < N; ++n)
    for (long c = 0; c < C; ++c) {
      real* row = dx + (n * C + c) * L;
      for (long l = 0; l < L; ++l) row[l] = 0;
      for (long o = 0; o < O; ++o)
        for (long k = 0; k < K; ++k)
          for (long p = 0; p < P; ++p)
            row[p * stride + k] += w[(o * C + c) * K + k] * dy[(n * O + o) * P + p];
    }
}
