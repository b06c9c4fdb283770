// The convolutions of one target against the reference in double: a part of target_battery.cpp, for machines
// where Python cannot run it. Shapes are drawn at random, around what the paths of csrc/simd/conv*.h tell
// apart.
#include <cmath>
#include <cstdio>
#include <random>
#include <vector>

#include "kernels.h"

namespace tinynn::TARGET {
void override_table(KernelTable<float>& table);
}

namespace {

using namespace tinynn;
using Floats = std::vector<float>;
using Doubles = std::vector<double>;

template <class T>
KernelTable<T> reference_table() {
  KernelTable<T> table;
  reference::fill_conv(table);
  reference::fill_conv_pool(table);
  return table;
}
const KernelTable<double> exact = reference_table<double>();
const KernelTable<float> fast = [] {
  KernelTable<float> table = reference_table<float>();
  TARGET::override_table(table);
  return table;
}();

std::mt19937 engine(1);
Index among(Index low, Index high) {
  return low + static_cast<Index>(engine() % static_cast<unsigned long>(high - low + 1));
}
// In -1..1, `percent` of them not zero.
Floats numbers(Index n, Index percent = 100) {
  Floats x(static_cast<std::size_t>(n));
  for (float& v : x) v = among(1, 100) <= percent ? static_cast<float>(among(-1000, 1000)) / 1000 : 0.0f;
  return x;
}
Doubles doubled(const Floats& x) { return Doubles(x.begin(), x.end()); }
Doubles sizes(const Floats& x) {
  Doubles y;
  for (const float v : x) y.push_back(std::fabs(v));
  return y;
}

ConvShape draw() {
  ConvShape s;
  const Index kind = among(0, 9);
  s.groups = kind == 0 ? among(2, 4) : kind == 1 ? among(5, 40) : 1;
  const Index cg = kind == 1 ? 1 : among(0, 1) == 0 ? among(1, 6) : among(7, 40);
  const Index og = kind == 1 ? 1 : among(0, 2) == 0 ? among(1, 4) : among(5, 40);
  s.c = cg * s.groups, s.o = og * s.groups, s.n = among(0, 4) == 0 ? among(8, 16) : among(1, 3);
  const bool flat = among(0, 3) == 0, plain = among(0, 1) == 0;
  s.kh = flat ? 1 : among(1, 5), s.kw = among(1, flat ? 9 : 5);
  s.stride_h = plain || flat ? 1 : among(1, 3), s.stride_w = plain ? 1 : among(1, 3);
  s.dilation_h = plain || flat ? 1 : among(1, 2), s.dilation_w = plain ? 1 : among(1, 2);
  s.pad_top = flat ? 0 : among(0, 2), s.pad_left = among(0, 2), s.flip = among(0, 1) == 1;
  s.oh = flat ? 1 : among(1, 9), s.ow = among(1, flat ? 90 : 14);
  s.h = (s.oh - 1) * s.stride_h + (s.kh - 1) * s.dilation_h + 1 - s.pad_top - (flat ? 0 : among(0, 1));
  s.w = (s.ow - 1) * s.stride_w + (s.kw - 1) * s.dilation_w + 1 - s.pad_left - among(0, 1);
  s.h = s.h < 1 ? 1 : s.h, s.w = s.w < 1 ? 1 : s.w;
  return s;
}

int compared = 0, wrong = 0;

// Within 4 sqrt(K) eps sum |a b|, which `terms` holds for each result.
void compare(const char* what, const ConvShape& s, const Floats& got, const Doubles& want,
             const Doubles& terms, Index k) {
  ++compared;
  const double factor = 4 * std::sqrt(static_cast<double>(k) + 4) * 1.2e-7;
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (std::fabs(got[i] - want[i]) <= factor * (terms[i] + 1e-6)) continue;
    ++wrong;
    std::printf("%s[%zu] is %g, not %g: x %td %td %td %td, %td kernels of %td %td, groups %td\n", what, i,
                got[i], want[i], s.n, s.h, s.w, s.c, s.o, s.kh, s.kw, s.groups);
    return;
  }
}

Floats room(std::size_t n) { return Floats(n, 7.0f); }

