// softmax-xent-backward: dx = (p - onehot) / m.
#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// p (m, c), label (m,): write the gradient of the mean loss to dx (m, c).
extern "C" void softmax_xent_backward(const real* p, const long long* label, real* dx, long m, long c) {
  for (long i = 0; i < m; ++i)
    for (long j = 0; j < c; ++j) dx[i * c + j] = (p[i * c + j] - (j == label[i] ? 1 : 0)) / m;
}
