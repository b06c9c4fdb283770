// softmax-xent-forward: softmax and cross-entropy of each row.
#include <cmath>

#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// x (m, c), label (m,): write the probabilities to p (m, c) and each row's loss to loss (m,).
extern "C" void softmax_xent_forward(const real* x, const long long* label, real* p, real* loss, long m,
                                     long c) {
  for (long i = 0; i < m; ++i) {
    const real* row = x + i * c;
    real largest = row[0];
    for (long j = 1; j < c; ++j)
      if (row[j] > largest) largest = row[j];
    real total = 0;
    for (long j = 0; j < c; ++j) total += p[i * c + j] = std::exp(row[j] - largest);
    for (long j = 0; j < c; ++j) p[i * c + j] /= total;
    loss[i] = std::log(total) - (row[label[i]] - largest);
  }
}
