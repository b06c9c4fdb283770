// Pooling: the maximum or the mean of every window. Contracts: kernels.def.
//
// n images   h, w the plane, of which a, b is a place   oh, ow the outputs i, j   c channels, last
//
// Forward: a row of outputs at a time, each window place by place, all channels of a place side by side.
// Backward: an image at a time, since windows may overlap, and dx is added to.
#include <algorithm>

#include "reference.h"

namespace tinynn::reference {
namespace {

// body(output, rows, columns) for every window: where its channels begin in y, and where it stands.
template <class Windows, class F>
void for_windows(const PoolShape& s, Index first_row, Index last_row, F&& body) {
  for (Index row = first_row; row < last_row; ++row)  // of all images, one after the other
    for (Index j = 0; j < s.ow; ++j)
      body(row / s.oh, (row * s.ow + j) * s.c, Windows::rows(s, row % s.oh), Windows::columns(s, j));
}

// body(at, place) for every place of a window that is no padding: where its channels begin in x.
template <class F>
void for_places(const PoolShape& s, Index image, Window rows, Window columns, F&& body) {
  const Window inner_rows = rows.within(s.h), inner_columns = columns.within(s.w);
  for (Index a = inner_rows.begin; a < inner_rows.end; ++a)
    for (Index b = inner_columns.begin; b < inner_columns.end; ++b)
      body(((image * s.h + a) * s.w + b) * s.c, (a - rows.begin) * s.kw + b - columns.begin);
}

Index count_of(const PoolShape& s, Window rows, Window columns, bool with_padding) {
  if (with_padding) return rows.size() * columns.size();
  return rows.within(s.h).size() * columns.within(s.w).size();
}

template <class Windows, class T>
void max_forward(const T* x, T* y, std::uint8_t* arg, std::int32_t* wide, const PoolShape& s) {
  const Places places{arg, wide};
  parallel_for(s.n * s.oh, grain_of(s.ow * s.kh * s.kw * s.c), [&](Index begin, Index end) {
    for_windows<Windows>(s, begin, end, [&](Index image, Index output, Window rows, Window columns) {
      bool first = true;
      for_places(s, image, rows, columns, [&](Index at, Index place) {
        for (Index k = 0; k < s.c; ++k) {
          const T value = x[at + k];
          T& best = y[output + k];
          const bool wins = value > best || (value != value && best == best);  // NaN wins
          if (!first && !wins) continue;
          best = value;
          places.set(output + k, place);
        }
        first = false;
      });
    });
  });
}

// body(image) for every image, dx having been set to zero.
template <class T, class F>
void for_images(const PoolShape& s, T* dx, F&& body) {
  const Index size = s.h * s.w * s.c;
  parallel_for(s.n, grain_of(size + s.oh * s.ow * s.kh * s.kw * s.c), [&](Index begin, Index end) {
    std::fill(dx + begin * size, dx + end * size, T(0));
    for (Index image = begin; image < end; ++image) body(image);
  });
}

template <class Windows, class T>
void max_backward(const T* dy, const std::uint8_t* arg, const std::int32_t* wide, T* dx, const PoolShape& s) {
  const Places winner{arg, wide};
  for_images(s, dx, [&](Index image) {
    for_windows<Windows>(s, image * s.oh, (image + 1) * s.oh,
                         [&](Index, Index output, Window rows, Window columns) {
                           for_places(s, image, rows, columns, [&](Index at, Index place) {
                             for (Index k = 0; k < s.c; ++k)
                               if (winner[output + k] == place) dx[at + k] += dy[output + k];
                           });
                         });
  });
}

template <class Windows, class T>
void avg_forward(const T* x, T* y, const PoolShape& s, bool with_padding) {
  parallel_for(s.n * s.oh, grain_of(s.ow * s.kh * s.kw * s.c), [&](Index begin, Index end) {
    for_windows<Windows>(s, begin, end, [&](Index image, Index output, Window rows, Window columns) {
      std::fill_n(y + output, s.c, T(0));
      for_places(s, image, rows, columns, [&](Index at, Index) {
        for (Index k = 0; k < s.c; ++k) y[output + k] += x[at + k];
      });
      const T count = T(count_of(s, rows, columns, with_padding));
      for (Index k = 0; k < s.c; ++k) y[output + k] /= count;
    });
  });
}

template <class Windows, class T>
void avg_backward(const T* dy, T* dx, const PoolShape& s, bool with_padding) {
  for_images(s, dx, [&](Index image) {
    for_windows<Windows>(s, image * s.oh, (image + 1) * s.oh,
                         [&](Index, Index output, Window rows, Window columns) {
                           const T count = T(count_of(s, rows, columns, with_padding));
                           for_places(s, image, rows, columns, [&](Index at, Index) {
                             for (Index k = 0; k < s.c; ++k) dx[at + k] += dy[output + k] / count;
                           });
                         });
  });
}

}  // namespace

template <class T>
void max_pool2d_forward(const T* x, T* y, std::uint8_t* arg, std::int32_t* wide, const PoolShape& s) {
  max_forward<Sliding>(x, y, arg, wide, s);
}
template <class T>
void max_pool2d_backward(const T* dy, const std::uint8_t* arg, const std::int32_t* wide, T* dx,
                         const PoolShape& s) {
  max_backward<Sliding>(dy, arg, wide, dx, s);
}
template <class T>
void avg_pool2d_forward(const T* x, T* y, const PoolShape& s, bool count_include_pad) {
  avg_forward<Sliding>(x, y, s, count_include_pad);
}
template <class T>
void avg_pool2d_backward(const T* dy, T* dx, const PoolShape& s, bool count_include_pad) {
  avg_backward<Sliding>(dy, dx, s, count_include_pad);
}
template <class T>
void adaptive_max_pool2d_forward(const T* x, T* y, std::uint8_t* arg, std::int32_t* wide,
                                 const PoolShape& s) {
  max_forward<Adaptive>(x, y, arg, wide, s);
}
template <class T>
void adaptive_max_pool2d_backward(const T* dy, const std::uint8_t* arg, const std::int32_t* wide, T* dx,
                                  const PoolShape& s) {
  max_backward<Adaptive>(dy, arg, wide, dx, s);
}
template <class T>
void adaptive_avg_pool2d_forward(const T* x, T* y, const PoolShape& s) {
  avg_forward<Adaptive>(x, y, s, false);
}
template <class T>
void adaptive_avg_pool2d_backward(const T* dy, T* dx, const PoolShape& s) {
  avg_backward<Adaptive>(dy, dx, s, false);
}

template <class T>
void fill_pool(KernelTable<T>& table) {
  table.max_pool2d_forward = max_pool2d_forward;
  table.max_pool2d_backward = max_pool2d_backward;
  table.avg_pool2d_forward = avg_pool2d_forward;
  table.avg_pool2d_backward = avg_pool2d_backward;
  table.adaptive_max_pool2d_forward = adaptive_max_pool2d_forward;
  table.adaptive_max_pool2d_backward = adaptive_max_pool2d_backward;
  table.adaptive_avg_pool2d_forward = adaptive_avg_pool2d_forward;
  table.adaptive_avg_pool2d_backward = adaptive_avg_pool2d_backward;
}
template void fill_pool(KernelTable<float>&);
template void fill_pool(KernelTable<double>&);

}  // namespace tinynn::reference
