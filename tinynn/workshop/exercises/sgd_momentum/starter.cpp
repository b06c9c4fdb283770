// sgd-momentum: v = momentum v + g; w = w - lr v.
// See lesson.md; then `tinynn workshop check` this folder.
#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// g (n,): update v (n,) and w (n,) in place.
extern "C" void sgd_momentum(const real* g, real* v, real* w, long n, real lr, real momentum) {
  // write me
}
