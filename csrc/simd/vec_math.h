// exp, log and their kin for Vec: a reduction of the argument to a short interval, then a polynomial.
//
// The polynomials are least-maximum fits of the stated function on the stated interval, made in double or
// better and rounded to float coefficient by coefficient. The error beside each function bounds what
// tests/csrc/vec_math_error.cpp finds, trying every 31st float, in units in the last place of the exact
// result. Infinities, NaN, signed zeros and subnormal results come out as in <cmath>.
#pragma once

#include "vec.h"

namespace tinynn::TINYNN_NAMESPACE {

// c[0] + c[1] x + c[2] x^2 + ...
template <int N>
inline Vec polynomial(const float (&c)[N], Vec x) {
  Vec sum(c[N - 1]);
  TINYNN_UNROLL
  for (int i = N - 2; i >= 0; --i) sum = fma(sum, x, Vec(c[i]));
  return sum;
}

// x = n ln 2 + r with |r| <= ln 2 / 2, ln 2 in two parts so that r is exact; returns e^r - 1.
inline Vec reduced_expm1(Vec x, Vec* n) {
  static constexpr float c[] = {5.000000000e-01f, 1.666666567e-01f, 4.166649282e-02f,
                                8.333544247e-03f, 1.393233077e-03f, 1.976334752e-04f};
  *n = round(x * Vec(1.44269504e+00f));
  const Vec r = fma(*n, Vec(-1.42860677e-06f), fma(*n, Vec(-6.93145752e-01f), x));
  return fma(polynomial(c, r), r * r, r);  // (e^r - 1 - r) / r^2 on |r| <= ln 2 / 2, error 4e-10
}

// Error: 1.0 ulp.
inline Vec exp(Vec x) {
  x = max(Vec(-104.0f), min(Vec(89.0f), x));  // beyond: 0 and infinity; NaN stays
  Vec n;
  const Vec e = reduced_expm1(x, &n);
  return scale_by_power(e + Vec(1.0f), n);
}

// Error: 1.5 ulp.
inline Vec expm1(Vec x) {
  const Vec bound = max(Vec(-18.0f), min(Vec(89.0f), x));  // below: -1
  Vec n;
  const Vec e = reduced_expm1(bound, &n);
  // 2^n e + (2^n - 1), halved so that 2^n may reach 2^128
  const Vec power = scale_by_power(Vec(0.5f), n);
  const Vec half = fma(power, e, power - Vec(0.5f));
  return select(n == Vec(0.0f), e, half + half);
}

// log(1 + f) for f in [sqrt 1/2 - 1, sqrt 2 - 1], plus `exponent` ln 2.
inline Vec reduced_log(Vec f, Vec exponent) {
  static constexpr float c[] = {3.333331347e-01f,  -2.500000894e-01f, 2.000207305e-01f,
                                -1.666799635e-01f, 1.422032714e-01f,  -1.240603179e-01f,
                                1.188356802e-01f,  -1.167144924e-01f, 6.750956178e-02f};
  const Vec square = f * f;
  const Vec cubic = square * f * polynomial(c, f);  // log(1 + f) - f + f^2/2, error 8e-10 of log
  const Vec tail = fma(exponent, Vec(1.42860677e-06f), cubic);
  return fma(exponent, Vec(6.93145752e-01f), fma(Vec(-0.5f), square, tail) + f);
}

// Error: 0.8 ulp.
inline Vec log(Vec x) {
  const Mask subnormal = x < Vec(1.17549435e-38f);
  Vec mantissa;
  Vec exponent = split_exponent(select(subnormal, x * Vec(8388608.0f), x), &mantissa);
  exponent = select(subnormal, exponent - Vec(23.0f), exponent);
  Vec y = reduced_log(mantissa - Vec(1.0f), exponent);
  y = select(x < Vec(kInfinity), y, x);  // infinity and NaN
  y = select(x == Vec(0.0f), Vec(-kInfinity), y);
  return select(x < Vec(0.0f), Vec(kNaN), y);
}

// log(u) + (x - (u - 1)) / u for u = 1 + x rounded. Error: 1.5 ulp.
inline Vec log1p(Vec x) {
  const Vec u = x + Vec(1.0f);
  const Vec lost = x - (u - Vec(1.0f));
  const Vec y = log(u) + lost / u;
  const Mask regular = (u > Vec(0.0f)) & (u < Vec(kInfinity)) & (x != Vec(0.0f));
  return select(regular, y, select(x == Vec(0.0f), x, log(u)));
}

// t / (t + 2) for t = e^(2|x|) - 1. Error: 2.5 ulp.
inline Vec tanh(Vec x) {
  const Vec t = expm1(min(Vec(20.0f), abs(x) * Vec(2.0f)));
  return copysign(t / (t + Vec(2.0f)), x);
}

// exp(-t^2) P((t - 2) / (t + 2)) for t = |x|, the argument of P lying within -1 and 1; 2 minus that where x
// is negative. Error: 6.5 ulp.
inline Vec erfc(Vec x) {
  static constexpr float c[] = {2.553956807e-01f, -4.271859527e-01f, 2.416579872e-01f,  -7.897584885e-02f,
                                3.734598868e-03f, 6.977917627e-03f,  -8.541292627e-04f, -9.260600200e-04f,
                                6.280645175e-05f, 1.069189748e-04f};
  const Vec t = min(Vec(10.1f), abs(x));  // beyond: 0 and 2
  const Vec square = t * t, lost = fma(t, t, -square);
  const Vec e = exp(-square);
  const Vec y = (e - e * lost) * polynomial(c, (t - Vec(2.0f)) / (t + Vec(2.0f)));
  return select(x < Vec(0.0f), Vec(2.0f) - y, y);
}

}  // namespace tinynn::TINYNN_NAMESPACE
