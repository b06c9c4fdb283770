// What a machine with AVX-512 can do at most; compiled with the flags of targets/avx512.cpp.
#define TINYNN_NAMESPACE avx512
#include "../peak.h"
