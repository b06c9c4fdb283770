// Normalisation. Fast because memory is read once per pass and in order: lanes run along the channels where
// they lie last, and along a channel where they do not; blocks are small enough that the second look at one,
// for its variance, finds it in the cache.
//
// A block's mean comes first, then its sum of squares about that mean, then blocks are joined in double
// (Chan, Golub, LeVeque 1979): as accurate as two passes over everything, at the price of one.
//
// Contract: kernels.def, "norm".   m images   c channels   inner elements of a channel   m rows   k features
#pragma once

#include "span.h"

namespace tinynn::TINYNN_NAMESPACE {

// Memory for a number per channel, or per block and channel.
template <class T>
class Scratch {
 public:
  explicit Scratch(Index n) : at_(new T[static_cast<std::size_t>(larger(n, 1))]()) {}
  ~Scratch() { delete[] at_; }
  Scratch(const Scratch&) = delete;
  operator T*() { return at_; }

 private:
  T* at_;
};

// [m,c,inner] in blocks. inner 1: a block is some rows, all channels, and a strip of it a vector of channels.
// Else: a block is a piece of one channel of one image, and a strip its sums over the lanes.
struct ChannelBlocks {
  Index m, c, inner, rows, blocks;  // rows of a block (or elements of a piece), blocks of each channel

  ChannelBlocks(Index images, Index channels, Index elements) : m(images), c(channels), inner(elements) {
    if (c == 1) {  // one channel is one row
      inner *= m;
      m = 1;
    }
    rows = inner == 1 ? smaller(larger(16384 / larger(c, 1), 32), 256) : 4096;
    blocks = inner == 1 ? ceil_div(m, rows) : m * ceil_div(inner, rows);
  }
  bool along_channels() const { return inner == 1; }
  Index pieces() const { return ceil_div(inner, rows); }
  // How many numbers of each channel block b holds.
  Index size(Index b) const {
    return along_channels() ? smaller(rows, m - b * rows) : smaller(rows, inner - b % pieces() * rows);
  }
  // Where the piece of a channel begins.
  Index piece(Index b, Index channel) const {
    return (b / pieces() * c + channel) * inner + b % pieces() * rows;
  }

