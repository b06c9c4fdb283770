// All that a target is made of. targets/<name>.cpp defines TINYNN_NAMESPACE and includes this, nothing else.
//
// Each target is the same source, compiled with its own flags, in its own namespace. Two rules keep an
// instruction of one target out of a machine that lacks it: no standard header with inline functions is
// included (the linker may keep any one of several copies of such a function, for all callers), and nothing
// outside this namespace is inline, but for parallel_for, whose copies are told apart by the lambda.
#pragma once

#include "linear.h"

namespace tinynn::TINYNN_NAMESPACE {

// What is not overridden stays with the reference kernels.
void override_table(KernelTable<float>& table) {
  table.linear_forward = linear_forward;
  table.linear_backward = linear_backward;
  table.matmul = matmul;
}

}  // namespace tinynn::TINYNN_NAMESPACE
