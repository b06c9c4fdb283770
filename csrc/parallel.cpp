// The pool. One region is on offer at a time; whoever is awake claims its blocks one by one.
//
// `state` packs the number of the region and the first and the end of those blocks that nobody has claimed
// yet, so that one compare-and-swap both claims a block and proves that the region read beforehand is still
// on offer: the region changes only after all its blocks are done, and then the swap fails. A worker that
// wakes late therefore needs no hand-shake; it finds nothing left and stays awake for the next.
//
// The owner of a region takes blocks from the front, the workers from the back. What a thread wrote in one
// region, the same rows as a rule, it so mostly finds in its own cache in the next.
#include "parallel.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>

#include "cpu.h"

#ifdef _WIN32
#include <process.h>
#define getpid _getpid
#else
#include <unistd.h>
#endif
#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif

namespace tinynn {
namespace {

using Clock = std::chrono::steady_clock;

// Waking a parked thread costs 30 to 90 us; an eager op comes every few, and a compiled step has its serial
// stretches: so wait a little before parking.
constexpr auto kSpin = std::chrono::microseconds(200);
constexpr auto kPatience = std::chrono::microseconds(100);
constexpr auto kAloneAtFirst = std::chrono::milliseconds(4), kAloneAtMost = std::chrono::milliseconds(64);
// How long a line of memory may take there and back between threads that share a little, and how often that
// is measured: within one cache 70 ns, from one to another 330, and twice the clock.
constexpr auto kNear = std::chrono::nanoseconds(250);
constexpr auto kAskAgain = std::chrono::milliseconds(20);
constexpr Index kMostBlocks = (1 << 20) - 1;  // that a region can count
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
    body_.store(body, std::memory_order_relaxed);
    context_.store(context, std::memory_order_relaxed);
    wanted_.store(threads - 1, std::memory_order_relaxed);
    unfinished_.store(blocks, std::memory_order_relaxed);
    owner_core_.store(this_core(), std::memory_order_relaxed);
    offer(blocks);
    inside_region = true;
    const auto begun = Clock::now();
    while (run_a_block(true))
      if (interrupt.asked_for() || out_of_memory_.load(std::memory_order_relaxed)) abandon();
    inside_region = false;
    const auto waiting = Clock::now();
    for (int turn = 0; unfinished_.load(std::memory_order_acquire) != 0; ++turn)
      turn < 2000 ? relax() : std::this_thread::yield();  // a worker may have lost its core in mid-block
    look_back(waiting - begun, Clock::now() - waiting);
    if (out_of_memory_.exchange(false)) throw std::bad_alloc();
  }

  // Whether it pays to share a region of some microseconds: not with a worker that sleeps, which is woken in
  // vain once in a while so that it may be asked, nor with one that is far.
  bool is_near() {
    const auto now = Clock::now();
    const bool asleep = hired_ == 0 || parked_.load(std::memory_order_relaxed) != 0;
    if (now >= ask_again_) {
      ask_again_ = now + kAskAgain;
      near_ = !asleep && round_trip() < kNear;
      if (asleep) ask_again_ = now + kSpin / 4;
      if (asleep && now >= wake_again_) {
        wake_again_ = now + kAskAgain;
        return true;
      }
    }
    return near_ && !asleep;
  }

  // Beside another busy process a worker loses its core in the middle of a block, and everybody waits for it:
  // then one thread is faster than many, until there are cores again.
  bool cores_are_taken() const { return Clock::now() < alone_until_; }

 private:
  // The shortest of some times until worker 0 answers.
  Clock::duration round_trip() {
    Clock::duration shortest = std::chrono::seconds(1);
    for (int i = 0; i < 4; ++i) {
      const auto begun = Clock::now();
      const int asked = ping_.load(std::memory_order_relaxed) + 1;
      ping_.store(asked, std::memory_order_release);
      auto took = Clock::duration::zero();
      while (pong_.load(std::memory_order_acquire) != asked && took < 20 * kNear) took = Clock::now() - begun;
      took = Clock::now() - begun;
      if (took < shortest) shortest = took;
    }
    return shortest;
  }

  // Blocks are alike, so the last one of another thread takes no longer than all those of this one did. If it
  // did, stay alone for a while, and for twice as long when it happens again as soon as that is over.
  void look_back(Clock::duration busy, Clock::duration waited) {
    if (waited < busy + kPatience) return;
    const auto now = Clock::now();
    const bool again = now - alone_until_ < alone_for_;
    alone_for_ = !again ? kAloneAtFirst : alone_for_ < kAloneAtMost ? 2 * alone_for_ : alone_for_;
    alone_until_ = now + alone_for_;
  }

  // number << 40 | first << 20 | end
  static constexpr std::uint64_t kEnd = kMostBlocks, kFirst = kEnd << 20, kOneFirst = std::uint64_t{1} << 20;
  static Index first_of(std::uint64_t state) { return static_cast<Index>((state & kFirst) >> 20); }
  static Index end_of(std::uint64_t state) { return static_cast<Index>(state & kEnd); }
  static std::uint64_t number_of(std::uint64_t state) { return state >> 40; }
  static Index unclaimed(std::uint64_t state) { return end_of(state) - first_of(state); }

