"""The NEON target, cross-compiled and run in an emulator: no ARM machine is needed to keep it right."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMPILER, EMULATOR, LIBRARIES = "aarch64-linux-gnu-g++", "qemu-aarch64", "/usr/aarch64-linux-gnu"
MISSING = [tool for tool in (COMPILER, EMULATOR) if shutil.which(tool) is None]


@pytest.mark.slow
@pytest.mark.skipif(
    bool(MISSING), reason=f"not installed: {', '.join(MISSING)} (g++-aarch64-linux-gnu, qemu-user)"
)
def test_neon_keeps_the_contracts(tmp_path: Path) -> None:
    program = tmp_path / "battery"
    sources = [
        *(ROOT / "tests/csrc" / name for name in ("target_battery.cpp", "conv_battery.cpp")),
        *(ROOT / "csrc").glob("reference/*.cpp"),
        *(ROOT / "csrc" / name for name in ("parallel.cpp", "cpu.cpp", "simd/targets/neon.cpp")),
    ]
    flags = ["-std=c++17", "-O1", "-ffp-contract=off", "-pthread", "-DTARGET=neon", f"-I{ROOT / 'csrc'}"]
    subprocess.run([COMPILER, *flags, *map(str, sources), "-o", str(program)], check=True, timeout=280)
    done = subprocess.run(
        [EMULATOR, "-L", LIBRARIES, str(program)], capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    found = re.search(r"^0 wrong of (\d+)$", done.stdout, re.MULTILINE)
    assert found, done.stdout
    assert int(found[1]) > 2000
