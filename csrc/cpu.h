// What this machine and its operating system allow.
#pragma once

#include <string>

namespace tinynn {

// Whether code built for `target` (avx2, avx512, neon) may run here. It must be asked before the first such
// instruction: a processor may have a set whose registers the operating system does not save.
bool cpu_supports(const std::string& target);

// How many cores this process may run on.
int core_count();

// The core this thread runs on; -1 where the system does not tell.
int this_core();

// Go to another core, and then be free again to run on all.
void leave_core(int core);

}  // namespace tinynn
