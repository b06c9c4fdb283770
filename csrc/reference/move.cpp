// Numbers laid out anew. Contract: kernels.def.
//
// shape[ndim]   strides in elements: 0 where x is repeated, negative where it is read backwards
#include <algorithm>

#include "reference.h"

namespace tinynn::reference {

template <class T>
void copy(const T* x, T* y, Index ndim, const Index* shape, const Index* stride_x, const Index* stride_y) {
  const Index last = ndim - 1, length = ndim == 0 ? 1 : shape[last];
  const Index step_x = ndim == 0 ? 1 : stride_x[last], step_y = ndim == 0 ? 1 : stride_y[last];
  Index rows = 1;
  for (Index axis = 0; axis < last; ++axis) rows *= shape[axis];
  parallel_for(rows, grain_of(length), [&](Index begin, Index end) {
    for (Index row = begin; row < end; ++row) {
      const T* from = x;
      T* to = y;
      Index rest = row;
      for (Index axis = last - 1; axis >= 0; --axis) {
        from += rest % shape[axis] * stride_x[axis];
        to += rest % shape[axis] * stride_y[axis];
        rest /= shape[axis];
      }
      if (step_x == 1 && step_y == 1) {
        std::copy_n(from, length, to);
      } else {
        for (Index i = 0; i < length; ++i) to[i * step_y] = from[i * step_x];
      }
    }
  });
}

template <class T>
void fill_move(KernelTable<T>& table) {
  table.copy = copy;
}
template void fill_move(KernelTable<float>&);
template void fill_move(KernelTable<double>&);

}  // namespace tinynn::reference
