// The kernels for 64-bit ARM, where NEON is always there. As for the other targets, nothing but
// intrinsics and our own headers may be included: see simd/target.h.
#define TINYNN_NAMESPACE neon
#include "../target.h"
