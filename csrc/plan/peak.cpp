// The loops are the target's own, since its instructions may be used nowhere else. The reference has those
// below.
#include "peak.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "dispatch.h"
#include "parallel.h"

// simd/peak/<target>.cpp offers these.
#define TARGET(name)                               \
  namespace tinynn::name {                         \
  float multiply_adds(Index turns);                \
  Index flops_of_a_turn();                         \
  float read_floats(const float* p, Index n);      \
  }
#include "targets.def"

namespace tinynn::plan {
namespace {

// On a busy machine only a try that is shorter than a time slice goes undisturbed, and the pool stays on one
// core for some ten milliseconds after it had to wait for another: so many short ones, and for a while.
constexpr int kTries = 10;
constexpr auto kAWhile = std::chrono::milliseconds(60);
constexpr int kLanes = 32;  // for the compiler to put into whatever registers the baseline has

float multiply_adds(Index turns) {
  float sum[kLanes];
  for (int i = 0; i < kLanes; ++i) sum[i] = static_cast<float>(i);
  for (Index turn = 0; turn < turns; ++turn)
    for (float& s : sum) s = s * 0.5f + 1.0f;
  return sum[turns % kLanes];
}

float read_floats(const float* p, Index n) {
  float sum[kLanes] = {};
  for (Index at = 0; at + kLanes <= n; at += kLanes)
    for (int i = 0; i < kLanes; ++i) sum[i] += p[at + i];
  return *std::max_element(sum, sum + kLanes);
}

struct Loops {
  float (*multiply_adds)(Index turns) = plan::multiply_adds;
  Index flops = 2 * kLanes;  // of one turn
  float (*read_floats)(const float* p, Index n) = plan::read_floats;
};

Loops loops() {
  const std::string name = target();
#define TARGET(the_target) \
  if (name == #the_target) \
    return {the_target::multiply_adds, the_target::flops_of_a_turn(), the_target::read_floats};
#include "targets.def"
  return {};
}

// The shortest of the tries, in seconds. `work` is done once by every thread.
template <class F>
double fastest(F&& work) {
  std::vector<float> results(static_cast<std::size_t>(num_threads()));  // so that nothing is left out
  double best = 1e9;
  const auto end = std::chrono::steady_clock::now() + kAWhile;
  for (int attempt = 0; attempt < kTries || std::chrono::steady_clock::now() < end; ++attempt) {
    const auto begin = std::chrono::steady_clock::now();
    parallel_for(num_threads(), 1, [&](Index first, Index last) {
      for (Index i = first; i < last; ++i) results[static_cast<std::size_t>(i)] += work(i);
    });
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  volatile float kept = results[0];
  (void)kept;
  return best;
}

}  // namespace

double peak_flops() {
  const Loops loop = loops();
  const Index turns = Index{1} << 17;  // some hundred microseconds
  const double seconds = fastest([&](Index) { return loop.multiply_adds(turns); });
  return static_cast<double>(turns * loop.flops) * num_threads() / seconds;
}

double read_bandwidth(Index bytes) {
  const Loops loop = loops();
  const Index share = std::max(bytes / Index{sizeof(float)} / num_threads(), Index{1024});
  const Index passes = std::max((Index{1} << 25) / bytes, Index{1});
  const std::vector<float> memory(static_cast<std::size_t>(share * num_threads()), 1.0f);
  const double seconds = fastest([&](Index thread) {
    float total = 0;
    for (Index pass = 0; pass < passes; ++pass)
      total += loop.read_floats(memory.data() + thread * share, share);
    return total;
  });
  return static_cast<double>(passes * share * num_threads()) * sizeof(float) / seconds;
}

bool is_reference(const std::string& kernel) {
#define KERNEL(stem, name, parameters) \
  if (kernel == #name) return kernels<float>().name == &reference::name<float>;
#include "kernels.def"
  return false;
}

}  // namespace tinynn::plan
