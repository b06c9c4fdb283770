"""Without a compiler on PATH the NumPy ladder works from start to grade; the others say what is missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tinynn.workshop import all_exercises, answer

NUMPY = [e for e in all_exercises().values() if "numpy" in e.languages]


def run(*arguments: str, path: Path) -> subprocess.CompletedProcess[str]:
    """The command line with nothing on PATH."""
    kept = {k: v for k, v in os.environ.items() if k not in ("CXX", "CC")}
    command = [sys.executable, "-m", "tinynn", "workshop", *arguments]
    return subprocess.run(
        command, env={**kept, "PATH": str(path)}, capture_output=True, text=True, timeout=250, check=False
    )


def ladder(tmp_path: Path, exercises: list[str]) -> None:
    empty = tmp_path / "bin"
    empty.mkdir()
    for name in exercises:
        place = tmp_path / "ada" / name
        assert run("start", name, "--lang", "numpy", "--dir", str(place), path=empty).returncode == 0
        assert run("check", str(place), "--json", path=empty).returncode == 1
        source = next(place.glob("*.py"))
        source.write_text(answer(all_exercises()[name], "numpy"))
        done = run("check", str(place), "--json", path=empty)
        assert json.loads(done.stdout)["passed"], done
    done = run("grade", str(tmp_path / "ada"), "--json", "--html", str(tmp_path / "g.html"), path=empty)
    row = json.loads(done.stdout)["learners"][0]
    assert (row["passed"], row["score"]) == (len(exercises), 1.0)


def test_the_numpy_ladder_needs_no_compiler(tmp_path: Path) -> None:
    ladder(tmp_path, ["linear-dw"])


@pytest.mark.slow
def test_the_bench_needs_no_compiler(tmp_path: Path) -> None:
    ladder(tmp_path, ["linear-dw"])
    place, empty = tmp_path / "ada" / "linear-dw", tmp_path / "bin"
    done = run("bench", str(place), "--json", path=empty)
    assert done.returncode == 0, done.stderr
    assert "naive C++" not in json.loads(done.stdout)["microseconds"]


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_all_of_the_numpy_ladder(tmp_path: Path) -> None:
    ladder(tmp_path, [e.name for e in NUMPY])


def test_cpp_says_how_to_get_a_compiler(tmp_path: Path) -> None:
    empty = tmp_path / "bin"
    empty.mkdir()
    place = str(tmp_path / "work")
    done = run("start", "linear-dw", "--lang", "cpp", "--dir", place, path=empty)
    assert "no c++, g++ or clang++ on PATH" in done.stderr
    done = run("check", place, path=empty)
    assert done.returncode == 2
    assert "or go on without: tinynn workshop start linear-dw --lang numpy" in done.stderr
    assert done.stderr.count("\n") == 1
