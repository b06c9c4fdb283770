"""check, whole: sources go in, reports come out, through the compilers and the sandbox."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tinynn.workshop import Exercise, Report, all_exercises, answer, check_source, exercise, starter
from tinynn.workshop.compilers import cpp_compiler, sanitizer
from tinynn.workshop.diagnose import RACE

LINEAR = exercise("linear-dw")
needs_compiler = pytest.mark.skipif(cpp_compiler() is None, reason="no C++ compiler")
CPP = answer(LINEAR, "cpp")
NUMPY = answer(LINEAR, "numpy")


def check(text: str, language: str = "numpy", exercise: Exercise = LINEAR, **options: Any) -> Report:
    return check_source(exercise, language, text, 5, **options)


EVERY = [(e, language) for e in all_exercises().values() for language in e.languages]
FEW = [pair for pair in EVERY if pair[0] is LINEAR and pair[1] != "cython"]
MANY = [pair for pair in EVERY if pair not in FEW]
PAIRS = [*FEW, *(pytest.param(*pair, marks=pytest.mark.slow) for pair in MANY)]


@needs_compiler
@pytest.mark.parametrize(("exercise", "language"), PAIRS, ids=lambda v: getattr(v, "name", v))
def test_answers_score_full_and_starters_nothing(exercise: Exercise, language: str) -> None:
    full = check(answer(exercise, language), language, exercise)
    assert (full.passed, full.score, full.mistake, full.where) == (True, 1.0, None, None), full
    for text in (starter(exercise, language), ""):
        nothing = check(text, language, exercise)
        assert not nothing.passed
        assert nothing.mistake
        assert nothing.score <= 0.0, nothing


LARGE = "volatile real all[4 << 20]; for (long j = 0; j < 4 << 20; j += 99) all[j] = 1;"
#: what is changed in the C++ answer, what it becomes, and the words of the mistake
EDITS = [
    (" += dy", " = dy", "= for += inside the loop over the batch"),
    ("l < k;", "l < k / 8 * 8;", "right except the last k mod 8 columns of dw, never written"),
    ("l < k;", "l <= k;", "out of bounds of dw, 1 element behind its end (near row 4; there are 4)"),
    ("dw[j * k + l] +=", "dw[j * k + l - 1] +=", "of dw, 1 element before its beginning (near row 0)"),
    (" += dy", " -= dy", "dw has the wrong sign"),
    ("dw[j * k + l]", "dw[l * n + j]", "dw is right but transposed in memory"),
    ("dw[j * k + l] +=", "const_cast<real*>(x)[i * k + l] =", "wrote to its input x at element 0"),
    ('extern "C" ', "", 'it is there, but without extern "C"'),
    ("dw[j", "dz[j", "it does not compile: "),
    ("* x[i", "* (m / (i + j + l)) * x[i", "SIGFPE: a whole number was divided by zero"),
    ("real* dw, long m", "double* dw, long m", "right in double, so look for `double`"),
    ("long m, long n", "long n, long m", "two are exchanged? C++ is given long m, long n, long k"),
    ("  for (long i", f"  {LARGE}\n  for (long i", "the stack (of 8 MB mostly) is full"),
]  # fmt: skip


@needs_compiler
@pytest.mark.parametrize(("old", "new", "words"), EDITS, ids=[e[2][:40] for e in EDITS])
def test_the_mistake_is_named(old: str, new: str, words: str) -> None:
    assert old in CPP
    report = check(CPP.replace(old, new), "cpp")
    assert not report.passed
    assert words in (report.mistake or ""), report


def test_where_names_the_first_wrong_element_and_its_neighbours() -> None:
    report = check(NUMPY.replace("dw += dy.T @ x", "dw += dy.T @ x; dw[1:, 2:] *= 2"))
    where = report.where or {}
    assert where["array"] == "dw"
    assert where["index"] == [1, 2]
    assert where["got"] == pytest.approx(2 * where["want"])
    assert where["neighbours"]["from"] == [1, 0]
    assert where["neighbours"]["got"][:2] == pytest.approx(where["neighbours"]["want"][:2])
    assert (where["wrong"], where["of"]) == (6, 16)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("dw = dy.T @ x", "nothing is written to dw: `dw = ...` gives the name to another array"),
        ("return dw + dy.T @ x", "nothing is written to dw: the result is returned"),
        ("dw += dy @ x", "ValueError: matmul"),
        ("dw += dy.T @ x; x *= 2", "read-only"),
        ("dw[...] = dy.T @ x", "dw is overwritten (=)"),
        ("dw += 3 * (dy.T @ x) ** 2", ""),
        ("dw += dy.T @", "SyntaxError"),
    ],
)
def test_mistakes_in_numpy(body: str, words: str) -> None:
    report = check(NUMPY.replace("dw += dy.T @ x", body))
    assert not report.passed
    assert words in (report.mistake or ""), report
    assert (report.mistake is None) == (words == "")  # a mistake that nobody has made before has no name


@pytest.mark.slow
@needs_compiler
def test_cython_says_where_it_does_not_compile() -> None:
    report = check(answer(LINEAR, "cython").replace("cdef Py_ssize_t i", "cdef Py_ssize i"), "cython")
    assert not report.passed
    assert (report.where or {})["stopped"] == "compile"
    assert (report.where or {})["line"] == 12


@needs_compiler
@pytest.mark.skipif(sanitizer() is None, reason="no AddressSanitizer")
def test_out_of_bounds_of_the_kernels_own_arrays() -> None:
    """Guard pages lie around the arrays that are given; of a local one only the sanitizer sees the end."""
    local = "  volatile real mine[4]; for (long i = 0; i <= n && i < 9; ++i) mine[i] = 0;\n  for (long i"
    text = CPP.replace("  for (long i", local, 1)
    report = check(text, "cpp", sanitize=True)
    assert "your kernel writes 8 bytes out of bounds of an array of its own" in (report.mistake or "")
    assert (report.where or {})["line"]
    assert check(CPP, "cpp", sanitize=True).passed


# ---- threads, and what guard pages do not see -------------------------------------------------------

THREADED = """#include <algorithm>
#include <thread>
#ifndef REAL
#define REAL double
#endif
typedef REAL real;
static void part(const real* a, const real* b, real* c, long m, long from, long to, long k, long n) {
  for (long i = 0; i < m; ++i)
    for (long l = from; l < to; ++l)
      for (long j = 0; j < n; ++j) c[i * n + j] += a[i * k + l] * b[l * n + j];
}
extern "C" void matmul_threaded(const real* a, const real* b, real* c, long m, long k, long n) {
  std::fill(c, c + m * n, real(0));
  std::thread other(part, a, b, c, m, k / 2, k, k, n);
  part(a, b, c, m, 0, k / 2, k, n);
  other.join();
}
"""
MATMUL = exercise("matmul-threaded")


THIRD = "  std::thread third(part, a, b, c, 0, 0, 0, k, n); third.join(); part(a"
ENDS = [
    ("  other.join();\n", "", "a thread was never joined"),
    ("  part(a", THIRD, "more threads are started"),
]


@pytest.mark.slow
@needs_compiler
@pytest.mark.parametrize(("old", "new", "words"), ENDS, ids=["not joined", "too many"])
def test_threads_that_are_not_joined_or_too_many(old: str, new: str, words: str) -> None:
    assert words in (check(THREADED.replace(old, new), "cpp", MATMUL).mistake or "")


@pytest.mark.slow
@needs_compiler
@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="threads that take turns seldom meet")
def test_two_threads_that_add_into_the_same_place() -> None:
    """Now and then a race is won; not five times in a row."""
    reports = (check_source(MATMUL, "cpp", THREADED, seed) for seed in range(5))
    lost = next(report for report in reports if not report.passed)
    assert lost.mistake == RACE
    assert [c["name"] for c in lost.checks if not c["passed"]] == ["repeated"]


@needs_compiler
@pytest.mark.skipif(sanitizer() is None, reason="no AddressSanitizer")
def test_an_array_of_a_fixed_size() -> None:
    """Without being asked: 40 are enough for all lengths but the long one."""
    short = exercise("linear-db")
    text = """
#ifndef REAL
#define REAL double
#endif
typedef REAL real;
extern "C" void linear_db(const real* dy, real* db, long m, long n) {
  real s[40];
  for (long j = 0; j < n; ++j) s[j] = 0;
  for (long i = 0; i < m; ++i)
    for (long j = 0; j < n; ++j) s[j] += dy[i * n + j];
  for (long j = 0; j < n; ++j) db[j] += s[j];
}
"""
    report = check(text, "cpp", short)
    assert "out of bounds of an array of its own (stack-buffer-overflow) (line 8)" in (report.mistake or "")
    assert [c["name"] for c in report.checks if not c["passed"]] == ["ragged"]
