// Rows by index, and back. Contracts: kernels.def. The caller has checked that every index lies in 0..rows-1.
//
// rows of the table   d elements of a row   n rows taken
#include <algorithm>

#include "reference.h"

namespace tinynn::reference {

template <class T>
void gather_rows(const T* x, const std::int64_t* index, T* y, Index /*rows*/, Index d, Index n) {
  parallel_for(n, grain_of(d), [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) std::copy_n(x + index[i] * d, d, y + i * d);
  });
}

// A row may be named twice, so the columns are shared out and not the rows: no two threads write one place.
template <class T>
void scatter_add_rows(const T* dy, const std::int64_t* index, T* dx, Index rows, Index d, Index n) {
  parallel_for(d, std::max(grain_of(rows + n), Index{16}), [&](Index begin, Index end) {
    for (Index r = 0; r < rows; ++r) std::fill(dx + r * d + begin, dx + r * d + end, T(0));
    for (Index i = 0; i < n; ++i)
      for (Index j = begin; j < end; ++j) dx[index[i] * d + j] += dy[i * d + j];
  });
}

template <class T>
void gather_images(const std::uint8_t* images, const std::int64_t* index, const T* mean, const T* std_, T* y,
                   Index /*rows*/, Index c, Index inner, Index n) {
  parallel_for(n * c, grain_of(inner), [&](Index begin, Index end) {
    for (Index plane = begin; plane < end; ++plane) {
      const Index channel = plane % c;
      const std::uint8_t* pixels = images + (index[plane / c] * c + channel) * inner;
      const T shift = mean == nullptr ? T(0) : mean[channel];
      const T spread = std_ == nullptr ? T(1) : std_[channel];
      for (Index i = 0; i < inner; ++i) y[plane * inner + i] = (T(pixels[i]) / T(255) - shift) / spread;
    }
  });
}

template <class T>
void fill_gather(KernelTable<T>& table) {
  table.gather_rows = gather_rows;
  table.scatter_add_rows = scatter_add_rows;
  table.gather_images = gather_images;
}
template void fill_gather(KernelTable<float>&);
template void fill_gather(KernelTable<double>&);

}  // namespace tinynn::reference
