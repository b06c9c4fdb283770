// Instruction sets: cpuid and xgetbv by hand, since __builtin_cpu_supports would do for gcc and clang alone.
// Numbers of leaves and bits: Intel 64 Software Developer's Manual, volume 2A, CPUID; volume 1, 13.3.
#include "cpu.h"

#include <cstdint>
#include <thread>

#ifdef __linux__
#include <sched.h>
#endif

#if defined(__x86_64__) || defined(_M_X64)
#define TINYNN_X86
#ifdef _MSC_VER
#include <immintrin.h>
#include <intrin.h>
#else
#include <cpuid.h>
#endif
#endif

namespace tinynn {
namespace {

#ifdef TINYNN_X86

struct Registers {
  std::uint32_t eax, ebx, ecx, edx;
};

Registers cpuid(std::uint32_t leaf) {
  Registers r{0, 0, 0, 0};
#ifdef _MSC_VER
  int out[4];
  __cpuid(out, 0);
  if (static_cast<std::uint32_t>(out[0]) < leaf) return r;
  __cpuidex(out, static_cast<int>(leaf), 0);
  r = {std::uint32_t(out[0]), std::uint32_t(out[1]), std::uint32_t(out[2]), std::uint32_t(out[3])};
#else
  __get_cpuid_count(leaf, 0, &r.eax, &r.ebx, &r.ecx, &r.edx);
#endif
  return r;
}

// Which registers the operating system saves when it switches threads.
std::uint64_t saved_registers() {
#ifdef _MSC_VER
  return _xgetbv(0);
#else
  std::uint32_t low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return std::uint64_t(high) << 32 | low;
#endif
}

constexpr bool has(std::uint64_t bits, std::uint64_t wanted) { return (bits & wanted) == wanted; }
constexpr std::uint32_t bit(int i) { return 1u << i; }

constexpr std::uint32_t kFma = bit(12), kOsSavesState = bit(27), kAvx = bit(28);  // leaf 1, ecx
constexpr std::uint32_t kAvx2 = bit(5);                                           // leaf 7, ebx
constexpr std::uint32_t kAvx512 = bit(16) | bit(17) | bit(30) | bit(31);          // f, dq, bw, vl
constexpr std::uint64_t kYmmSaved = 0x6, kZmmSaved = 0xe6;                        // xcr0

bool supports_avx2() {
  if (!has(cpuid(1).ecx, kFma | kOsSavesState | kAvx)) return false;
  return has(saved_registers(), kYmmSaved) && has(cpuid(7).ebx, kAvx2);
}

bool supports_avx512() {
  return supports_avx2() && has(saved_registers(), kZmmSaved) && has(cpuid(7).ebx, kAvx512);
}

#endif

}  // namespace

bool cpu_supports(const std::string& target) {
#ifdef TINYNN_X86
  if (target == "avx2") return supports_avx2();
  if (target == "avx512") return supports_avx512();
#elif defined(__aarch64__) || defined(_M_ARM64)
  if (target == "neon") return true;  // part of the base architecture
#endif
  return target == "reference";
}

int core_count() {
#ifdef __linux__
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return CPU_COUNT(&allowed);
#endif
  return static_cast<int>(std::thread::hardware_concurrency());
}

int this_core() {
#ifdef __linux__
  return sched_getcpu();
#else
  return -1;
#endif
}

void leave_core(int core) {
#ifdef __linux__
  cpu_set_t allowed, others;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  others = allowed;
  CPU_CLR(core, &others);
  if (CPU_COUNT(&others) > 0 && sched_setaffinity(0, sizeof others, &others) == 0)
    sched_setaffinity(0, sizeof allowed, &allowed);
#else
  (void)core;
#endif
}

}  // namespace tinynn
