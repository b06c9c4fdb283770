"""The pool where a region does not come to its end: Ctrl-C in a kernel that is many short ones, none of which

may be too short to ask; and a block that finds no memory.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def built(name: str, folder: Path) -> Path:
    """tests/csrc/<name>.cpp and the pool as a program."""
    if shutil.which("g++") is None:
        pytest.skip("g++ is not installed")
    path = folder / name
    sources = [
        str(ROOT / f"tests/csrc/{name}.cpp"),
        str(ROOT / "csrc/parallel.cpp"),
        str(ROOT / "csrc/cpu.cpp"),
    ]
    command = ["g++", "-std=c++17", "-O1", "-pthread", f"-I{ROOT / 'csrc'}", *sources, "-o", str(path)]
    subprocess.run(command, check=True)
    return path


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("interrupts", tmp_path_factory.mktemp("interrupts"))


@pytest.mark.parametrize("threads", [1, 2])
def test_the_regions_behind_an_interrupt_are_not_begun(program: Path, threads: int) -> None:
    done = subprocess.run([str(program), str(threads)], check=True, capture_output=True, text=True)
    ran, late = map(int, done.stdout.split())
    assert 0 < ran < 1500, "the hook was not asked, or not obeyed"
    assert late < 2 * threads, "blocks were begun after the hook had said to stop"


def test_a_block_without_memory_is_the_callers_exception_and_no_end(tmp_path: Path) -> None:
    program = built("memory", tmp_path)
    for threads in (1, 2, 3):
        done = subprocess.run([str(program), str(threads)], check=True, capture_output=True, text=True)
        assert done.stdout.split() == ["thrown"] * 20 + [str(63 * 64 // 2)]


STARVED = """
import resource, sys
import numpy as np
from tinynn import _native as native

native.set_num_threads(int(sys.argv[1]))
rng = np.random.default_rng(0)
a = rng.normal(size=(700, 700)).astype("f4")
native.matmul(a, a)  # its threads are there
x, dy = rng.normal(size=(8, 512, 6, 6)).astype("f4"), rng.normal(size=(8, 512, 4, 4)).astype("f4")
w = np.zeros((512, 512, 3, 3), "f4")
place = {"stride": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1), "groups": 1, "flip": False}

def dw():
    options = {**place, "activation": "identity", "alpha": None}
    return native.conv2d_backward(dy, x, w, None, None, **options, needs=(False, True, False, False))[1]

with open("/proc/self/statm") as held:
    pages = int(held.read().split()[0])
_, most = resource.getrlimit(resource.RLIMIT_AS)
resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + (40 << 20), most))
for _ in range(3):
    try:
        dw()
        print("enough")
    except MemoryError:
        print("MemoryError")
resource.setrlimit(resource.RLIMIT_AS, (most, most))
patches = np.stack([x[:, :, i : i + 4, j : j + 4] for i in range(3) for j in range(3)])
right = np.einsum("nohw,pnchw->ocp", dy, patches, optimize=True).reshape(w.shape)
print(np.allclose(dw(), right, atol=1e-3))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits its own memory")
@pytest.mark.parametrize("threads", ["1", "2"])
def test_a_kernel_without_memory_raises_and_the_next_one_computes(threads: str) -> None:
    pytest.importorskip("tinynn._native", reason="tinynn was installed without a C++ compiler")
    done = subprocess.run([sys.executable, "-c", STARVED, threads], capture_output=True, text=True)
    assert done.stdout.split() == ["MemoryError"] * 3 + ["True"], done.stderr
