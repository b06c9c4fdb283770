// parallel_for: the only place where tinynn uses more than one core.
//
// The range 0..n is cut into blocks of `grain`, by shape alone; threads take whole blocks, so which
// thread runs a block never changes a result. The pool is made of std::thread (libgomp hangs in a
// forked child) and is rebuilt when getpid() changes. A call from inside a parallel region, or while
// another Python thread owns the pool, runs its blocks on the calling thread.
#pragma once

#include <string>
#include <type_traits>

#include "kernels.h"

namespace tinynn {

namespace detail {
using Body = void (*)(void* context, Index begin, Index end);
// little: only where the other thread is near.
void run_blocks(Index n, Index grain, Body body, void* context, bool little);
}  // namespace detail

// body(begin, end) for every block [begin, end) of 0..n; blocks may run in any order and at once.
// The only exception it may end by is std::bad_alloc, which parallel_for then throws on the calling thread;
// the other blocks may have run or not.
template <class F>
void parallel_for(Index n, Index grain, F&& body, bool little = false) {
  if (n <= grain) {  // one block: no pool, no clock, a plain call
    if (n > 0) body(Index{0}, n);
    return;
  }
  using Function = std::remove_reference_t<F>;
  detail::run_blocks(
      n, grain, [](void* context, Index begin, Index end) { (*static_cast<Function*>(context))(begin, end); },
      const_cast<void*>(static_cast<const void*>(&body)), little);
}

// The same for a region of some microseconds. Between cores of one cache a line changes hands in 40 ns;
// between two caches, where a virtual machine may find its processors at any time, in five times that, and
// sharing would take longer than doing it alone. So this asks how far the other thread is, fifty times a
// second.
template <class F>
void parallel_for_little(Index n, Index grain, F&& body) {
  parallel_for(n, grain, body, true);
}

// How many threads a parallel region may use, the calling one included: TINYNN_NUM_THREADS, else the cores
// this process may run on, until set. Kept within 1..kMaxThreads. If the system refuses a thread, fewer run.
constexpr int kMaxThreads = 1024;
void set_num_threads(int count);
int num_threads();

// Memory of the calling thread that outlives the call: `count` floats at an address that is a multiple of 64,
// whatever was in them last. Each slot is one buffer, which grows when more is asked for; another call for
// the same slot gives the same memory. Throws std::bad_alloc where the system has none left.
constexpr int kScratchSlots = 9;
float* scratch(int slot, Index count);

// Empty, or the sentence to show when TINYNN_NUM_THREADS is not a count.
std::string thread_count_error();

// Asked on the calling thread between blocks, about every 50 ms; returning true abandons the blocks
// not yet begun (the border uses it to answer Ctrl-C). Null: never asked.
using Poll = bool (*)();
void set_poll(Poll poll);

}  // namespace tinynn
