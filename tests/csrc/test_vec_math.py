"""The errors that vec_math.h states beside its functions, measured."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

native = pytest.importorskip("tinynn._native", reason="tinynn was installed without a C++ compiler")
ROOT = Path(__file__).parents[2]
FLAGS = {
    "avx2": ["-mavx2", "-mfma"],
    "avx512": ["-mavx512f", "-mavx512vl", "-mavx512dq", "-mavx512bw", "-mfma"],
    "neon": [],
}


def stated() -> dict[str, float]:
    """Function -> the error written in the comment above it."""
    text = (ROOT / "csrc/simd/vec_math.h").read_text(encoding="utf-8")
    found = re.findall(r"Error: ([\d.]+) ulp\.\ninline Vec (\w+)\(", text)
    return {name: float(error) for error, name in found}


@pytest.mark.skipif(shutil.which("g++") is None, reason="g++ is not installed")
@pytest.mark.parametrize("target", [t for t in native.available_targets() if t in FLAGS])
def test_no_error_is_larger_than_stated(target: str, tmp_path: Path) -> None:
    program, source = tmp_path / "vec_math_error", ROOT / "tests/csrc/vec_math_error.cpp"
    command = ["g++", "-std=c++17", "-O2", "-ffp-contract=off", *FLAGS[target], f"-I{ROOT / 'csrc'}"]
    subprocess.run([*command, str(source), "-o", str(program)], check=True)
    lines = subprocess.run([str(program), "997"], check=True, capture_output=True, text=True).stdout
    measured = {name: float(error) for name, error, _ in (line.split() for line in lines.splitlines())}
    assert measured.keys() == stated().keys()
    for name, limit in stated().items():
        assert 0.5 < measured[name] <= limit, f"{name}: {measured[name]} ulp, stated {limit}"
