"""Every kernel, its arrays up against pages that nobody may touch: no read or write one element too far."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

import pytest

native = pytest.importorskip("tinynn._native", reason="tinynn was installed without a C++ compiler")
pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="mmap and mprotect by their Linux names"),
    pytest.mark.skipif("TINYNN_SANITIZED" in os.environ, reason="the sanitizer watches memory itself"),
]

TARGETS = native.available_targets()
# Always the one that is chosen here, the others in the full run.
EACH = [pytest.param(t, marks=[] if t == TARGETS[-1] else pytest.mark.slow) for t in TARGETS]


def run(side: str, target: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tinynn.testing.guard_pages", side],
        env={**os.environ, "TINYNN_TARGET": target},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("side", ["end", pytest.param("start", marks=pytest.mark.slow)])
@pytest.mark.parametrize("target", EACH)
def test_no_kernel_leaves_its_arrays(target: str, side: str) -> None:
    done = run(side, target)
    assert done.returncode == 0, f"ended with {done.returncode}: {done.stderr}"
    found = re.fullmatch(rf"(\d+) calls, (\d+) results, {side}", done.stdout.strip())
    assert found, done.stdout
    assert int(found[1]) > 1000


def test_the_guard_is_awake() -> None:
    assert run("beyond", "reference").returncode in (-signal.SIGSEGV, -signal.SIGBUS)
