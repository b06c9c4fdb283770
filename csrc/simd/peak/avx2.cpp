// What a machine with AVX2 with FMA can do at most; compiled with the flags of targets/avx2.cpp.
#define TINYNN_NAMESPACE avx2
#include "../peak.h"
