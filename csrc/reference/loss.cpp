// Losses and their gradients. Contracts: kernels.def.
//
// m rows   c classes   n elements
// A loss is a function of one row or one element; `reduce` turns that into each, the sum or the mean. Totals
// are summed in double, block by block, in one order. The mean of nothing is NaN, as in NumPy.
#include "reference.h"

namespace tinynn::reference {
namespace {

constexpr Index kWork = 8;  // an exponential costs about as much as this many multiply-adds

// loss: each of loss_of(0..n-1), their sum, or their sum / divisor.
template <class T, class F>
void reduce(Index n, Index work, Reduction reduction, double divisor, T* loss, F&& loss_of) {
  if (reduction == Reduction::none) {
    parallel_for(n, grain_of(work), [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) loss[i] = T(loss_of(i));
    });
    return;
  }
  const double total = parallel_sum(n, work, loss_of);
  loss[0] = T(reduction == Reduction::mean ? total / divisor : total);
}

// What loss i receives of dy: the backward of `reduce`.
template <class T>
class Spread {
 public:
  Spread(const T* dy, Reduction reduction, double divisor)
      : dy_(dy),
        each_(reduction == Reduction::none),
        divisor_(reduction == Reduction::mean ? T(divisor) : T(1)) {}
  T operator()(Index i) const { return each_ ? dy_[i] : dy_[0] / divisor_; }

 private:
  const T* dy_;
  bool each_;
  T divisor_;
};

// By what the mean of the cross-entropy divides: the sum of the weights at the labels.
template <class T>
double total_weight(const std::int64_t* labels, const T* weight, Index m) {
  if (weight == nullptr) return double(m);
  return parallel_sum(m, 1, [&](Index i) { return double(weight[labels[i]]); });
}

// q_j = (1 - s)[j = label] + s / c, times weight_j.
template <class T>
class Target {
 public:
  Target(const T* weight, Index c, T smoothing)
      : weight_(weight), off_(smoothing / T(c)), on_(T(1) - smoothing) {}
  T operator()(Index j, Index label) const {
    const T q = j == label ? on_ + off_ : off_;
    return weight_ == nullptr ? q : weight_[j] * q;
  }

 private:
  const T* weight_;
  T off_, on_;
};

// sum of f(x, t) and its gradient, for the losses of one element.
template <class T, class F>
void forward_of(const T* x, const T* target, T* loss, Index n, Reduction reduction, F&& f) {
  reduce(n, kWork, reduction, double(n), loss, [&](Index i) { return double(f(x[i], target[i])); });
}
template <class T, class F>
void backward_of(const T* dy, const T* x, const T* target, T* dx, Index n, Reduction reduction, F&& df) {
  const Spread<T> scale(dy, reduction, double(n));
  parallel_for(n, grain_of(kWork), [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) dx[i] = scale(i) * df(x[i], target[i]);
  });
}

}  // namespace

template <class T>
void cross_entropy_forward(const T* x, const std::int64_t* labels, const T* weight, T* loss, T* p, Index m,
                           Index c, T smoothing, Reduction reduction) {
  const Target<T> target(weight, c, smoothing);
  const double divisor = reduction == Reduction::mean ? total_weight(labels, weight, m) : 1;
  reduce(m, c * kWork, reduction, divisor, loss, [&](Index i) {
    const T* x_i = x + i * c;
    T* p_i = p + i * c;
    T largest = x_i[0];
    for (Index j = 1; j < c; ++j) largest = max(largest, x_i[j]);
    T sum = 0;
    for (Index j = 0; j < c; ++j) sum += p_i[j] = exp(x_i[j] - largest);
    for (Index j = 0; j < c; ++j) p_i[j] /= sum;
    const T log_sum = log(sum);
    T loss_i = 0;
    for (Index j = 0; j < c; ++j) {
      const T q = target(j, labels[i]);
      if (q != T(0)) loss_i -= q * ((x_i[j] - largest) - log_sum);  // 0 log 0 is 0
    }
    return double(loss_i);
  });
}

