// The largest error of every function of vec_math.h, in units in the last place of the exact result.
//
//   g++ -std=c++17 -O2 -mavx2 -mfma -Icsrc tests/csrc/vec_math_error.cpp -o vec_math_error &&
//   ./vec_math_error [step]
//
// Every `step`-th of all 2^32 floats is tried. Prints a line per function: name, largest error, where; the
// error is inf where a NaN, an infinity or the sign of a zero is wrong.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#define TINYNN_NAMESPACE measured
#include "simd/vec_math.h"

namespace {

using tinynn::Index;
using tinynn::measured::Vec;

float float_of(std::uint32_t bits) {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

// The distance of two neighbouring floats at y; below the normal numbers it stays 2^-149.
double ulp(double y) {
  int exponent;
  std::frexp(y, &exponent);
  return std::ldexp(1.0, exponent - 24 < -149 ? -149 : exponent - 24);
}

double error(float got, double exact) {
  const auto nearest = static_cast<float>(exact);
  if (std::isnan(got) || std::isnan(exact)) return std::isnan(got) == std::isnan(exact) ? 0 : INFINITY;
  if (std::isinf(got) || std::isinf(nearest)) return got == nearest ? 0 : INFINITY;
  if (exact == 0) return got == 0 && std::signbit(got) == std::signbit(exact) ? 0 : INFINITY;
  return std::fabs(got - exact) / ulp(exact);
}

template <class F, class G>
void measure(const char* name, std::uint32_t step, F approximate, G exact) {
  double worst = 0;
  float where = 0, x[Vec::width], y[Vec::width];
  for (std::uint64_t bits = 0; bits < (std::uint64_t{1} << 32); bits += std::uint64_t{step} * Vec::width) {
    for (Index i = 0; i < Vec::width; ++i) x[i] = float_of(static_cast<std::uint32_t>(bits + i * step));
    store(y, approximate(tinynn::measured::load(x)));
    for (Index i = 0; i < Vec::width; ++i) {
      const double e = error(y[i], exact(static_cast<double>(x[i])));
      if (e > worst) worst = e, where = x[i];
    }
  }
  std::printf("%s %.3f %.9g\n", name, worst, static_cast<double>(where));
}

}  // namespace

int main(int argc, char** argv) {
  const auto step = static_cast<std::uint32_t>(argc > 1 ? std::atoi(argv[1]) : 9973);
  namespace mine = tinynn::measured;
#define MEASURE(f) \
  measure( \
      #f, step, [](Vec x) { return mine::f(x); }, [](double x) { return std::f(x); })
  MEASURE(exp);
  MEASURE(expm1);
  MEASURE(log);
  MEASURE(log1p);
  MEASURE(tanh);
  MEASURE(erfc);
}
