// Blocks of a parallel region that ask for more scratch memory than there can be.
//
//   g++ -std=c++17 -O1 -pthread -Icsrc tests/csrc/memory.cpp csrc/parallel.cpp csrc/cpu.cpp -o memory &&
//   ./memory THREADS
//
// Prints "thrown" for each of 20 regions whose caller got std::bad_alloc, then the sum that a healthy region
// behind them computes.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <new>

#include "parallel.h"

int main(int, char** argv) {
  using tinynn::Index;
  tinynn::set_num_threads(std::atoi(argv[1]));
  for (int region = 0; region < 20; ++region) try {
      tinynn::parallel_for(64, 1, [&](Index begin, Index) {
        *tinynn::scratch(0, 1000) = 1;
        if (begin == 5 * region % 64) *tinynn::scratch(0, Index{1} << 58) = 1;
      });
    } catch (const std::bad_alloc&) {
      std::puts("thrown");
    }
  std::atomic<Index> sum{0};
  tinynn::parallel_for(64, 1, [&](Index begin, Index) {
    float* mine = tinynn::scratch(0, 1000);
    mine[999] = static_cast<float>(begin);
    sum += static_cast<Index>(mine[999]);
  });
  std::printf("%td\n", sum.load());
}