template <class T>
void cross_entropy_backward(const T* dy, const T* p, const std::int64_t* labels, const T* weight, T* dx,
                            Index m, Index c, T smoothing, Reduction reduction) {
  const Target<T> target(weight, c, smoothing);
  const double divisor = reduction == Reduction::mean ? total_weight(labels, weight, m) : 1;
  const Spread<T> scale(dy, reduction, divisor);
  parallel_for(m, grain_of(2 * c), [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) {
      T total = 1;  // sum_l weight_l q_l; the q alone sum to 1
      if (weight != nullptr) {
        total = 0;
        for (Index j = 0; j < c; ++j) total += target(j, labels[i]);
      }
      for (Index j = 0; j < c; ++j) dx[i * c + j] = scale(i) * (p[i * c + j] * total - target(j, labels[i]));
    }
  });
}

template <class T>
void binary_cross_entropy_with_logits_forward(const T* x, const T* target, T* loss, Index n,
                                              Reduction reduction) {
  forward_of(x, target, loss, n, reduction,
             [](T z, T t) { return max(T(0), z) - z * t + log1p(exp(-abs(z))); });
}

template <class T>
void binary_cross_entropy_with_logits_backward(const T* dy, const T* x, const T* target, T* dx, Index n,
                                               Reduction reduction) {
  backward_of(dy, x, target, dx, n, reduction, [](T z, T t) { return Sigmoid::forward(z, T(0)) - t; });
}

template <class T>
void hinge_forward(const T* x, const T* target, T* loss, Index n, Reduction reduction) {
  forward_of(x, target, loss, n, reduction, [](T z, T t) { return max(T(0), T(1) - t * z); });
}

template <class T>
void hinge_backward(const T* dy, const T* x, const T* target, T* dx, Index n, Reduction reduction) {
  backward_of(dy, x, target, dx, n, reduction, [](T z, T t) { return T(1) - t * z > T(0) ? -t : T(0); });
}

template <class T>
void multiclass_hinge_forward(const T* x, const std::int64_t* labels, T* loss, Index m, Index c, T margin,
                              Reduction reduction) {
  reduce(m, c, reduction, double(m), loss, [&](Index i) {
    const T* x_i = x + i * c;
    T loss_i = 0;
    for (Index j = 0; j < c; ++j)
      if (j != labels[i]) loss_i += max(T(0), x_i[j] - x_i[labels[i]] + margin);
    return double(loss_i);
  });
}

template <class T>
void multiclass_hinge_backward(const T* dy, const T* x, const std::int64_t* labels, T* dx, Index m, Index c,
                               T margin, Reduction reduction) {
  const Spread<T> scale(dy, reduction, double(m));
  parallel_for(m, grain_of(c), [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) {
      const T* x_i = x + i * c;
      T inside = 0;  // how many classes are inside the margin: each pushes the label up
      for (Index j = 0; j < c; ++j) {
        const bool counts = j != labels[i] && x_i[j] - x_i[labels[i]] + margin > T(0);
        dx[i * c + j] = counts ? scale(i) : T(0);
        inside += counts ? T(1) : T(0);
      }
      dx[i * c + labels[i]] = -scale(i) * inside;
    }
  });
}

template <class T>
void mse_forward(const T* x, const T* target, T* loss, Index n, Reduction reduction) {
  forward_of(x, target, loss, n, reduction, [](T z, T t) { return (z - t) * (z - t); });
}

template <class T>
void mse_backward(const T* dy, const T* x, const T* target, T* dx, Index n, Reduction reduction) {
  backward_of(dy, x, target, dx, n, reduction, [](T z, T t) { return T(2) * (z - t); });
}

template <class T>
void fill_loss(KernelTable<T>& table) {
  table.cross_entropy_forward = cross_entropy_forward;
  table.cross_entropy_backward = cross_entropy_backward;
  table.binary_cross_entropy_with_logits_forward = binary_cross_entropy_with_logits_forward;
  table.binary_cross_entropy_with_logits_backward = binary_cross_entropy_with_logits_backward;
  table.hinge_forward = hinge_forward;
  table.hinge_backward = hinge_backward;
  table.multiclass_hinge_forward = multiclass_hinge_forward;
  table.multiclass_hinge_backward = multiclass_hinge_backward;
  table.mse_forward = mse_forward;
  table.mse_backward = mse_backward;
}
template void fill_loss(KernelTable<float>&);
template void fill_loss(KernelTable<double>&);

}  // namespace tinynn::reference
