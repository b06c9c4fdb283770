"""bench: the times are of this run, the clock is ours, and a kernel that only looks fast is found out."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinynn.backends import rung
from tinynn.errors import ArgumentError
from tinynn.workshop import Folder, all_exercises, answer, exercise, start
from tinynn.workshop.clock import NAIVE, OURS, ROOF, YOURS, bench, drawn, expectation
from tinynn.workshop.compare import apply
from tinynn.workshop.compilers import cpp_compiler
from tinynn.workshop.judge import Report
from tinynn.workshop.load import naive, practice
from tinynn.workshop.say import timed_in_words

LINEAR = exercise("linear-dw")
CPP = answer(LINEAR, "cpp")
needs_compiler = pytest.mark.skipif(cpp_compiler() is None, reason="no C++ compiler")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small arrays and short batches: these tests are not about speed."""
    found = replace(practice(LINEAR), sizes={"m": 16, "n": 12, "k": 20})
    monkeypatch.setattr("tinynn.workshop.clock.practice", lambda exercise: found)
    monkeypatch.setattr("tinynn.workshop.clock.BATCH", 0.002)


@pytest.fixture
def trusted(small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a cheat had got through the reader of sources, and through the battery too."""
    passed = Report("linear-dw", "", 0, passed=True)
    monkeypatch.setattr("tinynn.workshop.clock.check_source", lambda *arguments, **options: passed)


def folder(tmp_path: Path, language: str, text: str) -> Folder:
    found = start("linear-dw", language, tmp_path / "work")
    found.source.write_text(text)
    return found


def numpy_text(body: str, head: str = "") -> str:
    return f"import time, threading, numpy as np\n{head}\n\ndef linear_dw(dy, x, dw):\n    {body}\n"


def test_every_side_is_timed_in_one_run(small: None, tmp_path: Path) -> None:
    found = bench(folder(tmp_path, "numpy", answer(LINEAR, "numpy")), seed=3, rounds=2)
    assert found.passed, found.mistake
    sides = {YOURS, OURS, *([NAIVE] if cpp_compiler() else []), *([ROOF] if rung("native") else [])}
    assert set(found.microseconds) == sides
    assert all(time > 0 for time in found.microseconds.values())
    assert set(found.ratio) == sides - {YOURS}
    assert Path(found.figure or "").read_bytes()[:4] == b"\x89PNG"
    assert json.loads(json.dumps(found.as_json(), allow_nan=False))["passed"] is True
    words = timed_in_words(found)
    assert words.count("#") >= len(sides)
    assert "times as fast as tinynn's own kernel" in words


def test_a_wrong_kernel_is_not_timed(tmp_path: Path) -> None:
    found = bench(
        folder(tmp_path, "numpy", numpy_text("dw -= dy.T @ x").replace("time, threading, ", "")), seed=0
    )
    assert (found.passed, found.microseconds) == (False, {})
    assert "not right yet, and so not timed: dw has the wrong sign" in (found.mistake or "")


FIRST = (
    "static real kept[999]; static int c = 0; "
    "if (c++) { for (long i = 0; i < n * k; ++i) dw[i] = kept[i]; return; }"
)
SEEN = (
    "static const real* seen[99]; static int c = 0; for (int i = 0; i < c; ++i) if (seen[i] == dy) return; "
)
KEEP = "for (long i = 0; i < n * k; ++i) kept[i] = dw[i];"
NAN = "for (long i = 0; i < n * k; ++i) dw[i] = 0.0 / 0.0; return;"
CHEATS = [
    ("all get the result of the first", FIRST, KEEP, "right answer"),
    ("a pointer that was seen is skipped", SEEN + "if (c < 99) seen[c++] = dy;", "", "right answer"),
    ("every second call is left out", "static int c = 0; if (c++ % 2) return;", "", "right answer"),
    ("NaN, which compares with nothing", NAN, "", "right answer"),
    ("an input is changed", "const_cast<real*>(x)[0] = 1;", "", "wrote to its input x"),
]


@needs_compiler
@pytest.mark.parametrize(("about", "before", "after", "words"), CHEATS, ids=[c[0] for c in CHEATS])
def test_who_only_looks_fast_is_found_out(
    trusted: None, tmp_path: Path, about: str, before: str, after: str, words: str
) -> None:
    text = CPP.replace("  for (long i = 0; i < m", f"  {before}\n  for (long i = 0; i < m").rstrip()
    text = f"{text[:-1]}  {after}\n}}\n"
    found = bench(folder(tmp_path, "cpp", text), seed=1, rounds=2)
    assert not found.passed
    assert words in (found.mistake or "")


def test_a_patched_clock_changes_nothing(trusted: None, tmp_path: Path) -> None:
    head = "sleep = time.sleep\ntime.time = time.monotonic = time.perf_counter = lambda: 0.0"
    found = bench(
        folder(tmp_path, "numpy", numpy_text("sleep(0.005); dw += dy.T @ x", head)), seed=1, rounds=2
    )
    assert found.passed, found.mistake
    assert found.microseconds[YOURS] > 5000


def test_a_result_that_comes_later_does_not_count(trusted: None, tmp_path: Path) -> None:
    body = "threading.Timer(0.001, lambda: dw.__iadd__(dy.T @ x)).start()"
    found = bench(folder(tmp_path, "numpy", numpy_text(body)), seed=1, rounds=2)
    assert not found.passed
    assert "can't start new thread" in (found.mistake or "")


TIMED = [name for name, it in all_exercises().items() if practice(it).ours is not None]
EACH = pytest.mark.parametrize("name", TIMED)


@EACH
def test_tinynns_own_kernel_does_the_exercise(name: str) -> None:
    """What a timed call is compared with is the oracle's answer, at a size that the oracle can do."""
    it, rng = exercise(name), np.random.default_rng(5)
    taken = practice(it)
    less = dict(taken.sizes)
    for letter in ("m", "n", "k", "N", "M", "C", "O"):
        less |= {letter: min(less[letter], 3)} if letter in less else {}
    trial = drawn(it, replace(taken, sizes=less), rng)
    want: dict[str, Any] = apply(it, it.oracle, trial, "float64")
    got = expectation(it, taken, trial)
    for a in it.outputs:
        np.testing.assert_allclose(got[a.name], want[a.name], rtol=1e-6, atol=1e-9)
    assert taken.flops(**taken.sizes) > 0


@EACH
def test_the_naive_cpp_is_plain(name: str) -> None:
    text = naive(exercise(name))
    assert exercise(name).function in text
    assert not re.search(r"#include <(immintrin|thread)|vector_size", text)


def test_what_is_not_timed_is_said(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="is not timed"):
        bench(start("topological-order", "numpy", tmp_path / "work"), seed=0)
