// The kernels for AVX-512 F, VL, DQ and BW (Skylake-X 2017, Zen 4 2022 and later). Compiled with -mavx512f
// -mavx512vl -mavx512dq -mavx512bw -mfma, so nothing but intrinsics and our own headers may be included: see
// simd/target.h.
#define TINYNN_NAMESPACE avx512
#include "../target.h"
