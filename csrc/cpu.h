// What this machine and its operating system allow.
#pragma once

#include <string>

namespace tinynn {

// Whether code built for `target` (avx2, avx512, neon) may run here. It must be asked before the first such
// instruction: a processor may have a set whose registers the operating system does not save.
bool cpu_supports(const std::string& target);

}  // namespace tinynn
