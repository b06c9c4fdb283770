// Normalisation: per channel over the batch, per row over the features. Contracts: kernels.def.
//
// m images or rows   c channels   inner elements of a channel, one after the other   k features
//
// Sums run in double, and a variance is the mean square of x - mean, in a second pass: as a difference of
// mean squares it would lose all its digits where the mean is large.
#include "reference.h"

namespace tinynn::reference {
namespace {

constexpr Index kWork = 4;  // multiply-adds per element

// The sum of term(i) over the elements i of one channel, image by image.
template <class F>
double channel_sum(Index channel, Index m, Index c, Index inner, F&& term) {
  double sum = 0;
  for (Index image = 0; image < m; ++image) {
    const Index first = (image * c + channel) * inner;
    for (Index i = first; i < first + inner; ++i) sum += term(i);
  }
  return sum;
}

// body(i) for the elements i of one channel.
template <class F>
void for_channel(Index channel, Index m, Index c, Index inner, F&& body) {
  for (Index image = 0; image < m; ++image) {
    const Index first = (image * c + channel) * inner;
    for (Index i = first; i < first + inner; ++i) body(i);
  }
}

// body(channel) for every channel: each owns its sums.
template <class F>
void for_channels(Index m, Index c, Index inner, F&& body) {
  parallel_for(c, grain_of(m * inner * kWork), [&](Index begin, Index end) {
    for (Index channel = begin; channel < end; ++channel) body(channel);
  });
}

template <class T>
double or_one(const T* weight, Index i) {
  return weight == nullptr ? 1.0 : double(weight[i]);
}
template <class T>
double or_zero(const T* bias, Index i) {
  return bias == nullptr ? 0.0 : double(bias[i]);
}

template <class F>
double row_sum(Index k, F&& term) {
  double sum = 0;
  for (Index i = 0; i < k; ++i) sum += term(i);
  return sum;
}

template <class T>
void put(T* to, Index i, double value, bool accumulate) {
  if (to != nullptr) to[i] = (accumulate ? to[i] : T(0)) + T(value);
}

}  // namespace

template <class T>
void batch_norm_forward(const T* x, const T* weight, const T* bias, T* mean, T* var, T* y, T* saved_mean,
                        T* saved_rstd, Index m, Index c, Index inner, bool training, T momentum, T eps) {
  const double count = double(m * inner);
  for_channels(m, c, inner, [&](Index j) {
    double centre, spread;
    if (training) {
      centre = channel_sum(j, m, c, inner, [&](Index i) { return double(x[i]); }) / count;
      spread =
          channel_sum(j, m, c, inner, [&](Index i) { return (x[i] - centre) * (x[i] - centre); }) / count;
      if (mean != nullptr) mean[j] += momentum * (T(centre) - mean[j]);
      if (var != nullptr) var[j] += momentum * (T(spread * (count / max(count - 1, 1.0))) - var[j]);
    } else {
      centre = mean[j];
      spread = var[j];
    }
    const double rstd = 1 / sqrt(spread + double(eps)), scale = rstd * or_one(weight, j),
                 shift = or_zero(bias, j);
    for_channel(j, m, c, inner, [&](Index i) { y[i] = T((x[i] - centre) * scale + shift); });
    saved_mean[j] = T(centre);
    saved_rstd[j] = T(rstd);
  });
}

template <class T>
void batch_norm_backward(const T* dy, const T* x, const T* weight, const T* saved_mean, const T* saved_rstd,
                         T* dx, T* dweight, T* dbias, Index m, Index c, Index inner, bool training,
                         bool accumulate) {
  const double count = double(m * inner);
  for_channels(m, c, inner, [&](Index j) {
    const double centre = saved_mean[j], rstd = saved_rstd[j];
    const double sum_dy = channel_sum(j, m, c, inner, [&](Index i) { return double(dy[i]); });
    const double sum_dyh =
        channel_sum(j, m, c, inner, [&](Index i) { return dy[i] * (x[i] - centre) * rstd; });
    put(dweight, j, sum_dyh, accumulate);
    put(dbias, j, sum_dy, accumulate);
    if (dx == nullptr) return;
    const double scale = rstd * or_one(weight, j);
    if (!training) return for_channel(j, m, c, inner, [&](Index i) { dx[i] = T(scale * dy[i]); });
    const double mean_dy = sum_dy / count, mean_dyh = sum_dyh / count;
    for_channel(j, m, c, inner,
                [&](Index i) { dx[i] = T(scale * (dy[i] - mean_dy - (x[i] - centre) * rstd * mean_dyh)); });
  });
}

template <class T>
void layer_norm_forward(const T* x, const T* weight, const T* bias, T* y, T* mean, T* rstd, Index m, Index k,
                        T eps) {
  parallel_for(m, grain_of(k * kWork), [&](Index begin, Index end) {
    for (Index row = begin; row < end; ++row) {
      const T* x_row = x + row * k;
      const double centre = row_sum(k, [&](Index i) { return double(x_row[i]); }) / double(k);
      const double squares = row_sum(k, [&](Index i) { return (x_row[i] - centre) * (x_row[i] - centre); });
      const double scale = 1 / sqrt(squares / double(k) + double(eps));
      for (Index i = 0; i < k; ++i)
        y[row * k + i] = T((x_row[i] - centre) * scale * or_one(weight, i) + or_zero(bias, i));
      mean[row] = T(centre);
      rstd[row] = T(scale);
    }
  });
}

template <class T>
void layer_norm_backward(const T* dy, const T* x, const T* weight, const T* mean, const T* rstd, T* dx,
                         T* dweight, T* dbias, Index m, Index k, bool accumulate) {
  const auto h = [&](Index row, Index i) { return (double(x[row * k + i]) - mean[row]) * rstd[row]; };
  if (dx != nullptr)
    parallel_for(m, grain_of(k * kWork), [&](Index begin, Index end) {
      for (Index row = begin; row < end; ++row) {
        const auto g = [&](Index i) { return dy[row * k + i] * or_one(weight, i); };
        const double mean_g = row_sum(k, g) / double(k);
        const double mean_gh = row_sum(k, [&](Index i) { return g(i) * h(row, i); }) / double(k);
        for (Index i = 0; i < k; ++i) dx[row * k + i] = T(rstd[row] * (g(i) - mean_g - h(row, i) * mean_gh));
      }
    });
  if (dweight == nullptr && dbias == nullptr) return;
  parallel_for(k, grain_of(m * kWork), [&](Index begin, Index end) {  // each feature owns its sums
    for (Index i = begin; i < end; ++i) {
      put(dweight, i, row_sum(m, [&](Index row) { return dy[row * k + i] * h(row, i); }), accumulate);
      put(dbias, i, row_sum(m, [&](Index row) { return double(dy[row * k + i]); }), accumulate);
    }
  });
}

template <class T>
void fill_norm(KernelTable<T>& table) {
  table.batch_norm_forward = batch_norm_forward;
  table.batch_norm_backward = batch_norm_backward;
  table.layer_norm_forward = layer_norm_forward;
  table.layer_norm_backward = layer_norm_backward;
}
template void fill_norm(KernelTable<float>&);
template void fill_norm(KernelTable<double>&);

}  // namespace tinynn::reference
