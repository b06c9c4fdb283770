// What every reference kernel starts from: the vocabulary of formulas.h for scalars, the formulas, and two
// ways of cutting work into blocks by shape alone.
#pragma once

#include <cmath>
#include <memory>

#include "../kernels.h"
#include "../parallel.h"

#define TINYNN_NAMESPACE reference

namespace tinynn::reference {

using std::abs, std::sqrt, std::exp, std::log, std::log1p, std::expm1, std::tanh, std::erfc;
using std::sin, std::cos, std::pow;

template <class T> T select(bool mask, T a, T b) { return mask ? a : b; }
template <class T> T max(T a, T b) { return a > b ? a : b; }
template <class T> T min(T a, T b) { return a < b ? a : b; }

}  // namespace tinynn::reference

#include "../formulas.h"
#include "../windows.h"

namespace tinynn::reference {

// How many items make a block that is worth a thread's while (about 10 us), an item costing `work`
// multiply-adds.
inline Index grain_of(Index work) { return work >= 32768 ? 1 : 32768 / (work < 1 ? 1 : work); }

// body(group, begin, end) for the rows of g matrices of m rows; a call never crosses from one to the next.
template <class F>
void parallel_rows(Index g, Index m, Index work_per_row, F&& body) {
  parallel_for(g * m, grain_of(work_per_row), [&](Index begin, Index end) {
    while (begin < end) {
      const Index group = begin / m;
      const Index stop = min(end, (group + 1) * m);
      body(group, begin - group * m, stop - group * m);
      begin = stop;
    }
  });
}

// sum of term(i) over 0..n: in double, block by block, the blocks then added in order.
template <class F>
double parallel_sum(Index n, Index work_per_term, F&& term) {
  const Index grain = grain_of(work_per_term);
  const auto sum = [&](Index begin, Index end) {
    double total = 0;
    for (Index i = begin; i < end; ++i) total += term(i);
    return total;
  };
  if (n <= grain) return sum(0, n);
  const Index blocks = (n - 1) / grain + 1;
  const std::unique_ptr<double[]> partial(new double[blocks]());
  parallel_for(n, grain, [&](Index begin, Index end) { partial[begin / grain] = sum(begin, end); });
  double total = 0;
  for (Index block = 0; block < blocks; ++block) total += partial[block];
  return total;
}

}  // namespace tinynn::reference
