// Pooling. Fast because lanes run along the channels, which lie last in memory: a window is a few loads from
// rows of one piece, and the best of a lane stays in its register. One channel alone has no lanes to fill;
// its windows are short chains that do not wait for one another, and lanes run along a window where it is
// wide.
//
// Contract: kernels.def, "pool".   n images   h, w the plane   oh, ow the outputs i, j   c channels
#pragma once

#include "../windows.h"
#include "span.h"

namespace tinynn::TINYNN_NAMESPACE {

// One window: which places of the plane it has, and where its outputs begin in y.
struct Place {
  Window rows, columns;  // with padding
  Index image, output;
};

// body(place) for the windows of rows first .. last of outputs, counted through all images.
template <class Windows, class F>
inline void for_windows(const PoolShape& s, Index first, Index last, F&& body) {
  for (Index row = first; row < last; ++row) {
    const Window rows = Windows::rows(s, row % s.oh);
    for (Index j = 0; j < s.ow; ++j)
      body(Place{rows, Windows::columns(s, j), row / s.oh, (row * s.ow + j) * s.c});
  }
}

// The same for all rows, by all threads.
template <class Windows, class F>
void for_all_windows(const PoolShape& s, F&& body) {
  parallel_for(s.n * s.oh, 49152 / larger(s.ow * s.kh * s.kw * s.c, 1) + 1,
               [&](Index begin, Index end) { for_windows<Windows>(s, begin, end, body); });
}

// body(at, number) for the places of a window that are no padding: where the channels begin in x, and its
// number in the window.
template <class F>
inline void for_places(const PoolShape& s, const Place& p, F&& body) {
  const Window rows = p.rows.within(s.h), columns = p.columns.within(s.w);
  for (Index a = rows.begin; a < rows.end; ++a) {
    const Index row = (p.image * s.h + a) * s.w, number = (a - p.rows.begin) * s.kw - p.columns.begin;
    for (Index b = columns.begin; b < columns.end; ++b) body((row + b) * s.c, number + b);
  }
}

// ---- maximum -------------------------------------------------------------------------------------

// The best so far and where it stands; of equals, and of NaNs, the one of the lower number wins.
struct Best {
  float value;
  Index number;

