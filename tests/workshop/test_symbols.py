"""Ordinary C++ is linked with what it needs: much of the standard library and all of libm."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tinynn.workshop import exercise
from tinynn.workshop.compilers import OPTIMISE, build_order, cpp_compiler
from tinynn.workshop.inside.build import symbols
from tinynn.workshop.policy_cpp import of_symbols

LINEAR = exercise("linear-dw")
pytestmark = pytest.mark.skipif(
    cpp_compiler() is None or not build_order(LINEAR, "cpp", "")["nm"], reason="no C++ compiler, or no nm"
)

LIBRARY = r"""
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <complex>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <future>
#include <iostream>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <queue>
#include <random>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <valarray>
#include <variant>
#include <vector>

static int by_size(const void* a, const void* b) { return *(const int*)a - *(const int*)b; }
struct Shape { virtual ~Shape() = default; virtual double area() const = 0; };
struct Square : Shape { double a = 2; double area() const override { return a * a; } };

extern "C" double library(double* x, long n) {
  auto shared = std::make_shared<std::vector<double>>(x, x + n);
  std::weak_ptr<std::vector<double>> weak = shared;
  std::unique_ptr<Shape> shape = std::make_unique<Square>();
  auto later = std::async(std::launch::deferred, [&] {
    return std::accumulate(shared->begin(), shared->end(), 0.0);
  });
  auto other = std::async(std::launch::async, [] { return 1.0; });
  static std::once_flag once;
  std::call_once(once, [] {});
  std::mutex mutex;
  std::lock_guard<std::mutex> lock(mutex);
  std::atomic<double> total{0};
  std::sort(x, x + n);
  std::stable_sort(x, x + n);
  std::nth_element(x, x + n / 2, x + n);
  std::map<std::string, double> named{{"a", 1}};
  std::unordered_map<std::string, std::deque<long>> index;
  index["b"].push_back(n);
  std::set<long> seen{1, 2};
  std::list<long> list{3};
  std::priority_queue<double> queue;
  queue.push(x[0]);
  std::mt19937_64 generator(3);
  std::normal_distribution<double> normal;
  std::ostringstream out;
  out << normal(generator) << std::string(40, 'x') << std::endl;
  std::istringstream in("3.5");
  in >> x[0];
  std::cout << std::to_string(x[0]) << std::stod("2.5") << '\n';
  std::function<double(double)> f = [&](double v) { return v * n; };
  std::variant<int, std::string> either = "text";
  std::optional<double> maybe = f(2);
  std::valarray<double> values(x, n);
  std::complex<double> z(x[0], 1);
  z = std::exp(z) / std::pow(z, 0.5);
  auto began = std::chrono::steady_clock::now();
  std::this_thread::yield();
  thread_local double kept = 0;
  kept += std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  int counts[4] = {4, 3, 2, 1};
  std::qsort(counts, 4, sizeof(int), by_size);
  char* text = (char*)std::calloc(64, 1);
  std::snprintf(text, 64, "%ld %g", n, x[0]);
  double read = std::strtod(text, nullptr) + std::atof(text) + std::strlen(text) + std::memcmp(text, x, 8);
  std::memmove(text, text + 1, 8);
  std::free(text);
  try {
    if (n < 0) throw std::runtime_error("n");
    named.at("c");
  } catch (const std::exception& e) {
    std::puts(e.what());
  }
  if (auto* square = dynamic_cast<Square*>(shape.get())) total = total + square->area();
  __int128 wide = (__int128)n * n / 7;
  const double more = *maybe + read + either.index() + (double)wide + counts[n];
  return later.get() + other.get() + std::abs(z) + values.sum() + more;
}
"""
ONE = """
acos acosh asin asinh atan atanh cbrt ceil cos cosh erf erfc exp exp2 expm1 fabs floor lgamma log log10
log1p log2 logb nearbyint rint round sin sinh sqrt tan tanh tgamma trunc ilogb llrint llround lrint lround
"""
TWO = "atan2 copysign fdim fmax fmin fmod hypot nextafter nexttoward pow remainder"


def libm() -> str:
    """Every function of <cmath>, in float, double and long double, by its C name."""
    lines = [
        '#include <math.h>\nextern "C" long double libm(float a, double b, long double c, int i, int* p) {'
    ]
    for suffix, v in (("f", "a"), ("", "b"), ("l", "c")):
        lines += [f"c += {name}{suffix}({v});" for name in ONE.split()]
        lines += [f"c += {name}{suffix}({v}, {v});" for name in TWO.split()]
        lines += [f"c += fma{suffix}({v}, {v}, {v}) + remquo{suffix}({v}, {v}, p) + modf{suffix}({v}, &{v});"]
        lines += [f"c += ldexp{suffix}({v}, i) + scalbn{suffix}({v}, i) + frexp{suffix}({v}, p);"]
    return "\n".join([*lines, "return c;\n}"])


PLAIN = ("-O0", "-D_FORTIFY_SOURCE=0")
FAST = (*OPTIMISE, "-D_FORTIFY_SOURCE=2")
TRIED = [
    (libm(), PLAIN),
    pytest.param(LIBRARY, PLAIN, marks=pytest.mark.slow),
    pytest.param(LIBRARY + libm(), FAST, marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("text", "how"), TRIED, ids=["libm", "library", "optimised"])
def test_a_kernel_may_be_linked_with(tmp_path: Path, text: str, how: tuple[str, ...]) -> None:
    needs = needed(tmp_path, text, how)
    assert {"atan2f", "tgamma", "nextafterf"} <= needs or {"qsort", "__libc_single_threaded"} <= needs
    assert of_symbols(LINEAR, needs) == []


def needed(tmp_path: Path, text: str, how: tuple[str, ...] = ()) -> set[str]:
    """The symbols that a source leaves to others."""
    source, library = tmp_path / "all.cpp", str(tmp_path / "all.so")
    source.write_text(text)
    command = [
        *(cpp_compiler() or []),
        "-std=c++17",
        *how,
        "-w",
        "-shared",
        "-fPIC",
        str(source),
        "-o",
        library,
    ]
    subprocess.run(command, check=True, capture_output=True)
    return symbols(build_order(LINEAR, "cpp", ""), library, "--undefined-only")


@pytest.mark.slow
def test_a_file_is_no_mathematics(tmp_path: Path) -> None:
    text = '#include <fstream>\nextern "C" void f() { std::ifstream("x").get(); }'
    assert of_symbols(LINEAR, needed(tmp_path, text))
