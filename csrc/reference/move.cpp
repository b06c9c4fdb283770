// Numbers laid out anew. Contract: kernels.def.
//
// shape[ndim]   strides in elements: 0 where x is repeated, negative where it is read backwards
#include <algorithm>

#include "reference.h"

namespace tinynn::reference {

// The last two axes are a plane of rows; a block is some rows, and only where a plane begins its place is
// worked out.
template <class T>
void copy(const T* x, T* y, Index ndim, const Index* shape, const Index* stride_x, const Index* stride_y) {
  const auto axis = [&](const Index* of, Index i, Index otherwise) { return i < 0 ? otherwise : of[i]; };
  const Index rows = axis(shape, ndim - 2, 1), length = axis(shape, ndim - 1, 1);
  const Index row_x = axis(stride_x, ndim - 2, 0), row_y = axis(stride_y, ndim - 2, 0);
  const Index step_x = axis(stride_x, ndim - 1, 1), step_y = axis(stride_y, ndim - 1, 1);
  Index all = rows;
  for (Index i = 0; i < ndim - 2; ++i) all *= shape[i];
  parallel_for(all, grain_of(length), [&](Index begin, Index end) {
    while (begin < end) {
      const Index first = begin % rows, stop = std::min(end, begin - first + rows);
      const T* from = x + first * row_x;
      T* to = y + first * row_y;
      Index plane = begin / rows;
      for (Index i = ndim - 3; i >= 0; --i) {
        from += plane % shape[i] * stride_x[i];
        to += plane % shape[i] * stride_y[i];
        plane /= shape[i];
      }
      for (; begin < stop; ++begin, from += row_x, to += row_y) {
        if (step_x == 1 && step_y == 1) {
          std::copy_n(from, length, to);
        } else {
          for (Index i = 0; i < length; ++i) to[i * step_y] = from[i * step_x];
        }
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
