// softmax-xent-forward: softmax and cross-entropy of each row.
// See lesson.md; then `tinynn workshop check` this folder.
#include <cmath>

#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// x (m, c), label (m,): write the probabilities to p (m, c) and each row's loss to loss (m,).
extern "C" void softmax_xent_forward(const real* x, const long long* label, real* p, real* loss, long m,
                                     long c) {
  // write me
}