  void offer(Index blocks) {
    const std::uint64_t number = number_of(state_.load()) + 1;
    state_.store(number << 40 | static_cast<std::uint64_t>(
                                    blocks));  // sequentially consistent against `parked_`: no lost wake-up
    if (parked_.load() == 0) return;
    std::lock_guard<std::mutex> hold(parking_);
    bell_.notify_all();
  }

  bool run_a_block(bool from_front) {
    std::uint64_t seen = state_.load(std::memory_order_acquire);
    while (unclaimed(seen) != 0) {
      const Index n = n_.load(std::memory_order_relaxed);
      const Index grain = grain_.load(std::memory_order_relaxed);
      const detail::Body body = body_.load(std::memory_order_relaxed);
      void* const context = context_.load(std::memory_order_relaxed);
      const std::uint64_t less = from_front ? seen + kOneFirst : seen - 1;
      if (!state_.compare_exchange_weak(seen, less, std::memory_order_acq_rel, std::memory_order_acquire))
        continue;
      const Index begin = (from_front ? first_of(seen) : end_of(less)) * grain;
      try {
        body(context, begin, n - begin < grain ? n : begin + grain);
      } catch (const std::bad_alloc&) {
        out_of_memory_.store(true, std::memory_order_relaxed);
      }
      unfinished_.fetch_sub(1, std::memory_order_acq_rel);
      return true;
    }
    return false;
  }

  void abandon() {
    std::uint64_t seen = state_.load(std::memory_order_acquire);
    while (!state_.compare_exchange_weak(seen, seen & ~(kFirst | kEnd), std::memory_order_acq_rel,
                                         std::memory_order_acquire)) {
    }
    unfinished_.fetch_sub(unclaimed(seen), std::memory_order_acq_rel);
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
      while (run_a_block(false)) {
      }
    }
  }

  void wait_for_work(int id) {
    wait_for_region(id);
    // A thread is woken where the waker runs, as a rule: fine where the one waits for the other, but here
    // both want to compute, and the system takes a tenth of a second to see it.
    const int core = owner_core_.load(std::memory_order_relaxed);
    if (core >= 0 && core == this_core()) leave_core(core);
  }

  void wait_for_region(int id) {
    const auto ready = [&] {
      return unclaimed(state_.load()) != 0 && id < wanted_.load(std::memory_order_relaxed);
    };
    const auto give_up = Clock::now() + kSpin;
    for (int turn = 1; !ready(); ++turn) {
      const int asked = ping_.load(std::memory_order_acquire);
      if (id == 0 && asked != pong_.load(std::memory_order_relaxed))
        pong_.store(asked, std::memory_order_release);
      relax();
      if (turn % 32 == 0 && Clock::now() >= give_up) break;
    }
    if (ready()) return;
    // Waking takes longer than a short region: whoever comes too late for one stays awake for the next.
    std::unique_lock<std::mutex> hold(parking_);
    parked_.fetch_add(1);
    const std::uint64_t last = number_of(state_.load());
    bell_.wait(hold, [&] {
      return ready() || (number_of(state_.load()) != last && id < wanted_.load(std::memory_order_relaxed));
    });
    parked_.fetch_sub(1);
  }

  // The region on offer.
  alignas(64) std::atomic<std::uint64_t> state_{0};
  std::atomic<Index> n_{0}, grain_{1};
  std::atomic<detail::Body> body_{nullptr};
  std::atomic<void*> context_{nullptr};
  std::atomic<int> wanted_{0};  // workers with a smaller id may help
  std::atomic<int> owner_core_{-1};
  alignas(64) std::atomic<Index> unfinished_{0};
  std::atomic<bool> out_of_memory_{false};  // in one of its blocks

  alignas(64) std::atomic<int> ping_{0};
  alignas(64) std::atomic<int> pong_{0};  // worker 0's answer

  alignas(64) std::mutex parking_;
  std::condition_variable bell_;
  std::atomic<int> parked_{0};
  Clock::time_point alone_until_{};  // guarded by `owner`, as is all below
  Clock::duration alone_for_ = kAloneAtFirst;
  Clock::time_point ask_again_{}, wake_again_{};
  bool near_ = false;
  int hired_ = 0;
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
      within_limits(count_from_environment() > 0 ? count_from_environment() : core_count())};
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
  void release() {
    ::operator delete(memory_, kLine);
    memory_ = nullptr, size_ = 0;
  }
  float* memory_ = nullptr;
  Index size_ = 0;
};

}  // namespace

namespace detail {

void run_blocks(Index n, Index grain, Body body, void* context, bool little) {
  if (grain < 1) grain = 1;
  const Index blocks = (n - 1) / grain + 1;
  const int wanted = num_threads();
  if (inside_region || wanted == 1 || blocks > kMostBlocks) return run_serially(n, grain, body, context);
  Pool& the_pool = pool();
  std::unique_lock<std::mutex> owner(the_pool.owner, std::try_to_lock);
  if (!owner || the_pool.cores_are_taken() || (little && !the_pool.is_near()))
    return run_serially(n, grain, body, context);
  the_pool.run(n, grain, blocks, body, context, blocks < wanted ? static_cast<int>(blocks) : wanted);
}

}  // namespace detail

void set_num_threads(int count) { thread_count().store(within_limits(count), std::memory_order_relaxed); }

int num_threads() { return thread_count().load(std::memory_order_relaxed); }

float* scratch(int slot, Index count) {
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
