// adam: m, v = means of g and g^2; w = w - lr m^ / (sqrt(v^) + eps).
// See lesson.md; then `tinynn workshop check` this folder.
#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// g (n,): update m (n,), v (n,) and w (n,) in place; step is 1 at the first.
extern "C" void adam(const real* g, real* m, real* v, real* w, long n, real lr, real beta1, real beta2,
                     real eps, long step) {
  // write me
}
