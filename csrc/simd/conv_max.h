// Convolution, activation and the maximum of the whole image, and the way back.
//
// Fast because a few images at a time are convolved into scratch memory and pooled while they are in the
// second cache; and because on the way back each image has one gradient per output channel, at one place: the
// work is that of one pixel, not of all. What is left is to clear dx.
//
// Contract: kernels.def, "conv_max".
#pragma once

#include "conv.h"
#include "pool.h"

namespace tinynn::TINYNN_NAMESPACE {

inline void conv_max_forward(const float* x, const float* w, const float* b, float* y, std::int32_t* arg,
                             const ConvShape& s, Activation act, float alpha) {
  constexpr Index kNear = 1 << 16;  // floats of the second cache
  const Index image = s.oh * s.ow * s.o;
  parallel_for(s.n, larger(kNear / larger(image, 1), 1), [&](Index begin, Index end) {
    ConvShape part = s;
    part.n = end - begin;
    float* full = scratch(kWholeSlot, part.n * image);
    conv_forward(x + begin * s.h * s.w * s.c, w, b, nullptr, full, nullptr, part, 0, act, alpha);
    const PoolShape whole{part.n, s.oh, s.ow, s.o, 1, 1, s.oh, s.ow, 1, 1, 0, 0};
    adaptive_max_pool2d_forward(full, y + begin * s.o, nullptr, arg + begin * s.o, whole);
  });
}

// visit(tap, at): the taps of a window that fall inside the image, and where they read; `at` counts floats of
// the image [h,w,c], `tap` numbers the kernel [kh,kw] as the weights lie.
template <class F>
inline void for_taps(const ConvShape& s, Index place, F&& visit) {
  for (Index i = 0; i < s.kh; ++i) {
    const Index row = place / s.ow * s.stride_h + i * s.dilation_h - s.pad_top;
    if (row < 0 || row >= s.h) continue;
    for (Index j = 0; j < s.kw; ++j) {
      const Index column = place % s.ow * s.stride_w + j * s.dilation_w - s.pad_left;
      if (column < 0 || column >= s.w) continue;
      const Index tap = i * s.kw + j;
      visit(s.flip ? s.kh * s.kw - 1 - tap : tap, (row * s.w + column) * s.c);
    }
  }
}

inline void add_multiple(float* to, const float* from, Vec factor, Index n) {
  for_vectors(0, n, [=](Index i, Index count) {
    store_some(to + i, fma(factor, load_some(from + i, count), load_some(to + i, count)), count);
  });
}

// What every image and every output of a backward pass needs: dz of the winners, and sizes.
struct Winners {
  const ConvShape& s;
  const std::int32_t* arg;
  const float* dz;  // [n,o]
  Index inputs() const { return s.c / s.groups; }
  Index taps() const { return s.kh * s.kw; }
  Index first_input(Index o) const { return o / (s.o / s.groups) * inputs(); }
};

// dx of one image; `turned` holds the weights as [o,kh,kw,c/groups].
inline void winners_to_input(const Winners& k, Index image, const float* turned, float* dx) {
  const Index inputs = k.inputs();
  clear_floats(dx, k.s.h * k.s.w * k.s.c);
  for (Index o = 0; o < k.s.o; ++o) {
    const float d = k.dz[image * k.s.o + o];
    if (d == 0.0f) continue;
    const float* from = turned + o * k.taps() * inputs;
    for_taps(k.s, k.arg[image * k.s.o + o], [=, &k](Index tap, Index at) {
      add_multiple(dx + at + k.first_input(o), from + tap * inputs, Vec(d), inputs);
    });
  }
}

// dw of one output, over all images in order; `sums` has room for [kh,kw,c/groups].
inline void winners_to_weight(const Winners& k, Index o, const float* x, float* sums, float* dw, bool add) {
  const Index inputs = k.inputs(), taps = k.taps();
  clear_floats(sums, taps * inputs);
  for (Index image = 0; image < k.s.n; ++image) {
    const float d = k.dz[image * k.s.o + o];
    if (d == 0.0f) continue;
    const float* from = x + image * k.s.h * k.s.w * k.s.c + k.first_input(o);
    for_taps(k.s, k.arg[image * k.s.o + o],
             [=](Index tap, Index at) { add_multiple(sums + tap * inputs, from + at, Vec(d), inputs); });
  }
  for (Index c = 0; c < inputs; ++c)
    for (Index tap = 0; tap < taps; ++tap)
      dw[c * taps + tap] = (add ? dw[c * taps + tap] : 0.0f) + sums[tap * inputs + c];
}

inline void conv_max_backward(const float* dy, const float* x, const float* w, const float* y,
                              const std::int32_t* arg, float* dx, float* dw, float* db, const ConvShape& s,
                              Activation act, float alpha, bool accumulate) {
  float* dz = scratch(kGradientSlot, s.n * s.o);
  visit(act, [&](auto formula) {
    using A = decltype(formula);
    for_vectors(0, s.n * s.o, [&](Index i, Index count) {
      Vec d = load_some(dy + i, count);
      if constexpr (A::keeps != Keeps::nothing) d = d * A::derivative(load_some(y + i, count), Vec(alpha));
      store_some(dz + i, d, count);
    });
  });
  const Winners k{s, arg, dz};
  const Index inputs = k.inputs(), taps = k.taps(), kernel = taps * inputs;
  if (dx != nullptr) {
    float* turned = scratch(kWeightSlot, s.o * kernel);
    for (Index o = 0; o < s.o; ++o)
      pack_transposed(w + o * kernel, taps, turned + o * kernel, inputs, inputs, taps);
    const Index image = s.h * s.w * s.c, work = s.n * (image + s.o * kernel);
    parallel_for(s.n, work < kSerialWork / 8 ? s.n : ceil_div(s.n, kMaxTasks), [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) winners_to_input(k, i, turned, dx + i * image);
    });
  }
  if (dw != nullptr)
    parallel_for(s.o, s.n * s.o * kernel < kSerialWork / 8 ? s.o : ceil_div(s.o, kMaxTasks),
                 [&](Index begin, Index end) {
                   float* sums = scratch(kPartSlot, kernel);
                   for (Index o = begin; o < end; ++o)
                     winners_to_weight(k, o, x, sums, dw + o * kernel, accumulate);
                 });
  if (db != nullptr) add_rows(dz, s.n, s.o, db, accumulate);
}

}  // namespace tinynn::TINYNN_NAMESPACE
