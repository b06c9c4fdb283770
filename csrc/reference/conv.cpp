// Convolution as the one list of places where a weight is used, walked three times. Contracts: kernels.def.
//
// n images   h w rows and columns of the input   c channels of one group   o output channels of one group
// p q row and column of the output   i j row and column of the kernel, together the tap   g groups
//
// A use is a triple (output position, input position, tap): the weight of that tap carries the input position
// to the output position. Forward, each use adds w x to z; backward, the same use adds w dz to dx and x dz to
// dw. Images lie channels last, so a use is a small matrix product over c and o.
#include <algorithm>

#include "reference.h"

namespace tinynn::reference {
namespace {

Index taps_of(const ConvShape& s) { return s.kh * s.kw; }
Index inputs_of(const ConvShape& s) { return s.h * s.w * s.c; }     // elements of one image
Index outputs_of(const ConvShape& s) { return s.oh * s.ow * s.o; }  // of one result
Index weights_of(const ConvShape& s) { return s.o * (s.c / s.groups) * taps_of(s); }
Index work_of(const ConvShape& s) { return outputs_of(s) * (s.c / s.groups) * taps_of(s); }

// use(output position, input position, tap) for every use of a weight in one image; those that would read
// the padding are left out, for there x is 0.
template <class F>
void each_use(const ConvShape& s, F&& use) {
  for (Index p = 0; p < s.oh; ++p)
    for (Index i = 0; i < s.kh; ++i) {
      const Index row = p * s.stride_h + i * s.dilation_h - s.pad_top;
      if (row < 0 || row >= s.h) continue;
      for (Index q = 0; q < s.ow; ++q)
        for (Index j = 0; j < s.kw; ++j) {
          const Index column = q * s.stride_w + j * s.dilation_w - s.pad_left;
          if (column < 0 || column >= s.w) continue;
          use(p * s.ow + q, row * s.w + column, i * s.kw + j);
        }
    }
}

// A use, channel by channel: term(weight, input, output) where `weight` is the index of o weights in one
// piece that join input channel `input` with o output channels from `output` on.
template <class F>
void each_channel(const ConvShape& s, Index to, Index from, Index tap, F&& term) {
  const Index c = s.c / s.groups, o = s.o / s.groups;
  for (Index g = 0; g < s.groups; ++g)
    for (Index l = 0; l < c; ++l)
      term(((tap * s.groups + g) * c + l) * o, from * s.c + g * c + l, to * s.o + g * o);
}

// move(a, b) for every weight: a is its index in w[o,c,tap], b that in packed[tap,g,c,o], where the o weights
// of an input channel lie in one piece. A flipped kernel is packed backwards: nothing else need know of it.
template <class F>
void each_weight(const ConvShape& s, F&& move) {
  const Index c = s.c / s.groups, o = s.o / s.groups, taps = taps_of(s);
  for (Index k = 0; k < s.o; ++k)
    for (Index l = 0; l < c; ++l)
      for (Index tap = 0; tap < taps; ++tap) {
        const Index from = s.flip ? taps - 1 - tap : tap;
        move((k * c + l) * taps + from, ((tap * s.groups + k / o) * c + l) * o + k % o);
      }
}

template <class T>
std::unique_ptr<T[]> packed_weights(const T* w, const ConvShape& s) {
  std::unique_ptr<T[]> packed(new T[weights_of(s)]);
  each_weight(s, [&](Index a, Index b) { packed[b] = w[a]; });
  return packed;
}

// rows[m,n]: each row becomes b, or 0 where there is none.
template <class T>
void fill_rows(T* rows, const T* b, Index m, Index n) {
  if (b == nullptr) return std::fill(rows, rows + m * n, T(0)), void();
  for (Index i = 0; i < m; ++i) std::copy(b, b + n, rows + i * n);
}

// y[n,h,w,c] = b + w dz, each use read from its input: dx of the backward pass, and the transposed
// convolution.
template <class T>
void spread(const T* dz, const T* w, const T* b, T* y, const ConvShape& s) {
  const auto packed = packed_weights(w, s);
  const Index o = s.o / s.groups;
  parallel_for(s.n, grain_of(work_of(s)), [&](Index begin, Index end) {
    for (Index image = begin; image < end; ++image) {
      const T* dz_n = dz + image * outputs_of(s);
      T* y_n = y + image * inputs_of(s);
      fill_rows(y_n, b, s.h * s.w, s.c);
      each_use(s, [&](Index to, Index from, Index tap) {
        each_channel(s, to, from, tap, [&](Index weight, Index input, Index output) {
          T sum = 0;
          for (Index k = 0; k < o; ++k) sum += packed[weight + k] * dz_n[output + k];
          y_n[input] += sum;
        });
      });
    }
  });
}

// dw (+)= x dz over all uses in all images. The images are cut into at most 8 parts, each with a sum of its
// own; these are then added in order, so that the threads do not matter.
template <class T>
void sum_dw(const T* dz, const T* x, T* dw, const ConvShape& s, bool accumulate) {
  const Index parts = min(s.n, Index{8}), size = weights_of(s), o = s.o / s.groups;
  const std::unique_ptr<T[]> partial(new T[parts * size]());
  parallel_for(parts, 1, [&](Index begin, Index end) {
    for (Index part = begin; part < end; ++part)
      for (Index image = part * s.n / parts; image < (part + 1) * s.n / parts; ++image) {
        const T* dz_n = dz + image * outputs_of(s);
        const T* x_n = x + image * inputs_of(s);
        T* sum = partial.get() + part * size;
        each_use(s, [&](Index to, Index from, Index tap) {
          each_channel(s, to, from, tap, [&](Index weight, Index input, Index output) {
            for (Index k = 0; k < o; ++k) sum[weight + k] += x_n[input] * dz_n[output + k];
          });
        });
      }
  });
  each_weight(s, [&](Index a, Index b) {
    T total = 0;
    for (Index part = 0; part < parts; ++part) total += partial[part * size + b];
    dw[a] = (accumulate ? dw[a] : T(0)) + total;
  });
}

// db[o] (+)= the sum of dz over m rows, in double: m may be millions.
template <class T>
void sum_rows(const T* dz, T* db, Index m, Index o, bool accumulate) {
  parallel_for(o, grain_of(m), [&](Index begin, Index end) {
    for (Index k = begin; k < end; ++k) {
      double sum = 0;
      for (Index i = 0; i < m; ++i) sum += dz[i * o + k];
      db[k] = (accumulate ? db[k] : T(0)) + T(sum);
    }
  });
}

}  // namespace

template <class T>
void conv_forward(const T* x, const T* w, const T* b, const T* slope, T* y, T* z, const ConvShape& s,
                  Index n_slope, Activation act, T alpha) {
  const auto packed = packed_weights(w, s);
  const Index o = s.o / s.groups;
  parallel_for(s.n, grain_of(work_of(s)), [&](Index begin, Index end) {
    for (Index image = begin; image < end; ++image) {
      const T* x_n = x + image * inputs_of(s);
      T* z_n = (z == nullptr ? y : z) + image * outputs_of(s);
      fill_rows(z_n, b, s.oh * s.ow, s.o);
      each_use(s, [&](Index to, Index from, Index tap) {
        each_channel(s, to, from, tap, [&](Index weight, Index input, Index output) {
          for (Index k = 0; k < o; ++k) z_n[output + k] += packed[weight + k] * x_n[input];
        });
      });
    }
  });
  if (act != Activation::identity)
    activation_forward(z == nullptr ? y : z, slope, y, s.n * s.oh * s.ow, s.o, Index{1}, n_slope, act, alpha);
}

template <class T>
void conv_backward(const T* dy, const T* x, const T* w, const T* kept, const T* slope, T* dx, T* dw, T* db,
                   T* dslope, const ConvShape& s, Index n_slope, Activation act, T alpha, bool accumulate) {
  const Index rows = s.n * s.oh * s.ow;
  std::unique_ptr<T[]> scratch;
  const T* dz = dy;
  if (act != Activation::identity) {
    scratch.reset(new T[rows * s.o]);
    dz = scratch.get();
    activation_backward(dy, kept, slope, scratch.get(), dslope, rows, s.o, Index{1}, n_slope, act, alpha,
                        accumulate);
  }
  if (dx != nullptr) spread(dz, w, static_cast<const T*>(nullptr), dx, s);
  if (dw != nullptr) sum_dw(dz, x, dw, s, accumulate);
  if (db != nullptr) sum_rows(dz, db, rows, s.o, accumulate);
}

template <class T>
void conv_transpose(const T* x, const T* w, const T* b, T* y, const ConvShape& s) {
  spread(x, w, b, y, s);
}

template <class T>
void fill_conv(KernelTable<T>& table) {
  table.conv_forward = conv_forward;
  table.conv_backward = conv_backward;
  table.conv_transpose = conv_transpose;
}
template void fill_conv(KernelTable<float>&);
template void fill_conv(KernelTable<double>&);

}  // namespace tinynn::reference