void check(const ConvShape& s) {
  const Index area = s.kh * s.kw, inputs = s.c / s.groups * area, outputs = s.o / s.groups * area;
  const Index pixels = s.n * s.oh * s.ow;
  const Floats x = numbers(s.n * s.h * s.w * s.c), w = numbers(s.o * inputs), b = numbers(s.o),
               bc = numbers(s.c);
  const Floats dy = numbers(pixels * s.o, among(0, 1) == 0 ? 100 : 10), kept = numbers(pixels * s.o, 90);
  const Doubles xs = sizes(x), ws = sizes(w), bs = sizes(b), kepts = doubled(kept), bcs = sizes(bc);

  Floats y = room(dy.size()), dx = room(x.size()), dw = w, db = b, back = room(x.size());
  fast.conv_forward(x.data(), w.data(), b.data(), nullptr, y.data(), nullptr, s, 0, Activation::relu, 0);
  fast.conv_backward(dy.data(), x.data(), w.data(), kept.data(), nullptr, dx.data(), dw.data(), db.data(),
                     nullptr, s, 0, Activation::relu, 0, true);
  fast.conv_transpose(dy.data(), w.data(), bc.data(), back.data(), s);

  const auto both = [&](const Doubles& px, const Doubles& pw, const Doubles& pb, const Doubles& pdy,
                        const Doubles& pbc) {
    std::vector<Doubles> r{Doubles(y.size()), Doubles(x.size()), pw, pb, Doubles(x.size())};
    exact.conv_forward(px.data(), pw.data(), pb.data(), nullptr, r[0].data(), nullptr, s, 0, Activation::relu,
                       0);
    exact.conv_backward(pdy.data(), px.data(), pw.data(), kepts.data(), nullptr, r[1].data(), r[2].data(),
                        r[3].data(), nullptr, s, 0, Activation::relu, 0, true);
    exact.conv_transpose(pdy.data(), pw.data(), pbc.data(), r[4].data(), s);
    return r;
  };
  const auto want = both(doubled(x), doubled(w), doubled(b), doubled(dy), doubled(bc));
  const auto terms = both(xs, ws, bs, sizes(dy), bcs);
  compare("y", s, y, want[0], terms[0], inputs);
  compare("dx", s, dx, want[1], terms[1], outputs);
  compare("dw", s, dw, want[2], terms[2], pixels);
  compare("db", s, db, want[3], terms[3], pixels);
  compare("transposed", s, back, want[4], terms[4], outputs);
}

// The fused pool must choose as a pool after the convolution chooses, and send dy back to the same places.
void check_pool(const ConvShape& s, Index ph, Index pw) {
  const Index high = s.oh / ph, wide = s.ow / pw, size = s.n * high * wide * s.o;
  const Floats x = numbers(s.n * s.h * s.w * s.c), w = numbers(s.o * s.c / s.groups * s.kh * s.kw),
               b = numbers(s.o);
  Floats full = room(static_cast<std::size_t>(s.n * s.oh * s.ow * s.o)),
         y = room(static_cast<std::size_t>(size));
  std::vector<std::uint8_t> arg(y.size(), 99);
  fast.conv_forward(x.data(), w.data(), b.data(), nullptr, full.data(), nullptr, s, 0, Activation::relu, 0);
  fast.conv_pool_forward(x.data(), w.data(), b.data(), y.data(), arg.data(), s, ph, pw, Activation::relu, 0);
  const Floats dy = numbers(size);
  Floats dz(full.size(), 0.0f);
  Doubles chosen(y.size());
  for (Index i = 0; i < size; ++i) {
    const Index o = i % s.o, q = i / s.o % wide, p = i / s.o / wide % high, n = i / s.o / wide / high;
    const Index at = arg[i] < ph * pw ? arg[i] : 0;
    const Index from = ((n * s.oh + p * ph + at / pw) * s.ow + q * pw + at % pw) * s.o + o;
    double most = 0;
    for (Index k = 0; k < ph * pw; ++k)
      most = std::fmax(most, full[((n * s.oh + p * ph + k / pw) * s.ow + q * pw + k % pw) * s.o + o]);
    chosen[i] = arg[i] < ph * pw && std::fabs(full[from] - most) < 1e-4 ? most : 1e9;
    if (y[i] > 0) dz[from] = dy[i];
  }
  compare("pooled", s, y, chosen, Doubles(y.size(), s.c * s.kh * s.kw), 1);
  Floats dx = room(x.size()), dw = room(w.size()), db = room(b.size()), dx2 = dx, dw2 = dw, db2 = db;
  fast.conv_pool_backward(dy.data(), x.data(), w.data(), y.data(), arg.data(), dx.data(), dw.data(),
                          db.data(), s, ph, pw, Activation::relu, 0, false);
  fast.conv_backward(dz.data(), x.data(), w.data(), nullptr, nullptr, dx2.data(), dw2.data(), db2.data(),
                     nullptr, s, 0, Activation::identity, 0, false);
  const double most = s.n * s.oh * s.ow + s.o * s.kh * s.kw;
  compare("pooled dx", s, dx, doubled(dx2), Doubles(dx.size(), most), 1);
  compare("pooled dw", s, dw, doubled(dw2), Doubles(dw.size(), most), 1);
  compare("pooled db", s, db, doubled(db2), Doubles(db.size(), most), 1);
}

}  // namespace

void conv_battery(int& all, int& bad) {
  for (int i = 0; i < 120; ++i) {
    const ConvShape s = draw();
    check(s);
    check_pool(s, among(1, 3), among(1, 2));
  }
  all += compared;
  bad += wrong;
}
