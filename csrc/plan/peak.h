// The roofline of this machine, measured: how fast it can compute, and how fast it can read.
// And which kernels have no version of their own for it.
#pragma once

#include <string>

#include "kernels.h"

namespace tinynn::plan {

// Multiply-adds of floats on every thread, two operations each, in operations per second: the best of a few
// tries, since whatever disturbs one makes it slower.
double peak_flops();

// Reading `bytes` of memory again and again, an equal part on every thread, in bytes per second. What fits
// into a cache is read from there.
double read_bandwidth(Index bytes);

// Whether the target in use left this kernel for float to reference/; so are all for double.
bool is_reference(const std::string& kernel);

}  // namespace tinynn::plan
