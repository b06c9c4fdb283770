// The pool. One region is on offer at a time; whoever is awake claims its blocks one by one.
//
// `state` packs the number of the region and how many of its blocks nobody has claimed yet, so that one
// compare-and-swap both claims a block and proves that the region read beforehand is still on offer: the
// region changes only after all its blocks are done, and then the swap fails. A worker that wakes late
// therefore needs no hand-shake; it finds nothing left and goes back to sleep.
#include "parallel.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>

#ifdef _WIN32
#include <process.h>
#define getpid _getpid
#else
#include <unistd.h>
#endif
#ifdef __linux__
#include <sched.h>
#endif
#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif

namespace tinynn {
namespace {

using Clock = std::chrono::steady_clock;

// Waking a parked thread costs 30 to 90 us, an eager op comes every few: so wait a little before parking.
constexpr auto kSpin = std::chrono::microseconds(50);
constexpr auto kPollEvery = std::chrono::milliseconds(50);

std::atomic<Poll> poll_hook{nullptr};
thread_local bool inside_region = false;

void relax() {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_pause();
#elif defined(__aarch64__) && !defined(_MSC_VER)
  asm volatile("yield");
#endif
}

// When this thread asks the poll hook next. It outlives the region: a kernel may be many short regions.
thread_local Clock::time_point next_poll;

// Asks the poll hook when it is time; never inside a region, whose owner asks already.
class Interrupt {
 public:
  bool asked_for() const {
    const Poll poll = poll_hook.load(std::memory_order_relaxed);
    if (poll == nullptr || nested_ || Clock::now() < next_poll) return false;
    if (poll()) return true;  // and again at once in the next region, so that it is abandoned as well
    next_poll = Clock::now() + kPollEvery;
    return false;
  }

 private:
  const bool nested_ = inside_region;
};

void run_serially(Index n, Index grain, detail::Body body, void* context) {
  const Interrupt interrupt;
  for (Index begin = 0; begin < n; begin += grain) {
    if (interrupt.asked_for()) return;
    body(context, begin, n - begin < grain ? n : begin + grain);
  }
}

class Pool {
 public:
  const int pid = getpid();
  std::mutex owner;  // held by the thread whose region runs

  void run(Index n, Index grain, Index blocks, detail::Body body, void* context, int threads) {
    const Interrupt interrupt;
    if (interrupt.asked_for()) return;
    hire(threads - 1);
    n_.store(n, std::memory_order_relaxed);
    grain_.store(grain, std::memory_order_relaxed);
    blocks_.store(blocks, std::memory_order_relaxed);
    body_.store(body, std::memory_order_relaxed);
    context_.store(context, std::memory_order_relaxed);
    wanted_.store(threads - 1, std::memory_order_relaxed);
    unfinished_.store(blocks, std::memory_order_relaxed);
    offer(static_cast<std::uint64_t>(blocks));
    inside_region = true;
    while (run_a_block())
      if (interrupt.asked_for()) abandon();
    inside_region = false;
    for (int turn = 0; unfinished_.load(std::memory_order_acquire) != 0; ++turn)
      turn < 2000 ? relax() : std::this_thread::yield();  // a worker may have lost its core in mid-block
  }

 private:
  std::uint64_t unclaimed() const { return state_.load() & 0xffffffffu; }

  void offer(std::uint64_t blocks) {
    const std::uint64_t number = (state_.load() >> 32) + 1;
    state_.store(number << 32 | blocks);  // sequentially consistent against `parked_`: no lost wake-up
    if (parked_.load() == 0) return;
    std::lock_guard<std::mutex> hold(parking_);
    bell_.notify_all();
  }

  bool run_a_block() {
    std::uint64_t seen = state_.load(std::memory_order_acquire);
    while ((seen & 0xffffffffu) != 0) {
      const Index n = n_.load(std::memory_order_relaxed);
      const Index grain = grain_.load(std::memory_order_relaxed);
      const Index blocks = blocks_.load(std::memory_order_relaxed);
      const detail::Body body = body_.load(std::memory_order_relaxed);
      void* const context = context_.load(std::memory_order_relaxed);
      if (!state_.compare_exchange_weak(seen, seen - 1, std::memory_order_acq_rel, std::memory_order_acquire))
        continue;
      const Index begin = (blocks - static_cast<Index>(seen & 0xffffffffu)) * grain;
      body(context, begin, n - begin < grain ? n : begin + grain);
      unfinished_.fetch_sub(1, std::memory_order_acq_rel);
      return true;
    }
    return false;
  }

  void abandon() {
    std::uint64_t seen = state_.load(std::memory_order_acquire);
    while (!state_.compare_exchange_weak(seen, seen & ~std::uint64_t{0xffffffffu}, std::memory_order_acq_rel,
                                         std::memory_order_acquire)) {
    }
    unfinished_.fetch_sub(static_cast<Index>(seen & 0xffffffffu), std::memory_order_acq_rel);
  }

