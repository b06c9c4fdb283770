// Convolution, activation and max-pool as one kernel. Contracts: kernels.def.
//
// p q row and column of the pooled output   o output channels   ph pw sizes of a window
// The reference does one after the other and keeps everything in between in scratch memory; simd/ does not.
#include <memory>

#include "reference.h"

namespace tinynn::reference {
namespace {

// visit(i, first) for each pooled element i of all images: `first` is where the first element of its window
// stands in the [n,oh,ow,o] before pooling; from there a row is s.ow * s.o elements on, a column s.o.
template <class F>
void each_window(const ConvShape& s, Index ph, Index pw, F&& visit) {
  const Index rows = s.oh / ph, columns = s.ow / pw;
  parallel_for(s.n * rows, grain_of(s.ow * s.o * ph), [&](Index begin, Index end) {
    for (Index row = begin; row < end; ++row)
      for (Index q = 0; q < columns; ++q)
        for (Index k = 0; k < s.o; ++k) {
          const Index top = row / rows * s.oh + row % rows * ph;  // in rows of all images
          visit((row * columns + q) * s.o + k, (top * s.ow + q * pw) * s.o + k);
        }
  });
}

}  // namespace

template <class T>
void conv_pool_forward(const T* x, const T* w, const T* b, T* y, std::uint8_t* arg, const ConvShape& s,
                       Index ph, Index pw, Activation act, T alpha) {
  const std::unique_ptr<T[]> full(new T[s.n * s.oh * s.ow * s.o]);
  T* const no_z = nullptr;
  const T* const no_slope = nullptr;
  conv_forward(x, w, b, no_slope, full.get(), no_z, s, Index{0}, act, alpha);
  each_window(s, ph, pw, [&](Index i, Index first) {
    for (Index at = 0; at < ph * pw; ++at) {
      const T value = full[first + (at / pw * s.ow + at % pw) * s.o];
      if (at > 0 && !(value > y[i] || (value != value && y[i] == y[i]))) continue;  // NaN wins
      y[i] = value;
      arg[i] = static_cast<std::uint8_t>(at);
    }
  });
}

template <class T>
void conv_pool_backward(const T* dy, const T* x, const T* w, const T* y, const std::uint8_t* arg, T* dx,
                        T* dw, T* db, const ConvShape& s, Index ph, Index pw, Activation act, T alpha,
                        bool accumulate) {
  const Index size = s.n * (s.oh / ph) * (s.ow / pw) * s.o;
  const std::unique_ptr<T[]> pooled(new T[size]), dz(new T[s.n * s.oh * s.ow * s.o]());
  const T *const no_slope = nullptr, *const no_kept = nullptr;
  T* const no_dslope = nullptr;
  activation_backward(dy, y, no_slope, pooled.get(), no_dslope, size, Index{1}, Index{1}, Index{0}, act,
                      alpha, false);
  each_window(s, ph, pw, [&](Index i, Index first) {
    dz[first + (arg[i] / pw * s.ow + arg[i] % pw) * s.o] = pooled[i];
  });
  conv_backward(dz.get(), x, w, no_kept, no_slope, dx, dw, db, no_dslope, s, Index{0}, Activation::identity,
                alpha, accumulate);
}

template <class T>
void fill_conv_pool(KernelTable<T>& table) {
  table.conv_pool_forward = conv_pool_forward;
  table.conv_pool_backward = conv_pool_backward;
}
template void fill_conv_pool(KernelTable<float>&);
template void fill_conv_pool(KernelTable<double>&);

}  // namespace tinynn::reference
