// Convolution, activation and the maximum of the whole image as one kernel. Contracts: kernels.def.
//
// The reference does one after the other and keeps everything in between; simd/ does not.
#include <vector>

#include "reference.h"

namespace tinynn::reference {

template <class T>
void conv_max_forward(const T* x, const T* w, const T* b, T* y, std::int32_t* arg, const ConvShape& s,
                      Activation act, T alpha) {
  const Index places = s.oh * s.ow;
  std::vector<T> full(static_cast<std::size_t>(s.n * places * s.o));
  conv_forward<T>(x, w, b, nullptr, full.data(), nullptr, s, 0, act, alpha);
  for (Index image = 0; image < s.n; ++image)
    for (Index o = 0; o < s.o; ++o) {
      const T* z = full.data() + image * places * s.o + o;
      Index best = 0;
      for (Index at = 1; at < places; ++at) {
        const T value = z[at * s.o], so_far = z[best * s.o];
        if (value > so_far || (value != value && so_far == so_far)) best = at;  // NaN wins
      }
      y[image * s.o + o] = z[best * s.o];
      arg[image * s.o + o] = static_cast<std::int32_t>(best);
    }
}

template <class T>
void conv_max_backward(const T* dy, const T* x, const T* w, const T* y, const std::int32_t* arg, T* dx, T* dw,
                       T* db, const ConvShape& s, Activation act, T alpha, bool accumulate) {
  const Index places = s.oh * s.ow;
  std::vector<T> won(static_cast<std::size_t>(s.n * s.o)), dz(static_cast<std::size_t>(s.n * places * s.o));
  activation_backward<T>(dy, y, nullptr, won.data(), nullptr, s.n * s.o, 1, 1, 0, act, alpha, false);
  for (Index i = 0; i < s.n * s.o; ++i)
    dz[static_cast<std::size_t>((i / s.o * places + arg[i]) * s.o + i % s.o)] =
        won[static_cast<std::size_t>(i)];
  conv_backward<T>(dz.data(), x, w, nullptr, nullptr, dx, dw, db, nullptr, s, 0, Activation::identity, alpha,
                   accumulate);
}

template <class T>
void fill_conv_max(KernelTable<T>& table) {
  table.conv_max_forward = conv_max_forward;
  table.conv_max_backward = conv_max_backward;
}
template void fill_conv_max(KernelTable<float>&);
template void fill_conv_max(KernelTable<double>&);

}  // namespace tinynn::reference
