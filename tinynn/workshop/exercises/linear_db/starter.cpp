// linear-db: db += the sum of dy over the batch.
// See lesson.md; then `tinynn workshop check` this folder.
#ifndef REAL
#define REAL double
#endif
typedef REAL real;  // float or double: this file is compiled once for each

// dy (m, n): add the bias gradient to db (n,).
extern "C" void linear_db(const real* dy, real* db, long m, long n) {
  // write me
}