  // body(b) for all blocks, by all threads.
  template <class F>
  void for_all(F&& body) const {
    parallel_for(blocks, 24576 / larger(rows * c, 1) + 1, [&](Index begin, Index end) {
      for (Index b = begin; b < end; ++b) body(b);
    });
  }
};

// sum += term(i, count) over the numbers of a block: of `count` channels from `channel` on, or of one.
template <class F>
inline void for_block(const ChannelBlocks& s, Index b, Index channel, Index count, F&& term) {
  if (s.along_channels()) {
    const Index first = b * s.rows * s.c + channel;
    for (Index i = 0; i < s.size(b); ++i) term(first + i * s.c, count);
  } else {
    const Index first = s.piece(b, channel);
    for_vectors(first, first + s.size(b), term);
  }
}

// The sums of a strip, per channel: lane by lane along the channels, else the lanes added up.
inline void put_sums(const ChannelBlocks& s, Vec sum, Index count, double* to) {
  float lane[Vec::width];
  store(lane, sum);
  if (s.along_channels())
    for (Index l = 0; l < count; ++l) to[l] = static_cast<double>(lane[l]);
  else
    *to = static_cast<double>(reduce_add(sum));
}

// body(channel, count) for the strips of channels of a block.
template <class F>
inline void for_strips(const ChannelBlocks& s, F&& body) {
  if (s.along_channels())
    for_vectors(0, s.c, body);
  else
    for (Index channel = 0; channel < s.c; ++channel) body(channel, Index{1});
}

inline Vec only(Vec a, Index count) { return count == Vec::width ? a : select(lanes(count), a, Vec(0.0f)); }

// mean[c], squares[c] about it: of all numbers of each channel.
inline void moments(const float* x, const ChannelBlocks& s, double* mean, double* squares) {
  Scratch<double> memory(2 * s.blocks * s.c);
  double* const partial = memory;
  s.for_all([&](Index b) {
    const double share = 1 / static_cast<double>(s.size(b));
    for_strips(s, [&](Index channel, Index count) {
      double *means = partial + 2 * b * s.c + channel, *sums = means + s.c;
      Vec sum(0.0f), square(0.0f), rest(0.0f);
      for_block(s, b, channel, count, [&](Index i, Index n) { sum = sum + load_some(x + i, n); });
      put_sums(s, sum, count, means);
      float about[Vec::width] = {};
      for (Index l = 0; l < count; ++l) about[l] = static_cast<float>(means[l] * share);
      const Vec centre = s.along_channels() ? load(about) : Vec(about[0]);
      for_block(s, b, channel, count, [&](Index i, Index n) {
        const Vec d = only(load_some(x + i, n) - centre, n);
        rest = rest + d;  // what the rounding of the mean has left
        square = fma(d, d, square);
      });
      double left[Vec::width] = {};
      put_sums(s, rest, count, left);
      put_sums(s, square, count, sums);
      for (Index l = 0; l < count; ++l) {
        const double error = left[l] * share;
        means[l] = static_cast<double>(about[l]) + error;
        sums[l] -= left[l] * error;
      }
    });
  });
  for (Index j = 0; j < s.c; ++j) mean[j] = squares[j] = 0;
  double total = 0;
  for (Index b = 0; b < s.blocks; ++b) {
    const double* at = partial + 2 * b * s.c;
    const double size = static_cast<double>(s.size(b)), before = total;
    total += size;
    const double share = size / total;
    for (Index j = 0; j < s.c; ++j) {
      const double apart = at[j] - mean[j];
      mean[j] += apart * share;
      squares[j] += at[s.c + j] + apart * apart * share * before;
    }
  }
  if (total == 0)
    for (Index j = 0; j < s.c; ++j) mean[j] = squares[j] = static_cast<double>(kNaN);  // of nothing
}

// body(i, channel, count) for all elements, by all threads: vectors of channels, or of one channel.
template <class F>
void for_all_elements(const ChannelBlocks& s, F&& body) {
  if (s.along_channels())
    return parallel_for(s.m, 24576 / larger(s.c, 1) + 1, [&](Index begin, Index end) {
      for (Index row = begin; row < end; ++row)
        for_vectors(0, s.c, [&](Index j, Index count) { body(row * s.c + j, j, count); });
    });
  parallel_for(s.blocks * s.c, 24576 / larger(smaller(s.rows, s.inner), 1) + 1, [&](Index begin, Index end) {
    for (Index task = begin; task < end; ++task) {
      const Index b = task / s.c, channel = task % s.c, first = s.piece(b, channel);
      for_vectors(first, first + s.size(b), [&](Index i, Index count) { body(i, channel, count); });
    }
  });
}

// A coefficient per channel, as a vector: of neighbours along the channels, else the same in all lanes.
inline Vec coefficient(const ChannelBlocks& s, const float* per_channel, Index channel, Index count) {
  return s.along_channels() ? load_some(per_channel + channel, count) : Vec(per_channel[channel]);
}

inline float one_over_root(double a) {
  float lane[Vec::width];
  store(lane, Vec(1.0f) / sqrt(Vec(static_cast<float>(a))));
  return lane[0];
}

inline void batch_norm_forward(const float* x, const float* weight, const float* bias, float* mean,
                               float* var, float* y, float* saved_mean, float* saved_rstd, Index m, Index c,
                               Index inner, bool training, float momentum, float eps) {
  const ChannelBlocks s(m, c, inner);
  const double count = static_cast<double>(m * inner);
  Scratch<double> centre(c), squares(c);
  Scratch<float> scales(c), shifts(c);
  if (training) moments(x, s, centre, squares);
  for (Index j = 0; j < c; ++j) {
    const double spread = training ? squares[j] / count : static_cast<double>(var[j]);
    if (!training) centre[j] = static_cast<double>(mean[j]);
    saved_mean[j] = static_cast<float>(centre[j]);
    if (training && mean != nullptr) {
      const double unbiased = spread * (count / (count > 2 ? count - 1 : 1));
      mean[j] += momentum * (saved_mean[j] - mean[j]);
      var[j] += momentum * (static_cast<float>(unbiased) - var[j]);
    }
    saved_rstd[j] = one_over_root(spread + static_cast<double>(eps));
    scales[j] = saved_rstd[j] * (weight == nullptr ? 1.0f : weight[j]);
    // What rounding the mean to a float has left: it counts where the mean is large.
    const float rest = static_cast<float>(centre[j] - static_cast<double>(saved_mean[j]));
    shifts[j] = (bias == nullptr ? 0.0f : bias[j]) - rest * scales[j];
  }
  const float *scale = scales, *shift = shifts;
  for_all_elements(s, [=, &s](Index i, Index channel, Index n) {
    const Vec from_mean = load_some(x + i, n) - coefficient(s, saved_mean, channel, n);
    store_some(y + i, fma(from_mean, coefficient(s, scale, channel, n), coefficient(s, shift, channel, n)),
               n);
  });
}

// sum_dy[c] and, times (x - mean), sum_dyx[c].
inline void sums_of_gradient(const float* dy, const float* x, const float* mean, const ChannelBlocks& s,
                             double* sum_dy, double* sum_dyx) {
  Scratch<double> memory(2 * s.blocks * s.c);
  double* const partial = memory;
  s.for_all([&](Index b) {
    for_strips(s, [&](Index channel, Index count) {
      const Vec centre = coefficient(s, mean, channel, count);
      Vec sum(0.0f), product(0.0f);
      for_block(s, b, channel, count, [&](Index i, Index n) {
        const Vec up = load_some(dy + i, n);
        sum = sum + up;
        product = fma(up, only(load_some(x + i, n) - centre, n), product);
      });
      put_sums(s, sum, count, partial + 2 * b * s.c + channel);
      put_sums(s, product, count, partial + (2 * b + 1) * s.c + channel);
    });
  });
  for (Index j = 0; j < s.c; ++j) sum_dy[j] = sum_dyx[j] = 0;
  for (Index b = 0; b < s.blocks; ++b)
    for (Index j = 0; j < s.c; ++j) {
      sum_dy[j] += partial[2 * b * s.c + j];
      sum_dyx[j] += partial[(2 * b + 1) * s.c + j];
    }
}

inline void put(float* to, Index j, double value, bool accumulate) {
  if (to != nullptr) to[j] = (accumulate ? to[j] : 0.0f) + static_cast<float>(value);
}

inline void batch_norm_backward(const float* dy, const float* x, const float* weight, const float* saved_mean,
                                const float* saved_rstd, float* dx, float* dweight, float* dbias, Index m,
                                Index c, Index inner, bool training, bool accumulate) {
  const ChannelBlocks s(m, c, inner);
  const double count = static_cast<double>(m * inner);
  Scratch<double> sum_dy(c), sum_dyx(c);
  Scratch<float> memory(3 * c);  // dx = scale (dy - mean_dy + slope (x - mean))
  float *const scales = memory, *const means = scales + c, *const slopes = means + c;
  sums_of_gradient(dy, x, saved_mean, s, sum_dy, sum_dyx);
  for (Index j = 0; j < c; ++j) {
    const double rstd = static_cast<double>(saved_rstd[j]), sum_dyh = count == 0 ? 0 : rstd * sum_dyx[j];
    put(dweight, j, sum_dyh, accumulate);
    put(dbias, j, sum_dy[j], accumulate);
    const double scale = rstd * (weight == nullptr ? 1.0 : static_cast<double>(weight[j]));
    scales[j] = static_cast<float>(scale);
    slopes[j] = static_cast<float>(-rstd * sum_dyh / count);
    means[j] = static_cast<float>(sum_dy[j] / count);
  }
  if (dx == nullptr) return;
  for_all_elements(s, [=, &s](Index i, Index channel, Index n) {
    Vec d = load_some(dy + i, n);
    if (training) {
      const Vec from_mean = load_some(x + i, n) - coefficient(s, saved_mean, channel, n);
      d = fma(from_mean, coefficient(s, slopes, channel, n), d - coefficient(s, means, channel, n));
    }
    d = d * coefficient(s, scales, channel, n);
    store_some(dx + i, d, n);
  });
}

inline void layer_norm_forward(const float* x, const float* weight, const float* bias, float* y, float* mean,
                               float* rstd, Index m, Index k, float eps) {
  const double count = static_cast<double>(k);
  parallel_for(m, 24576 / larger(k, 1) + 1, [=](Index begin, Index end) {
    for (Index row = begin; row < end; ++row) {
      const float* from = x + row * k;
      Vec sum(0.0f), rest(0.0f), square(0.0f);
      for_vectors(0, k, [&](Index j, Index n) { sum = sum + load_some(from + j, n); });
      const float about = static_cast<float>(static_cast<double>(reduce_add(sum)) / count);
      const Vec centre(about);
      for_vectors(0, k, [&](Index j, Index n) {
        const Vec d = only(load_some(from + j, n) - centre, n);
        rest = rest + d;  // what the rounding of the mean has left
        square = fma(d, d, square);
      });
      const double left = static_cast<double>(reduce_add(rest)) / count;
      const double var = static_cast<double>(reduce_add(square)) / count - left * left;
      mean[row] = static_cast<float>(static_cast<double>(about) + left);
      rstd[row] = one_over_root(var + static_cast<double>(eps));
      const Vec scale(rstd[row]), shift(static_cast<float>(-left) * rstd[row]);
      for_vectors(0, k, [&](Index j, Index n) {
        Vec h = fma(load_some(from + j, n) - centre, scale, shift);
        if (weight != nullptr) h = h * load_some(weight + j, n);
        if (bias != nullptr) h = h + load_some(bias + j, n);
        store_some(y + row * k + j, h, n);
      });
    }
  });
}

// dweight = sum dy h and dbias = sum dy over the rows, a block of rows at a time.
inline void layer_norm_parameters(const float* dy, const float* x, const float* mean, const float* rstd,
                                  float* dweight, float* dbias, Index m, Index k, bool accumulate) {
  const Index rows = smaller(larger(8192 / larger(k, 1), 16), 256), blocks = ceil_div(m, rows);
  Scratch<double> memory(2 * blocks * k);
  double* const partial = memory;
  parallel_for(blocks, 24576 / larger(rows * k, 1) + 1, [&](Index begin, Index end) {
    for (Index b = begin; b < end; ++b)
      for_vectors(0, k, [&](Index j, Index n) {
        Vec sum(0.0f), product(0.0f);
        for (Index row = b * rows; row < smaller((b + 1) * rows, m); ++row) {
          const Vec up = load_some(dy + row * k + j, n);
          sum = sum + up;
          product = fma(up, (load_some(x + row * k + j, n) - Vec(mean[row])) * Vec(rstd[row]), product);
        }
        float sums[Vec::width], products[Vec::width];
        store(sums, sum);
        store(products, product);
        for (Index l = 0; l < n; ++l) {
          partial[2 * b * k + j + l] = static_cast<double>(sums[l]);
          partial[(2 * b + 1) * k + j + l] = static_cast<double>(products[l]);
        }
      });
  });
  for (Index j = 0; j < k; ++j) {
    double sum = 0, product = 0;
    for (Index b = 0; b < blocks; ++b) {
      sum += partial[2 * b * k + j];
      product += partial[(2 * b + 1) * k + j];
    }
    put(dweight, j, product, accumulate);
    put(dbias, j, sum, accumulate);
  }
}

inline void layer_norm_backward(const float* dy, const float* x, const float* weight, const float* mean,
                                const float* rstd, float* dx, float* dweight, float* dbias, Index m, Index k,
                                bool accumulate) {
  const float count = static_cast<float>(k);
  if (dx != nullptr)
    parallel_for(m, 24576 / larger(k, 1) + 1, [=](Index begin, Index end) {
      for (Index row = begin; row < end; ++row) {
        const Vec centre(mean[row]), scale(rstd[row]);
        const auto h = [&](Index j, Index n) { return (load_some(x + row * k + j, n) - centre) * scale; };
        const auto g = [&](Index j, Index n) {
          const Vec up = load_some(dy + row * k + j, n);
          return weight == nullptr ? up : up * load_some(weight + j, n);
        };
        Vec sum(0.0f), product(0.0f);
        for_vectors(0, k, [&](Index j, Index n) {
          const Vec up = g(j, n);
          sum = sum + up;
          product = fma(up, only(h(j, n), n), product);
        });
        const Vec mean_g(reduce_add(sum) / count), mean_gh(reduce_add(product) / count);
        for_vectors(0, k, [&](Index j, Index n) {
          store_some(dx + row * k + j, scale * (g(j, n) - mean_g - h(j, n) * mean_gh), n);
        });
      }
    });
  if (dweight != nullptr || dbias != nullptr)
    layer_norm_parameters(dy, x, mean, rstd, dweight, dbias, m, k, accumulate);
}

}  // namespace tinynn::TINYNN_NAMESPACE