  void meet(float v, Index other) {
    const bool both_nan = v != v && value != value;
    const bool wins = v > value || (v != v && value == value) || ((v == value || both_nan) && other < number);
    value = wins ? v : value;
    number = wins ? other : number;
  }
};

// The largest of one channel, lanes along the rows of the window: for windows of at least two vectors.
inline Best best_of_wide(const float* x, const PoolShape& s, const Place& p) {
  const Window rows = p.rows.within(s.h), columns = p.columns.within(s.w);
  const float* corner = x + (p.image * s.h + rows.begin) * s.w;
  const Index first = (rows.begin - p.rows.begin) * s.kw - p.columns.begin;
  float lane[Vec::width];
  for (Index l = 0; l < Vec::width; ++l) lane[l] = static_cast<float>(l);
  const Vec step = load(lane);
  Vec best = load(corner + columns.begin), number = step + Vec(static_cast<float>(first + columns.begin));
  Best all{corner[columns.begin], first + columns.begin};
  for (Index a = 0; a < rows.size(); ++a) {
    const float* row = corner + a * s.w;
    const Index here = first + a * s.kw;
    Index b = columns.begin;
    for (; b + Vec::width <= columns.end; b += Vec::width) {
      const Vec v = load(row + b);
      const Mask keep = (v <= best) | (best != best);
      best = select(keep, best, v);
      number = select(keep, number, step + Vec(static_cast<float>(here + b)));
    }
    for (; b < columns.end; ++b) all.meet(row[b], here + b);
  }
  float values[Vec::width], numbers[Vec::width];
  store(values, best);
  store(numbers, number);
  for (Index l = 0; l < Vec::width; ++l) all.meet(values[l], static_cast<Index>(numbers[l]));
  return all;
}

template <class Windows>
void max_of_one_channel(const float* x, float* y, std::uint8_t* arg, std::int32_t* wide, const PoolShape& s) {
  const Places places{arg, wide};
  for_all_windows<Windows>(s, [=](const Place& p) {
    const Window rows = p.rows.within(s.h), columns = p.columns.within(s.w);
    const Index corner = (p.image * s.h + rows.begin) * s.w + columns.begin;
    Best best{x[corner], (rows.begin - p.rows.begin) * s.kw + columns.begin - p.columns.begin};
    if (columns.size() >= 2 * Vec::width)
      best = best_of_wide(x, s, p);
    else
      for_places(s, p, [&](Index at, Index number) {
        const bool keeps = x[at] <= best.value || best.value != best.value;
        best = {keeps ? best.value : x[at], keeps ? best.number : number};
      });
    y[p.output] = best.value;
    places.set(p.output, best.number);
  });
}

template <class Windows>
void max_forward(const float* x, float* y, std::uint8_t* arg, std::int32_t* wide, const PoolShape& s) {
  if (s.c == 1) return max_of_one_channel<Windows>(x, y, arg, wide, s);
  const Places places{arg, wide};
  for_all_windows<Windows>(s, [=](const Place& p) {
    const Window rows = p.rows.within(s.h), columns = p.columns.within(s.w);
    const Index corner = ((p.image * s.h + rows.begin) * s.w + columns.begin) * s.c;
    const Index first = (rows.begin - p.rows.begin) * s.kw + columns.begin - p.columns.begin;
    for_vectors(0, s.c, [&](Index k, Index count) {
      Vec best = load_some(x + corner + k, count), number(static_cast<float>(first));
      for_places(s, p, [&](Index at, Index place) {
        const Vec v = load_some(x + at + k, count);
        const Mask keep = (v <= best) | (best != best);  // a NaN wins, and no number wins against it
        best = select(keep, best, v);
        number = select(keep, number, Vec(static_cast<float>(place)));
      });
      store_some(y + p.output + k, best, count);
      float numbers[Vec::width];
      store(numbers, number);
      for (Index l = 0; l < count; ++l) places.set(p.output + k + l, static_cast<Index>(numbers[l]));
    });
  });
}

// body(place) for all windows, image by image: they may overlap, and dx is added to. Before that dx is zero.
template <class Windows, class F>
void for_all_images(const PoolShape& s, float* dx, F&& body) {
  const Index size = s.h * s.w * s.c;
  parallel_for(s.n, 49152 / larger(size + s.oh * s.ow * s.kh * s.kw * s.c, 1) + 1,
               [&](Index begin, Index end) {
                 for (Index image = begin; image < end; ++image) {
                   for_vectors(image * size, (image + 1) * size,
                               [=](Index i, Index count) { store_some(dx + i, Vec(0.0f), count); });
                   for_windows<Windows>(s, image * s.oh, (image + 1) * s.oh, body);
                 }
               });
}

constexpr Index kFewPlaces = 16;

// Places in a window as floats, for `count` channels.
template <class Winner>
inline Vec numbers_of(const Winner& winner, Index i, Index count) {
  if (winner.bytes != nullptr && count == Vec::width) return load_bytes(winner.bytes + i);
  float numbers[Vec::width] = {};
  for (Index l = 0; l < count; ++l) numbers[l] = static_cast<float>(winner[i + l]);
  return load(numbers);
}

template <class Windows>
void max_backward(const float* dy, const std::uint8_t* arg, const std::int32_t* wide, float* dx,
                  const PoolShape& s) {
  const Places winner{arg, wide};
  if (s.c > 1 && s.kh * s.kw <= kFewPlaces)  // every place takes what it won
    return for_all_images<Windows>(s, dx, [=](const Place& p) {
      for_vectors(0, s.c, [&](Index k, Index count) {
        const Vec up = load_some(dy + p.output + k, count), number = numbers_of(winner, p.output + k, count);
        for_places(s, p, [&](Index at, Index place) {
          const Vec won = select(number == Vec(static_cast<float>(place)), up, Vec(0.0f));
          store_some(dx + at + k, load_some(dx + at + k, count) + won, count);
        });
      });
    });
  for_all_images<Windows>(s, dx, [=](const Place& p) {  // every winner is looked up
    const Window rows = p.rows.within(s.h), columns = p.columns.within(s.w);
    for (Index k = 0; k < s.c; ++k) {
      const Index number = winner[p.output + k];
      const Index a = p.rows.begin + number / s.kw, b = p.columns.begin + number % s.kw;
      if (a >= rows.begin && a < rows.end && b >= columns.begin && b < columns.end)
        dx[((p.image * s.h + a) * s.w + b) * s.c + k] += dy[p.output + k];
    }
  });
}

// ---- mean ----------------------------------------------------------------------------------------

inline float count_of(const PoolShape& s, const Place& p, bool with_padding) {
  if (with_padding) return static_cast<float>(p.rows.size() * p.columns.size());
  return static_cast<float>(p.rows.within(s.h).size() * p.columns.within(s.w).size());
}

// The sum of a window of one channel.
inline float sum_of_one_channel(const float* x, const PoolShape& s, const Place& p) {
  const Window rows = p.rows.within(s.h), columns = p.columns.within(s.w);
  Vec lanes(0.0f);
  float sum = 0;
  for (Index a = rows.begin; a < rows.end; ++a) {
    const float* row = x + (p.image * s.h + a) * s.w;
    Index b = columns.begin;
    for (; b + Vec::width <= columns.end; b += Vec::width) lanes = lanes + load(row + b);
    for (; b < columns.end; ++b) sum += row[b];
  }
  return columns.size() < Vec::width ? sum : sum + reduce_add(lanes);
}

template <class Windows>
void avg_forward(const float* x, float* y, const PoolShape& s, bool with_padding) {
  for_all_windows<Windows>(s, [=](const Place& p) {
    const float size = count_of(s, p, with_padding);
    if (s.c == 1) {
      y[p.output] = sum_of_one_channel(x, s, p) / size;
      return;
    }
    for_vectors(0, s.c, [&](Index k, Index count) {
      Vec sum(0.0f);
      for_places(s, p, [&](Index at, Index) { sum = sum + load_some(x + at + k, count); });
      store_some(y + p.output + k, sum / Vec(size), count);
    });
  });
}

template <class Windows>
void avg_backward(const float* dy, float* dx, const PoolShape& s, bool with_padding) {
  for_all_images<Windows>(s, dx, [=](const Place& p) {
    const float size = count_of(s, p, with_padding);
    if (s.c == 1) {
      for_places(s, p, [&](Index at, Index) { dx[at] += dy[p.output] / size; });
      return;
    }
    for_vectors(0, s.c, [&](Index k, Index count) {
      const Vec share = load_some(dy + p.output + k, count) / Vec(size);
      for_places(s, p, [&](Index at, Index) {
        store_some(dx + at + k, load_some(dx + at + k, count) + share, count);
      });
    });
  });
}

// ---- the kernels ---------------------------------------------------------------------------------

constexpr Index kExactInFloat = 1 << 24;  // the number of a place is kept in a float lane

inline void max_pool2d_forward(const float* x, float* y, std::uint8_t* arg, std::int32_t* wide,
                               const PoolShape& s) {
  if (s.kh * s.kw > kExactInFloat) return reference::max_pool2d_forward<float>(x, y, arg, wide, s);
  max_forward<Sliding>(x, y, arg, wide, s);
}
inline void max_pool2d_backward(const float* dy, const std::uint8_t* arg, const std::int32_t* wide, float* dx,
                                const PoolShape& s) {
  max_backward<Sliding>(dy, arg, wide, dx, s);
}
inline void avg_pool2d_forward(const float* x, float* y, const PoolShape& s, bool count_include_pad) {
  avg_forward<Sliding>(x, y, s, count_include_pad);
}
inline void avg_pool2d_backward(const float* dy, float* dx, const PoolShape& s, bool count_include_pad) {
  avg_backward<Sliding>(dy, dx, s, count_include_pad);
}
inline void adaptive_max_pool2d_forward(const float* x, float* y, std::uint8_t* arg, std::int32_t* wide,
                                        const PoolShape& s) {
  if (s.kh * s.kw > kExactInFloat) return reference::adaptive_max_pool2d_forward<float>(x, y, arg, wide, s);
  max_forward<Adaptive>(x, y, arg, wide, s);
}
inline void adaptive_max_pool2d_backward(const float* dy, const std::uint8_t* arg, const std::int32_t* wide,
                                         float* dx, const PoolShape& s) {
  max_backward<Adaptive>(dy, arg, wide, dx, s);
}
inline void adaptive_avg_pool2d_forward(const float* x, float* y, const PoolShape& s) {
  avg_forward<Adaptive>(x, y, s, false);
}
inline void adaptive_avg_pool2d_backward(const float* dy, float* dx, const PoolShape& s) {
  avg_backward<Adaptive>(dy, dx, s, false);
}

}  // namespace tinynn::TINYNN_NAMESPACE