  // Workers are detached and the pool is never destroyed: nothing has to happen when the process ends.
  void hire(int workers) {
    while (hired_ < workers && !refused_) {
      try {
        std::thread(&Pool::work, this, hired_).detach();
        ++hired_;
      } catch (const std::system_error&) {
        refused_ = true;  // the region runs on those there are
      }
    }
  }

  void work(int id) {
    inside_region = true;
    for (;;) {
      wait_for_work(id);
      while (run_a_block()) {
      }
    }
  }

  void wait_for_work(int id) {
    const auto ready = [&] { return unclaimed() != 0 && id < wanted_.load(std::memory_order_relaxed); };
    const auto give_up = Clock::now() + kSpin;
    for (int turn = 1; !ready(); ++turn) {
      relax();
      if (turn % 32 == 0 && Clock::now() >= give_up) break;
    }
    if (ready()) return;
    std::unique_lock<std::mutex> hold(parking_);
    parked_.fetch_add(1);
    bell_.wait(hold, ready);
    parked_.fetch_sub(1);
  }

  // The region on offer.
  alignas(64) std::atomic<std::uint64_t> state_{0};  // number << 32 | blocks not claimed
  std::atomic<Index> n_{0}, grain_{1}, blocks_{0};
  std::atomic<detail::Body> body_{nullptr};
  std::atomic<void*> context_{nullptr};
  std::atomic<int> wanted_{0};  // workers with a smaller id may help
  alignas(64) std::atomic<Index> unfinished_{0};

  std::mutex parking_;
  std::condition_variable bell_;
  std::atomic<int> parked_{0};
  int hired_ = 0;         // guarded by `owner`, as is refused_
  bool refused_ = false;  // the system would not give another thread
};

// A forked child has the parent's pool in memory but none of its threads: it starts its own.
Pool& pool() {
  static std::atomic<Pool*> current{nullptr};
  Pool* found = current.load(std::memory_order_acquire);
  while (found == nullptr || found->pid != getpid()) {
    Pool* const fresh = new Pool;
    if (current.compare_exchange_strong(found, fresh, std::memory_order_acq_rel, std::memory_order_acquire))
      return *fresh;
    delete fresh;  // another thread was first
  }
  return *found;
}

int cores() {
#ifdef __linux__
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return CPU_COUNT(&allowed);
#endif
  return static_cast<int>(std::thread::hardware_concurrency());
}

// TINYNN_NUM_THREADS, 0 where it is not set, -1 where it is no count.
int count_from_environment() {
  const char* text = std::getenv("TINYNN_NUM_THREADS");
  if (text == nullptr || *text == '\0') return 0;
  char* end = nullptr;
  const long count = std::strtol(text, &end, 10);
  return *end == '\0' && count >= 1 && count <= kMaxThreads ? static_cast<int>(count) : -1;
}

int within_limits(int count) { return count < 1 ? 1 : count > kMaxThreads ? kMaxThreads : count; }

std::atomic<int>& thread_count() {
  static std::atomic<int> count{
      within_limits(count_from_environment() > 0 ? count_from_environment() : cores())};
  return count;
}

class Scratch {
 public:
  Scratch() = default;
  ~Scratch() { release(); }
  float* at_least(Index count) {
    if (count <= size_) return memory_;
    release();
    const Index grown = count + count / 4;  // so that slowly growing shapes do not ask each time
    memory_ = static_cast<float*>(::operator new(static_cast<std::size_t>(grown) * sizeof(float), kLine));
    size_ = grown;
    return memory_;
  }

 private:
  static constexpr std::align_val_t kLine{64};
  void release() { ::operator delete(memory_, kLine); }
  float* memory_ = nullptr;
  Index size_ = 0;
};

}  // namespace

namespace detail {

void run_blocks(Index n, Index grain, Body body, void* context) {
  if (grain < 1) grain = 1;
  const Index blocks = (n - 1) / grain + 1;
  const Index most = 0xffffffff;  // what the counter of unclaimed blocks holds
  const int wanted = num_threads();
  if (inside_region || wanted == 1 || blocks > most) return run_serially(n, grain, body, context);
  Pool& the_pool = pool();
  std::unique_lock<std::mutex> owner(the_pool.owner, std::try_to_lock);
  if (!owner) return run_serially(n, grain, body, context);
  the_pool.run(n, grain, blocks, body, context, blocks < wanted ? static_cast<int>(blocks) : wanted);
}

}  // namespace detail

void set_num_threads(int count) { thread_count().store(within_limits(count), std::memory_order_relaxed); }

int num_threads() { return thread_count().load(std::memory_order_relaxed); }

float* scratch(int slot, Index count) noexcept {
  thread_local Scratch buffers[kScratchSlots];
  return buffers[slot].at_least(count);
}

std::string thread_count_error() {
  if (count_from_environment() >= 0) return "";
  return std::string("TINYNN_NUM_THREADS: got '") + std::getenv("TINYNN_NUM_THREADS") +
         "'; needed a count from 1 to " + std::to_string(kMaxThreads) +
         "; try TINYNN_NUM_THREADS=2, or unset it";
}

void set_poll(Poll poll) { poll_hook.store(poll, std::memory_order_relaxed); }

}  // namespace tinynn
