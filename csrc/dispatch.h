// The one table of kernels: filled once, on first use, from what this machine allows.
//
// TINYNN_TARGET forces a target: reference, avx2, avx512, neon. One that this machine cannot run is
// an error that names the ones it can; it is never tried.
#pragma once

#include <string>
#include <vector>

#include "kernels.h"

namespace tinynn {

// The table for T = float or double; valid until the process ends.
template <class T> const KernelTable<T>& kernels();

// Other tables for the calling thread, until it puts back what this returns: how plan/ sees the calls of a
// step.
struct KernelTables {
  const KernelTable<float>* float32 = nullptr;
  const KernelTable<double>* float64 = nullptr;
};
KernelTables substitute_tables(KernelTables tables);

// The name of the target in use.
const char* target();

// The targets that this build holds and this machine can run, slowest first; "reference" is always one.
std::vector<std::string> available_targets();

// Fill the table; empty on success, else the sentence to show (TINYNN_TARGET asks for what is not there).
std::string initialise();

}  // namespace tinynn
