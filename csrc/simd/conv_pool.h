// Convolution, bias, activation and max-pool in one pass, and the way back.
//
// Fast because only the rows of one row of pool windows exist at a time, in the nearest cache: what a
// max-pool throws away never reaches memory. The backward pass makes dz from dy, y and arg while it copies it
// into its band, so that dz never exists as a whole either.
//
// Contract: kernels.def, "conv_pool".   ph pw size of a pool window
#pragma once

#include "conv_backward.h"

namespace tinynn::TINYNN_NAMESPACE {

inline Vec load_some_bytes(const std::uint8_t* p, Index count) {
  if (count == Vec::width) return load_bytes(p);
  std::uint8_t some[Vec::width] = {};
  for (Index i = 0; i < count; ++i) some[i] = p[i];
  return load_bytes(some);
}
inline void store_some_bytes(std::uint8_t* p, Vec a, Index count) {
  if (count == Vec::width) return store_bytes(p, a);
  std::uint8_t some[Vec::width];
  store_bytes(some, a);
  for (Index i = 0; i < count; ++i) p[i] = some[i];
}

// y[pixels,o] and arg from the rows z[ph][pixels * pw][o]: the first of equals wins, a NaN over all.
inline void pool_row(const float* z, Index row, Index ph, Index pw, Index pixels, Index o, float* y,
                     std::uint8_t* arg) {
  for (Index q = 0; q < pixels; ++q, z += pw * o, y += o, arg += o)
    for_vectors(0, o, [&](Index i, Index count) {
      Vec best = load_some(z + i, count), at(0.0f);
      for (Index p = 1; p < ph * pw; ++p) {
        const Vec next = load_some(z + p / pw * row + p % pw * o + i, count);
        const Mask wins = (next > best) | ((next != next) & (best == best));
        best = select(wins, next, best);
        at = select(wins, Vec(static_cast<float>(p)), at);
      }
      store_some(y + i, best, count);
      store_some_bytes(arg + i, at, count);
    });
}

// The correlation without the pixels that no pool window covers; its result is a few rows in scratch memory.
inline Correlation pooled_correlation(const ConvShape& s, Index ph, Index pw) {
  Correlation k = forward_correlation(s, tap_memory(s));
  k.rows.out = s.oh / ph * ph;
  k.cols.out = s.ow / pw * pw;
  return k;
}

inline void conv_pool_forward(const float* x, const float* w, const float* b, float* y, std::uint8_t* arg,
                              const ConvShape& s, Index ph, Index pw, Activation act, float alpha) {
  if (!band_fits(s, ph, s.ow))
    return reference::conv_pool_forward<float>(x, w, b, y, arg, s, ph, pw, act, alpha);
  Correlation k = pooled_correlation(s, ph, pw);
  const Index high = s.oh / ph, wide = s.ow / pw;
  if (k.n == 0 || high == 0 || wide == 0 || k.o == 0) return;
  const Finish finish = finish_of(act, constant_of(act, nullptr, 0, alpha), false);
  const Source from = plain_source(x, s.h, s.w, s.c);
  const bool shares = k.work() >= kSerialWork;
  Pieces pieces = cut_images(k, shares);
  pieces = {ceil_div(pieces.rows, ph) * ph, k.cols.out, 0, 1, k.n};
  pieces.down = ceil_div(k.rows.out, pieces.rows);
  const bool direct = k.rows.inside() && k.cols.inside();
  const Index row = direct ? s.w * s.c : k.cols.reach(k.cols.out) * s.c;
  k.y_row = k.cols.out * k.o;
  const Prepared prepared = prepare(k, w, b, row);
  const auto run = [&](Index begin, Index end) {
    float* z = scratch(kGradientSlot, ph * k.y_row);
    for (Index i = begin; i < end; ++i) {
      const Piece p = piece_at(k, pieces, i);
      const Band band = load_window(k, from, p, row, direct);
      for (Index r = p.r0; r < p.r1; r += ph) {
        const Piece line{p.image, r, r + ph, 0, k.cols.out};
        correlate_rows(prepared, finish, {band.p + (r - p.r0) * k.rows.step * row, row}, line, z, nullptr);
        const Index to = (p.image * high + r / ph) * wide * k.o;
        pool_row(z, k.y_row, ph, pw, wide, k.o, y + to, arg + to);
      }
    }
  };
  if (!shares) return run(0, pieces.count());
  parallel_for(pieces.count(), ceil_div(pieces.count(), 8 * kTasks), run);
}

// dz = dy * act'(y) where arg points, else 0. The source's x and kept are dy and y.
template <class A>
void fill_pooled(const Source& s, Index image, Index row, Index q0, Index q1, float* to, Index pixel) {
  const Index high = s.h / s.ph, wide = s.w / s.pw, r = row / s.ph;
  for (Index q = q0; q < q1; ++q, to += pixel) {
    if (r >= high || q / s.pw >= wide) {
      clear_floats(to, s.c);
      continue;
    }
    const Index from = ((image * high + r) * wide + q / s.pw) * s.c;
    const Vec here(static_cast<float>(row % s.ph * s.pw + q % s.pw));
    for_vectors(0, s.c, [&](Index i, Index count) {
      const Vec up = load_some(s.x + from + i, count), y = load_some(s.kept + from + i, count);
      const Vec dz = A::keeps == Keeps::nothing ? up : up * A::derivative(y, s.constant.at(i, count));
      store_some(to + i, select(load_some_bytes(s.arg + from + i, count) == here, dz, Vec(0.0f)), count);
    });
  }
}

inline void conv_pool_backward(const float* dy, const float* x, const float* w, const float* y,
                               const std::uint8_t* arg, float* dx, float* dw, float* db, const ConvShape& s,
                               Index ph, Index pw, Activation act, float alpha, bool accumulate) {
  if (!band_fits(s))
    return reference::conv_pool_backward<float>(dy, x, w, y, arg, dx, dw, db, s, ph, pw, act, alpha,
                                                accumulate);
  Source dz{dy, y, arg, constant_of(act, nullptr, 0, alpha), s.oh, s.ow, s.o, ph, pw, nullptr, false};
  visit(act, [&](auto formula) { dz.fill = fill_pooled<decltype(formula)>; });
  if (dx != nullptr) backward_input(dz, w, dx, s);
  if (dw != nullptr || db != nullptr) backward_weights(dz, x, dw, db, s, accumulate);
}

}  // namespace tinynn::TINYNN_NAMESPACE
