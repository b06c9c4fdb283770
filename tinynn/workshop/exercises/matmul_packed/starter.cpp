// matmul-packed: c = a b, in packed blocks. See lesson.md; then `tinynn workshop check` this folder.
#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// a (m, k), b (k, n): write the product to c (m, n).
extern "C" void matmul_packed(const real* a, const real* b, real* c, long m, long k, long n) {
  // write me
}
