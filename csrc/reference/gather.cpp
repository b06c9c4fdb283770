// Rows by index, and back. Contracts: kernels.def. The caller has checked that every index lies in 0..rows-1.
//
// rows of the table   d elements of a row   n rows taken   c channels   h, w height and width
#include <algorithm>
#include <memory>

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

namespace {

// Where pixel i lies in a row of n whose image goes on mirrored beyond either rim.
Index reflect(Index i, Index n) { return i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i; }

}  // namespace

// A byte has 256 values: what each becomes is looked up, not computed again for every pixel.
template <class T>
void gather_crops(const std::uint8_t* images, const std::int64_t* index, const std::int64_t* place,
                  const T* mean, const T* std_, T* y, Index /*rows*/, Index c, Index h, Index w, Index n,
                  Index hole) {
  const std::unique_ptr<T[]> light(new T[c * 256]);
  for (Index channel = 0; channel < c; ++channel)
    for (Index value = 0; value < 256; ++value)
      light[channel * 256 + value] = (T(value) / T(255) - (mean == nullptr ? T(0) : mean[channel])) /
                                     (std_ == nullptr ? T(1) : std_[channel]);
  parallel_for(n, grain_of(c * h * w), [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) {
      const std::uint8_t* image = images + index[i] * c * h * w;
      const std::int64_t* at = place + i * 5;
      T* out = y + i * h * w * c;
      for (Index row = 0; row < h; ++row)
        for (Index column = 0; column < w; ++column, out += c) {
          const bool gone = row >= at[3] && row < at[3] + hole && column >= at[4] && column < at[4] + hole;
          const Index from_row = reflect(row + at[0], h);
          const Index from_column = reflect((at[2] != 0 ? w - 1 - column : column) + at[1], w);
          for (Index channel = 0; channel < c; ++channel)
            out[channel] =
                gone ? T(0) : light[channel * 256 + image[(channel * h + from_row) * w + from_column]];
        }
    }
  });
}

template <class T>
void fill_gather(KernelTable<T>& table) {
  table.gather_rows = gather_rows;
  table.scatter_add_rows = scatter_add_rows;
  table.gather_images = gather_images;
  table.gather_crops = gather_crops;
}
template void fill_gather(KernelTable<float>&);
template void fill_gather(KernelTable<double>&);

}  // namespace tinynn::reference
