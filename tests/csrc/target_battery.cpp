// The kernels of one target against the reference in double, for machines where Python cannot run it:
// test_neon.py cross-compiles this and runs it in an emulator.
//
//   c++ -std=c++17 -DTARGET=neon -Icsrc target_battery.cpp conv_battery.cpp csrc/{parallel,cpu}.cpp
//   csrc/reference/*.cpp
//       csrc/simd/targets/neon.cpp
//
// Prints a line per wrong result and ends with the number of results that were compared.
#include <cmath>
#include <cstdio>
#include <cstring>
#include <vector>

#include "kernels.h"
#include "parallel.h"

namespace tinynn::TARGET {
void override_table(KernelTable<float>& table);
}

namespace {

using namespace tinynn;
using Floats = std::vector<float>;
using Doubles = std::vector<double>;

constexpr Index kEdges[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 100};
constexpr double kEps = 1.1920929e-7;
int compared = 0, wrong = 0;

template <class T>
KernelTable<T> reference_table() {
  KernelTable<T> table;
  reference::fill_linear(table);
  reference::fill_activation(table);
  reference::fill_softmax(table);
  reference::fill_loss(table);
  reference::fill_reduce(table);
  reference::fill_elementwise(table);
  reference::fill_gather(table);
  reference::fill_random(table);
  reference::fill_optim(table);
  return table;
}

const KernelTable<double> exact = reference_table<double>();
const KernelTable<float> reference32 = reference_table<float>();
const KernelTable<float> fast = [] {
  KernelTable<float> table = reference_table<float>();
  TARGET::override_table(table);
  return table;
}();

// Numbers in -2..2, one in eight a zero; a different sequence at every call, the same in every run.
Floats numbers(Index n) {
  static std::uint64_t counter = 0;
  Floats x(static_cast<std::size_t>(n));
  reference32.philox_uniform(x.data(), n, 1, counter += 4096, -2, 2);
  for (float& v : x)
    if (std::fabs(v) < 0.25f) v = 0;
  return x;
}

Doubles doubled(const Floats& x) { return Doubles(x.begin(), x.end()); }

// bound: how far any element may be off.
void compare(const char* what, Index m, Index n, Index k, int option, const Floats& got, const Doubles& want,
             double bound) {
  ++compared;
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double error = std::fabs(got[i] - want[i]);
    if (!(error <= worst)) worst = error;  // a NaN stays
  }
  if (worst <= bound) return;
  ++wrong;
  std::printf("%s m %td n %td k %td option %d: off by %g, allowed %g\n", what, m, n, k, option, worst, bound);
}

double bound_of(Index length) { return 4 * std::sqrt(length + 4.0) * kEps * 5 * (length + 4.0); }

void linear(Index m, Index n, Index k, Activation act) {
  const int option = static_cast<int>(act);
  const float alpha = 0.5f;
  const Floats x = numbers(m * k), w = numbers(n * k), b = numbers(n), dy = numbers(m * n),
               slopes = numbers(n);
  const Doubles X = doubled(x), W = doubled(w), B = doubled(b), DY = doubled(dy), S = doubled(slopes);
  const float* slope = act == Activation::prelu ? slopes.data() : nullptr;
  const double* SLOPE = act == Activation::prelu ? S.data() : nullptr;
  const bool keeps_z = keeps(act) == Keeps::z;
  Floats y(dy.size()), z(dy.size());
  Doubles Y(dy.size()), Z(dy.size());
  fast.linear_forward(x.data(), w.data(), b.data(), slope, y.data(), keeps_z ? z.data() : nullptr, 1, m, n, k,
                      n, act, alpha);
  exact.linear_forward(X.data(), W.data(), B.data(), SLOPE, Y.data(), keeps_z ? Z.data() : nullptr, 1, m, n,
                       k, n, act, alpha);
  compare("linear_forward", m, n, k, option, y, Y, bound_of(k));
  const Floats kept = keeps_z ? z : y;
  const Doubles KEPT = doubled(kept);
  Floats dx(x.size()), dw = numbers(n * k), db = numbers(n);
  Doubles DX(x.size()), DW = doubled(dw), DB = doubled(db);
  fast.linear_backward(dy.data(), x.data(), w.data(), kept.data(), slope, dx.data(), dw.data(), db.data(),
                       nullptr, 1, m, n, k, n, act, alpha, true);
  exact.linear_backward(DY.data(), X.data(), W.data(), KEPT.data(), SLOPE, DX.data(), DW.data(), DB.data(),
                        nullptr, 1, m, n, k, n, act, alpha, true);
  compare("linear_backward dx", m, n, k, option, dx, DX, bound_of(n));
  compare("linear_backward dw", m, n, k, option, dw, DW, bound_of(m));
  compare("linear_backward db", m, n, k, option, db, DB, bound_of(m));
}

void matmul(Index m, Index n, Index k) {
  for (int option = 0; option < 4; ++option) {
    const Floats a = numbers(m * k), b = numbers(k * n);
    Floats c(static_cast<std::size_t>(m * n));
    Doubles C(c.size());
    fast.matmul(a.data(), b.data(), c.data(), 1, m, n, k, option & 1, option & 2);
    exact.matmul(doubled(a).data(), doubled(b).data(), C.data(), 1, m, n, k, option & 1, option & 2);
    compare("matmul", m, n, k, option, c, C, bound_of(k));
  }
}

