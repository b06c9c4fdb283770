// The kernels for AVX2 with FMA (Haswell 2013, Zen 2017 and later). Compiled with -mavx2 -mfma, so nothing
// but intrinsics and our own headers may be included: see simd/target.h.
#define TINYNN_NAMESPACE avx2
#include "../target.h"
