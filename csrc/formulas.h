// Every element-wise formula once: forward and derivative, for a vector V of any width.
//
// V is float, double or a SIMD vector; a scalar is a vector of one lane. The formulas speak one small
// vocabulary, unqualified, so that overload resolution finds the version for V:
//
//   + - * /   > < >= ==  (giving a mask)   select(mask, a, b)   abs sqrt exp log log1p expm1 tanh erfc
//   sin cos pow   max(a, b) = a > b ? a : b   min(a, b) = a < b ? a : b   V(c), a constant
//
// max and min follow the x86 instruction: a NaN in the SECOND operand comes through. Hence
// max(V(0), z), never max(z, V(0)): a NaN must reach the loss, where it is noticed.
//
// Everything stands in namespace tinynn::TINYNN_NAMESPACE, which the includer defines together with the
// vocabulary. Each instruction set so has its own copy; a shared inline function, compiled once with AVX
// flags, could replace the portable copy at link time and crash an older CPU. One namespace per .cpp file.
#pragma once

#include "kernels.h"

#ifndef TINYNN_NAMESPACE
#error "define TINYNN_NAMESPACE and the vocabulary before including formulas.h"
#endif

namespace tinynn::TINYNN_NAMESPACE {

// ---- activations: y = forward(z, alpha), dz = dy * derivative(kept, alpha) ------------------------
// `keeps` (see kernels.h) says what the forward pass must save for the derivative: y where y determines it
// (cheaper, y is stored anyway), z where the formula is not monotone, nothing for the identity. alpha is the
// constant of leaky_relu and elu and the learned slope of prelu; the others ignore it.

struct Identity {
  static constexpr Keeps keeps = Keeps::nothing;
  template <class V> static V forward(V z, V) { return z; }
  template <class V> static V derivative(V, V) { return V(1); }
};

struct Relu {  // derivative at 0: 0
  static constexpr Keeps keeps = Keeps::y;
  template <class V> static V forward(V z, V) { return max(V(0), z); }
  template <class V> static V derivative(V y, V) { return select(y > V(0), V(1), V(0)); }
};

struct LeakyRelu {  // alpha >= 0, so that y has the sign of z; derivative at 0: alpha
  static constexpr Keeps keeps = Keeps::y;
  template <class V> static V forward(V z, V alpha) { return select(z > V(0), z, alpha * z); }
  template <class V> static V derivative(V y, V alpha) { return select(y > V(0), V(1), alpha); }
};

struct Prelu {  // a slope may be negative, so y does not determine z; derivative at 0: the slope
  static constexpr Keeps keeps = Keeps::z;
  template <class V> static V forward(V z, V slope) { return select(z > V(0), z, slope * z); }
  template <class V> static V derivative(V z, V slope) { return select(z > V(0), V(1), slope); }
  template <class V> static V dslope(V z) { return select(z > V(0), V(0), z); }  // dy/dslope
};

struct Sigmoid {  // 1 / (1 + e^-z), with e^-|z| so that nothing overflows and small y stay exact
  static constexpr Keeps keeps = Keeps::y;
  template <class V> static V forward(V z, V) {
    const V e = exp(V(0) - abs(z));
    const V right_half = V(1) / (V(1) + e);
    return select(z > V(0), right_half, e * right_half);
  }
  template <class V> static V derivative(V y, V) { return y * (V(1) - y); }
};

struct Tanh {
  static constexpr Keeps keeps = Keeps::y;
  template <class V> static V forward(V z, V) { return tanh(z); }
  template <class V> static V derivative(V y, V) { return V(1) - y * y; }
};

struct Elu {  // z, or alpha (e^z - 1) below 0; alpha > 0; derivative at 0: alpha
  static constexpr Keeps keeps = Keeps::y;
  template <class V> static V forward(V z, V alpha) {
    return select(z > V(0), z, alpha * expm1(min(V(0), z)));
  }
  template <class V> static V derivative(V y, V alpha) { return select(y > V(0), V(1), y + alpha); }
};

struct Gelu {  // z Phi(z), Phi the normal distribution (Hendrycks & Gimpel 2016), exact, not the tanh fit
  static constexpr Keeps keeps = Keeps::z;
  // By erfc: 1 + erf would lose every digit where z is very negative. The constant is 1 / sqrt 2.
  template <class V> static V normal_cdf(V z) { return V(0.5) * erfc(V(-0.70710678118654752440) * z); }
  template <class V> static V forward(V z, V) { return z * normal_cdf(z); }
  template <class V> static V derivative(V z, V) {
    const V normal_pdf = V(0.39894228040143267794) * exp(V(-0.5) * z * z);  // 1 / sqrt(2 pi)
    return normal_cdf(z) + z * normal_pdf;
  }
};

struct Silu {  // z sigmoid(z)
  static constexpr Keeps keeps = Keeps::z;
  template <class V> static V forward(V z, V alpha) { return z * Sigmoid::forward(z, alpha); }
  template <class V> static V derivative(V z, V alpha) {
    const V s = Sigmoid::forward(z, alpha);
    return s * (V(1) + z * (V(1) - s));
  }
};

struct Softplus {  // log(1 + e^z) without overflow; sigmoid(z) = 1 - e^-y
  static constexpr Keeps keeps = Keeps::y;
  template <class V> static V forward(V z, V) { return max(V(0), z) + log1p(exp(V(0) - abs(z))); }
  template <class V> static V derivative(V y, V) { return V(0) - expm1(V(0) - y); }
};

// ---- unary: y = forward(x, p, q), dx = dy * derivative(x, y, p, q) --------------------------------
// p and q are constants: the exponent p of pow, the bounds p <= q of clip. abs'(0) = 0.

struct Neg {
  template <class V> static V forward(V x, V, V) { return V(-1) * x; }
  template <class V> static V derivative(V, V, V, V) { return V(-1); }
};

struct Exp {
  template <class V> static V forward(V x, V, V) { return exp(x); }
  template <class V> static V derivative(V, V y, V, V) { return y; }
};

struct Log {
  template <class V> static V forward(V x, V, V) { return log(x); }
  template <class V> static V derivative(V x, V, V, V) { return V(1) / x; }
};

struct Sqrt {
  template <class V> static V forward(V x, V, V) { return sqrt(x); }
  template <class V> static V derivative(V, V y, V, V) { return V(0.5) / y; }
};

struct Sign {  // -1, 0 or 1; NaN stays NaN
  template <class V> static V forward(V x, V, V) {
    return select(x > V(0), V(1), select(x < V(0), V(-1), x));
  }
  template <class V> static V derivative(V, V, V, V) { return V(0); }
};

struct Abs {
  template <class V> static V forward(V x, V, V) { return abs(x); }
  template <class V> static V derivative(V x, V, V p, V q) { return Sign::forward(x, p, q); }
};

struct Square {
  template <class V> static V forward(V x, V, V) { return x * x; }
  template <class V> static V derivative(V x, V, V, V) { return x + x; }
};

struct Reciprocal {
  template <class V> static V forward(V x, V, V) { return V(1) / x; }
  template <class V> static V derivative(V, V y, V, V) { return V(0) - y * y; }
};

struct Sin {
  template <class V> static V forward(V x, V, V) { return sin(x); }
  template <class V> static V derivative(V x, V, V, V) { return cos(x); }
};

struct Cos {
  template <class V> static V forward(V x, V, V) { return cos(x); }
  template <class V> static V derivative(V x, V, V, V) { return V(0) - sin(x); }
};

struct Power {  // x^p; for p = 0 the derivative is 0 at x = 0 too, not 0 * inf
  template <class V> static V forward(V x, V p, V) { return pow(x, p); }
  template <class V> static V derivative(V x, V, V p, V) {
    return select(p == V(0), V(0), p * pow(x, p - V(1)));
  }
};

struct Clip {  // the gradient passes where p <= x <= q, the bounds included
  template <class V> static V forward(V x, V p, V q) { return min(q, max(p, x)); }
  template <class V> static V derivative(V x, V, V p, V q) {
    return select(x >= p, select(q >= x, V(1), V(0)), V(0));
  }
};

// ---- binary: y = forward(a, b), da = dy * derivative_a(a, b), db likewise -------------------------
// maximum and minimum: at a tie each side has derivative 1/2; a NaN on either side comes through.

struct Add {
  template <class V> static V forward(V a, V b) { return a + b; }
  template <class V> static V derivative_a(V, V) { return V(1); }
  template <class V> static V derivative_b(V, V) { return V(1); }
};

struct Sub {
  template <class V> static V forward(V a, V b) { return a - b; }
  template <class V> static V derivative_a(V, V) { return V(1); }
  template <class V> static V derivative_b(V, V) { return V(-1); }
};

struct Mul {
  template <class V> static V forward(V a, V b) { return a * b; }
  template <class V> static V derivative_a(V, V b) { return b; }
  template <class V> static V derivative_b(V a, V) { return a; }
};

struct Div {
  template <class V> static V forward(V a, V b) { return a / b; }
  template <class V> static V derivative_a(V, V b) { return V(1) / b; }
  template <class V> static V derivative_b(V a, V b) { return V(0) - a / b / b; }
};

struct Pow {  // a^b; 0^b does not change with b, so derivative_b is 0 there, not 0 * log 0
  template <class V> static V forward(V a, V b) { return pow(a, b); }
  template <class V> static V derivative_a(V a, V b) { return select(b == V(0), V(0), b * pow(a, b - V(1))); }
  template <class V> static V derivative_b(V a, V b) { return select(a == V(0), V(0), pow(a, b) * log(a)); }
};

struct Maximum {
  template <class V> static V forward(V a, V b) { return select(a == a, max(a, b), a); }
  template <class V> static V derivative_a(V a, V b) {
    return select(a > b, V(1), select(a == b, V(0.5), V(0)));
  }
  template <class V> static V derivative_b(V a, V b) { return derivative_a(b, a); }
};

struct Minimum {
  template <class V> static V forward(V a, V b) { return select(a == a, min(a, b), a); }
  template <class V> static V derivative_a(V a, V b) { return Maximum::derivative_a(b, a); }
  template <class V> static V derivative_b(V a, V b) { return Maximum::derivative_a(a, b); }
};

// ---- from the enum to the struct -----------------------------------------------------------------
// visit(op, f) calls f(Formula{}), f being a generic lambda: a kernel is written once, as
//   visit(act, [&](auto formula) { using A = decltype(formula); ... A::forward(z, alpha) ... });
// and compiled once per formula, so that no loop holds a branch on the formula.

template <class F>
void visit(Activation op, F&& f) {
  switch (op) {
#define ACTIVATION(name, Formula) \
  case Activation::name: return f(Formula{});
#include "kernels.def"
  }
}

template <class F>
void visit(Unary op, F&& f) {
  switch (op) {
#define UNARY(name, Formula) \
  case Unary::name: return f(Formula{});
#include "kernels.def"
  }
}

template <class F>
void visit(Binary op, F&& f) {
  switch (op) {
#define BINARY(name, Formula) \
  case Binary::name: return f(Formula{});
#include "kernels.def"
  }
}

}  // namespace tinynn::TINYNN_NAMESPACE
