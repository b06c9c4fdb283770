"""Every way a convolution can go on every target: the sums, and the same bits for any number of threads."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

native = pytest.importorskip("tinynn._native", reason="tinynn was installed without a C++ compiler")
TARGETS = native.available_targets()
# Always the one that is chosen here, the others in the full run.
EACH = [pytest.param(t, marks=[] if t == TARGETS[-1] else pytest.mark.slow) for t in TARGETS]


@pytest.mark.parametrize("target", EACH)
def test_every_path_of_convolution_is_right(target: str) -> None:
    environment = {**os.environ, "TINYNN_TARGET": target}
    command = [sys.executable, str(Path(__file__).with_name("conv_paths.py"))]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    *wrong, summary = done.stdout.splitlines()
    assert not wrong, "\n".join(wrong[:20])
    found = re.fullmatch(rf"{target}: (\d+) convolutions", summary)
    assert found, summary
    assert int(found[1]) > 150
