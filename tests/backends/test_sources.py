"""The sources that `tinynn show` prints: every kernel of the catalogue, whole, on every rung it has."""

from __future__ import annotations

import ast
import inspect
import shutil
from pathlib import Path

import pytest

from tinynn import _sources
from tinynn._sources.definitions import definitions, with_helpers
from tinynn.backends import numpy_rung
from tinynn.backends.sources import contract_of, kernels_of, slot_of, sources_of
from tinynn.errors import ArgumentError, BackendError

ROOT = Path(__file__).parents[2]
CYTHON_STEMS = {"linear", "conv", "activation", "softmax", "loss", "pool", "norm"}


@pytest.mark.parametrize("kernel", sorted(numpy_rung.STEM_OF))
def test_every_kernel_is_found_on_every_rung(kernel: str) -> None:
    found = sources_of(kernel)
    rungs = {s.rung for s in found if f"{kernel}(" in s.text or f" {slot_of(kernel)}(" in s.text}
    stem = numpy_rung.STEM_OF[kernel]
    assert {"numpy", "reference"} <= rungs
    assert ("cython" in rungs) == (stem in CYTHON_STEMS)
    order = ["numpy", "cython", "reference", "simd"]
    assert [s.rung for s in found] == sorted((s.rung for s in found), key=order.index)
    for source in found:
        lines = (ROOT / source.path).read_text(encoding="utf-8").splitlines()
        here = lines[source.first_line - 1 :]
        assert here[: source.text.count("\n") + 1] == source.text.splitlines()
        assert source.text.count("{") == source.text.count("}"), f"{source.path} {source.first_line}"


@pytest.mark.parametrize("kernel", sorted(numpy_rung.STEM_OF))
def test_the_numpy_source_is_what_python_says_it_is(kernel: str) -> None:
    function = inspect.unwrap(numpy_rung.KERNELS[kernel])
    texts = [s.text for s in sources_of(kernel) if s.rung == "numpy"]
    assert inspect.getsource(function).rstrip() in texts
    for text in texts:
        ast.parse(text)


def test_helpers_of_the_same_file_come_along_and_no_others() -> None:
    texts = {s.text.split("(")[0].split()[-1]: s for s in sources_of("cross_entropy") if s.rung == "numpy"}
    assert set(texts) >= {"_reduce", "_spread", "_targets", "cross_entropy_forward", "cross_entropy_backward"}
    assert not {"hinge_forward", "_violations"} & set(texts)
    cython = [s.text for s in sources_of("linear") if s.rung == "cython"]
    assert any("with nogil" in text for text in cython)
    assert not any("maxout" in text for text in cython)


def test_what_a_name_means() -> None:
    assert kernels_of("linear") == ["linear_forward", "linear_backward"]
    assert kernels_of("linear_backward") == ["linear_backward"]
    assert kernels_of("adam") == ["adam_step"]
    assert kernels_of("optim") == [
        *("sgd_step", "adam_step", "rmsprop_step", "adagrad_step", "sgd_steps", "adam_steps")
    ]
    assert kernels_of("conv1d") == ["conv1d_forward", "conv1d_backward"]
    assert "squared_norm" in kernels_of("reduce")
    with pytest.raises(ArgumentError, match=r"'convolution'.*linear_forward"):
        kernels_of("convolution")


@pytest.mark.parametrize("kernel", sorted(numpy_rung.STEM_OF))
def test_contract(kernel: str) -> None:
    text = contract_of(kernel).text
    stem = numpy_rung.STEM_OF[kernel]
    assert f"KERNEL({stem}, {slot_of(kernel)}," in text
    assert text.endswith("))")


def test_contract_starts_with_the_formula() -> None:
    assert contract_of("linear_forward").text.startswith("// z = x w^T + b, y = act(z)")


CPP = r"""// What this file is.
#include <vector>
#define LATER(x) void x() { \
  }

namespace tinynn::here {
namespace {
constexpr int kSize = 1'000'000;  // a number

// ---- part one ----
// A struct; its comment has a brace {
struct Pair {
  int a, b;
  int sum() const { return a + b; }
};
template <class T, class F>
T apply(F&& f, Pair p = {1, 2}) {
  const char* s = "}{\"", c = '}', *r = R"(}{")";
  return f([&] { return p.sum() + kSize; });  // } not this one
}
}  // namespace
/* a block
   { comment } */
inline Pair operator+(Pair a, Pair b) { return {a.a + b.a, a.b + b.b}; }

template <> int special<4>(int x) {
  return apply<int>(x);
}
void declared(int);
}  // namespace tinynn::here
"""


def test_cpp_is_cut_at_its_braces_not_at_those_of_comments_and_strings(tmp_path: Path) -> None:
    path = tmp_path / "x.cpp"
    path.write_text(CPP, encoding="utf-8")
    found = {d.name: d for d in definitions(path)}
    assert list(found) == ["kSize", "Pair", "apply", "operator+", "special", "declared"]
    assert found["Pair"].text.startswith("// A struct; its comment has a brace {\nstruct Pair {")
    assert found["Pair"].text.endswith("};")
    assert found["apply"].text.startswith("template <class T, class F>\nT apply(")
    assert found["apply"].text.endswith("not this one\n}")
    assert found["special"].text.count("\n") == 2
    assert found["operator+"].first_line == CPP[: CPP.index("inline")].count("\n") + 1
    names = [d.name for d in with_helpers(["special"], list(found.values()))]
    assert names == ["kSize", "Pair", "apply", "special"]


PYX = '''"""Says def f(x): and nothing else."""

from a cimport b

cdef enum Kind:
    ONE
    TWO


# Why g is there.
cdef inline double g(
    Kind k,
    double x,
) noexcept nogil:
    """helper(x)"""
    if k == ONE:

        return x
    return 2 * x  # helper


@decorated
def f(x, *, y=(1,)):
    return g(ONE, x)

def helper(x):
    return x
'''


def test_cython_is_cut_at_its_indentation(tmp_path: Path) -> None:
    path = tmp_path / "x.pyx"
    path.write_text(PYX, encoding="utf-8")
    found = {d.name: d for d in definitions(path)}
    assert list(found) == ["Kind", "g", "f", "helper"]
    assert found["g"].text.startswith("# Why g is there.\ncdef inline double g(\n")
    assert found["g"].text.endswith("return 2 * x  # helper")
    assert found["f"].text == "@decorated\ndef f(x, *, y=(1,)):\n    return g(ONE, x)"
    assert [d.name for d in with_helpers(["f"], list(found.values()))] == ["Kind", "g", "f"]


def test_sources_are_found_inside_a_wheel_and_missed_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site-packages" / "tinynn" / "_sources"
    package.mkdir(parents=True)
    monkeypatch.setattr(_sources, "_HERE", package)
    with pytest.raises(BackendError, match="try installing tinynn again"):
        _sources.root()
    for folder in ("csrc", "src"):
        shutil.copytree(ROOT / folder, package / folder)
    assert _sources.root() == package
    assert {s.rung for s in sources_of("softmax")} >= {"numpy", "cython", "reference"}
