// What a machine with NEON can do at most; compiled with the flags of targets/neon.cpp.
#define TINYNN_NAMESPACE neon
#include "../peak.h"
