"""Ctrl-C in a kernel that is many short parallel regions: none may be too short to ask."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("g++") is None:
        pytest.skip("g++ is not installed")
    path = tmp_path_factory.mktemp("interrupts") / "interrupts"
    sources = [str(ROOT / "tests/csrc/interrupts.cpp"), str(ROOT / "csrc/parallel.cpp")]
    command = ["g++", "-std=c++17", "-O1", "-pthread", f"-I{ROOT / 'csrc'}", *sources, "-o", str(path)]
    subprocess.run(command, check=True)
    return path


@pytest.mark.parametrize("threads", [1, 2])
def test_the_regions_behind_an_interrupt_are_not_begun(program: Path, threads: int) -> None:
    done = subprocess.run([str(program), str(threads)], check=True, capture_output=True, text=True)
    ran, late = map(int, done.stdout.split())
    assert 0 < ran < 1500, "the hook was not asked, or not obeyed"
    assert late < 2 * threads, "blocks were begun after the hook had said to stop"
