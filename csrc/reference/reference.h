// What every reference kernel starts from: the vocabulary of formulas.h for scalars, and the formulas.
#pragma once

#include <cmath>

#include "../kernels.h"
#include "../parallel.h"

#define TINYNN_NAMESPACE reference

namespace tinynn::reference {

using std::abs, std::sqrt, std::exp, std::log, std::log1p, std::expm1, std::tanh, std::erf;
using std::sin, std::cos, std::pow;

template <class T> T select(bool mask, T a, T b) { return mask ? a : b; }
template <class T> T max(T a, T b) { return a > b ? a : b; }
template <class T> T min(T a, T b) { return a < b ? a : b; }

}  // namespace tinynn::reference

#include "../formulas.h"
