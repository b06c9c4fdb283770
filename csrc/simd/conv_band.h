// What a correlation reads, brought into a form it can read fast: a band of an image with its padding around
// it, in scratch memory that stays in the second-level cache. Where nothing has to be added or computed, the
// band is the image itself. dz = dy * act'(kept) is computed here, while it is copied.
#pragma once

#include "conv_taps.h"

namespace tinynn::TINYNN_NAMESPACE {

// Images [n,h,w,c] that may have to be computed: fill() writes pixels q0..q1 of a row, `pixel` floats apart.
struct Source {
  const float* x;
  const float* kept;        // of an activation
  const std::uint8_t* arg;  // of a max-pool: x and kept are then [n,h/ph,w/pw,c]
  Constant constant;
  Index h, w, c, ph, pw;
  void (*fill)(const Source& s, Index image, Index row, Index q0, Index q1, float* to, Index pixel);
  bool plain;  // x itself
};

inline void copy_floats(const float* from, float* to, Index count) {
  for_vectors(0, count, [=](Index i, Index some) { store_some(to + i, load_some(from + i, some), some); });
}
inline void clear_floats(float* to, Index count) {
  for_vectors(0, count, [=](Index i, Index some) { store_some(to + i, Vec(0.0f), some); });
}

inline void fill_plain(const Source& s, Index image, Index row, Index q0, Index q1, float* to, Index pixel) {
  const float* from = s.x + ((image * s.h + row) * s.w + q0) * s.c;
  if (pixel == s.c) return copy_floats(from, to, (q1 - q0) * s.c);
  for (Index q = q0; q < q1; ++q, from += s.c, to += pixel) copy_floats(from, to, s.c);
}

// dz = dy * act'(kept)
template <class A>
void fill_gradient(const Source& s, Index image, Index row, Index q0, Index q1, float* to, Index pixel) {
  const Index from = ((image * s.h + row) * s.w + q0) * s.c;
  const float *dy = s.x + from, *kept = s.kept + from;
  const bool flat = pixel == s.c && s.constant.same_for_all();
  const Index wide = flat ? (q1 - q0) * s.c : s.c;
  for (Index q = flat ? q1 - 1 : q0; q < q1; ++q, dy += s.c, kept += s.c, to += pixel)
    for_vectors(0, wide, [&](Index i, Index count) {
      const Vec c = s.constant.at(i, count);
      const Vec up = load_some(dy + i, count);
      store_some(to + i, up * A::derivative(load_some(kept + i, count), c), count);
    });
}

inline Source plain_source(const float* x, Index h, Index w, Index c) {
  return {x, nullptr, nullptr, {nullptr, 1, 0.0f}, h, w, c, 1, 1, fill_plain, true};
}

inline Source gradient_source(const float* dy, const float* kept, Activation act, Constant constant, Index h,
                              Index w, Index c) {
  Source s = plain_source(dy, h, w, c);
  s.kept = kept;
  s.constant = constant;
  visit(act, [&](auto formula) {
    using A = decltype(formula);
    if constexpr (A::keeps != Keeps::nothing) {
      s.fill = fill_gradient<A>;
      s.plain = false;
    }
  });
  return s;
}

// A rectangle of an image; `row` floats from one row to the next.
struct Band {
  const float* p;
  Index row;
};
struct Rect {
  Index row, col, rows, cols;  // may reach beyond the image, into its padding
};

// Copies the rectangle, zeros outside the image, pixels `pixel` floats apart and zeros between them.
inline Band copy_band(const Source& s, Index image, Rect r, Index pixel, float* to) {
  const Index q0 = smaller(larger(r.col, 0), r.col + r.cols), q1 = larger(smaller(r.col + r.cols, s.w), q0);
  const Index before = (q0 - r.col) * pixel, middle = (q1 - q0) * pixel, row = r.cols * pixel;
  for (Index i = 0; i < r.rows; ++i) {
    float* line = to + i * row;
    if (r.row + i < 0 || r.row + i >= s.h || q0 >= s.w) {
      clear_floats(line, row);
      continue;
    }
    clear_floats(line, before);
    if (pixel > s.c)
      for (Index q = 0; q < q1 - q0; ++q) clear_floats(line + before + q * pixel + s.c, pixel - s.c);
    s.fill(s, image, r.row + i, q0, q1, line + before, pixel);
    clear_floats(line + before + middle, row - before - middle);
  }
  return {to, row};
}

inline bool within(const Source& s, Rect r) {
  return r.row >= 0 && r.col >= 0 && r.row + r.rows <= s.h && r.col + r.cols <= s.w;
}

// The images cut into pieces of rows x cols pixels of the result, by shape alone: small enough for the second
// level cache, and enough of them for several threads.
struct Pieces {
  Index rows, cols;       // of one piece
  Index down, across, n;  // how many, and images
  Index count() const { return n * down * across; }
};
struct Piece {
  Index image, r0, r1, q0, q1;
};

constexpr Index kBandFloats = 48 << 10;
constexpr Index kLeastCols = 32;  // a band is not made narrower
constexpr Index kTasks = 16;

// Whether scratch memory holds the window of the smallest piece. It does not where a kernel is dilated over
// far more padding than image; the reference, which copies nothing, then does the work.
inline bool band_fits(const ConvShape& s, Index rows, Index cols) {
  constexpr double kMostFloats = 1 << 26;
  const auto reach = [](Index kernel, Index dilation, Index pixels, Index stride) {
    return static_cast<double>((kernel - 1) * dilation + 1) + static_cast<double>((pixels - 1) * stride);
  };
  return reach(s.kh, s.dilation_h, rows, s.stride_h) * reach(s.kw, s.dilation_w, cols, s.stride_w) *
             static_cast<double>(larger(larger(s.c, s.o), Vec::width)) <=
         kMostFloats;
}
inline bool band_fits(const ConvShape& s) { return band_fits(s, 1, smaller(s.ow, kLeastCols)); }

inline Pieces cut_images(const Correlation& k, bool shares) {
  const Index r = k.rows.out, q = k.cols.out;
  const Index wanted = shares ? ceil_div(kTasks, k.n) : 1;
  Index cols = q;
  while (cols > kLeastCols && k.rows.span() * k.cols.reach(cols) * k.c > kBandFloats)
    cols = ceil_div(cols, 2);
  if (r < wanted) cols = smaller(cols, larger(ceil_div(q * r, wanted), 64));
  Index rows = smaller(r, larger(ceil_div(r, wanted), 1));
  while (rows > 1 && k.rows.reach(rows) * k.cols.reach(cols) * k.c > kBandFloats) rows = ceil_div(rows, 2);
  return {rows, cols, ceil_div(r, rows), ceil_div(q, cols), k.n};
}

inline Piece piece_at(const Correlation& k, const Pieces& p, Index i) {
  const Index q = i % p.across * p.cols, r = i / p.across % p.down * p.rows;
  return {i / p.across / p.down, r, smaller(r + p.rows, k.rows.out), q, smaller(q + p.cols, k.cols.out)};
}

inline Rect window_of(const Correlation& k, const Piece& p) {
  return {p.r0 * k.rows.step + k.rows.first(), p.q0 * k.cols.step + k.cols.first(), k.rows.reach(p.r1 - p.r0),
          k.cols.reach(p.q1 - p.q0)};
}

}  // namespace tinynn::TINYNN_NAMESPACE
