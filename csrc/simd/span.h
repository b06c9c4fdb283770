// Contiguous memory in vectors: the one loop of everything that goes element by element, and its sum.
#pragma once

#include "../parallel.h"
#include "vec.h"

namespace tinynn::TINYNN_NAMESPACE {

inline Vec load_some(const float* p, Index count) {
  return count == Vec::width ? load(p) : load_partial(p, count);
}
inline void store_some(float* p, Vec a, Index count) {
  if (count == Vec::width) return store(p, a);
  store_partial(p, a, count);
}

// body(i, count) for i = begin, begin + width, ... ; count is width but for the last.
template <class F>
inline void for_vectors(Index begin, Index end, F&& body) {
  Index i = begin;
  for (; i + Vec::width <= end; i += Vec::width) body(i, Vec::width);
  if (i < end) body(i, end - i);
}

// What one element costs, in additions: an exponential is worth many.
constexpr Index kCheap = 1, kDear = 6;

// The same over 0..n by all threads, in blocks that take longer than waking one.
template <class F>
void for_all(Index n, Index cost, F&& body) {
  parallel_for(n, 49152 / cost, [&](Index begin, Index end) { for_vectors(begin, end, body); });
}

// The sum of term(i, count) over 0..n. Within a block lane by lane in float, the blocks in double and in
// order; lanes behind `count` are left out.
template <class F>
double sum_of(Index n, F&& term) {
  constexpr Index kParts = 64;
  double part[kParts] = {};
  const Index block = larger(ceil_div(ceil_div(n, kParts), Vec::width) * Vec::width, 4096);
  parallel_for(n, block, [&](Index begin, Index end) {
    for (Index b = begin; b < end; b += block) {
      Vec sum(0.0f);
      for_vectors(b, smaller(b + block, end), [&](Index i, Index count) {
        const Vec t = term(i, count);
        sum = sum + (count == Vec::width ? t : select(lanes(count), t, Vec(0.0f)));
      });
      part[b / block] = reduce_add(sum);
    }
  });
  double total = 0;
  for (const double p : part) total += p;
  return total;
}

}  // namespace tinynn::TINYNN_NAMESPACE