void rows(Index m, Index c) {
  const Floats x = numbers(m * c), up = numbers(m * c), weight = numbers(c);
  const Doubles X = doubled(x), UP = doubled(up), WEIGHT = doubled(weight);
  Floats y(x.size()), dx(x.size());
  Doubles Y(x.size()), DX(x.size());
  fast.softmax_forward(x.data(), y.data(), m, c);
  exact.softmax_forward(X.data(), Y.data(), m, c);
  compare("softmax_forward", m, c, 0, 0, y, Y, 16 * kEps);
  fast.softmax_backward(up.data(), x.data(), y.data(), m, c);
  exact.softmax_backward(UP.data(), X.data(), Y.data(), m, c);
  compare("softmax_backward", m, c, 0, 0, y, Y, bound_of(c));
  fast.log_softmax_forward(x.data(), y.data(), m, c);
  exact.log_softmax_forward(X.data(), Y.data(), m, c);
  compare("log_softmax_forward", m, c, 0, 0, y, Y, 64 * kEps);
  if (c == 0) return;
  std::vector<std::int64_t> labels(static_cast<std::size_t>(m));
  for (Index i = 0; i < m; ++i) labels[static_cast<std::size_t>(i)] = i * 7 % c;
  for (const Reduction reduction : {Reduction::none, Reduction::sum}) {
    Floats loss(static_cast<std::size_t>(reduction == Reduction::none ? m : 1));
    Doubles LOSS(loss.size());
    fast.cross_entropy_forward(x.data(), labels.data(), weight.data(), loss.data(), y.data(), m, c, 0.1f,
                               reduction);
    exact.cross_entropy_forward(X.data(), labels.data(), WEIGHT.data(), LOSS.data(), Y.data(), m, c, 0.1f,
                                reduction);
    compare("cross_entropy_forward", m, c, 0, static_cast<int>(reduction), loss, LOSS,
            bound_of(c) * (m + 1.0));
    fast.cross_entropy_backward(up.data(), y.data(), labels.data(), nullptr, dx.data(), m, c, 0.1f,
                                reduction);
    exact.cross_entropy_backward(UP.data(), Y.data(), labels.data(), nullptr, DX.data(), m, c, 0.1f,
                                 reduction);
    if (m > 0) compare("cross_entropy_backward", m, c, 0, static_cast<int>(reduction), dx, DX, 64 * kEps);
  }
}

void elements(Index n) {
  const Floats x = numbers(n), up = numbers(n);
  const Doubles X = doubled(x), UP = doubled(up);
  for (int op = 0; op <= static_cast<int>(Activation::softplus); ++op) {
    Floats y(x.size());
    Doubles Y(x.size());
    const Activation act = Activation(op);
    const float slope32 = 0.25f, *slope = act == Activation::prelu ? &slope32 : nullptr;
    const double slope64 = 0.25, *SLOPE = act == Activation::prelu ? &slope64 : nullptr;
    fast.activation_forward(x.data(), slope, y.data(), 1, n, 1, 1, act, 0.5f);
    exact.activation_forward(X.data(), SLOPE, Y.data(), 1, n, 1, 1, act, 0.5f);
    compare("activation_forward", n, 0, 0, op, y, Y, 16 * kEps);
    fast.activation_backward(up.data(), x.data(), slope, y.data(), nullptr, 1, n, 1, 1, act, 0.5f, false);
    exact.activation_backward(UP.data(), X.data(), SLOPE, Y.data(), nullptr, 1, n, 1, 1, act, 0.5f, false);
    compare("activation_backward", n, 0, 0, op, y, Y, 128 * kEps);
  }
  Floats w = x, m = x, v(x.size(), 0.5f), u(x.size()), want(x.size());
  Doubles W = X, M = X, V(x.size(), 0.5);
  fast.adam_step(w.data(), up.data(), m.data(), v.data(), n, 0.1f, 0.9f, 0.99f, 1e-8f, 0.1f, true, 3);
  exact.adam_step(W.data(), UP.data(), M.data(), V.data(), n, 0.1f, 0.9f, 0.99f, 1e-8f, 0.1f, true, 3);
  compare("adam_step", n, 0, 0, 0, w, W, 64 * kEps);
  fast.philox_uniform(u.data(), n, 3, 5, -1, 2);
  reference32.philox_uniform(want.data(), n, 3, 5, -1, 2);
  compare("philox_uniform", n, 0, 0, 0, u, doubled(want), 0);
  std::vector<std::uint8_t> pixels(x.size());
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i * 37);
  const std::int64_t first = 0;
  const float mean = 0.1307f, deviation = 0.3081f;
  fast.gather_images(pixels.data(), &first, &mean, &deviation, u.data(), 1, 1, n, 1);
  reference32.gather_images(pixels.data(), &first, &mean, &deviation, want.data(), 1, 1, n, 1);
  compare("gather_images", n, 0, 0, 0, u, doubled(want), 0);
}

}  // namespace

void conv_battery(int& compared, int& wrong);  // conv_battery.cpp

int main() {
  set_num_threads(1);
  int turn = 0;
  for (const Index edge : kEdges) {
    const Index sizes[][3] = {{edge, 3, 5},  {5, edge, 3},  {3, 5, edge},
                              {edge, 17, 9}, {9, edge, 17}, {17, 9, edge}};
    for (const auto& s : sizes) {
      linear(s[0], s[1], s[2], Activation(turn++ % 10));
      matmul(s[0], s[1], s[2]);
    }
    rows(edge, 10);
    rows(5, edge);
    elements(edge);
  }
  linear(40, 70, 600, Activation::gelu);
  matmul(70, 130, 300);
  conv_battery(compared, wrong);
  std::printf("%d wrong of %d\n", wrong, compared);
  return wrong == 0 ? 0 : 1;
}
