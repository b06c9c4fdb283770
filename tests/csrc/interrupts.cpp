// Many short parallel regions, as in a kernel over many small matrices, and somebody who presses Ctrl-C.
//
//   g++ -std=c++17 -O1 -pthread -Icsrc tests/csrc/interrupts.cpp csrc/parallel.cpp csrc/cpu.cpp -o interrupts
//   &&
//   ./interrupts THREADS
//
// Prints how many of the 2000 blocks ran, and how many of those after the hook had said to stop.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "parallel.h"

namespace {

std::atomic<bool> stopped{false};
int asked = 0;

bool poll() {  // the first time all is well, from the second on it is not
  stopped = ++asked > 1;
  return stopped;
}

}  // namespace

int main(int, char** argv) {
  tinynn::set_num_threads(std::atoi(argv[1]));
  tinynn::set_poll(poll);
  std::atomic<int> ran{0}, late{0};
  for (int region = 0; region < 500; ++region)
    tinynn::parallel_for(4, 1, [&](tinynn::Index, tinynn::Index) {
      ++ran;
      late += stopped;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    });
  std::printf("%d %d\n", ran.load(), late.load());
}
