"""Every dispatch target against the first rung, bit by bit where it must be, and against older machines."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

native = pytest.importorskip("tinynn._native", reason="tinynn was installed without a C++ compiler")
HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TARGETS = native.available_targets()
# Always the one that is chosen here, the others in the full run.
EACH = [pytest.param(t, marks=[] if t == TARGETS[-1] else pytest.mark.slow) for t in TARGETS]


def on_target(target: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "TINYNN_TARGET": target}
    command = [sys.executable, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=280)


@pytest.mark.parametrize("target", EACH)
def test_every_kernel_keeps_its_contract(target: str) -> None:
    done = on_target(target, str(HERE / "target_battery.py"))
    assert done.returncode == 0, done.stderr
    *wrong, summary = done.stdout.splitlines()
    assert not wrong, "\n".join(wrong[:20])
    found = re.fullmatch(rf"{target}: (\d+) calls", summary)
    assert found, summary
    assert int(found[1]) > 10_000


BITS = """
import hashlib, numpy as np, tinynn._native as native
digest = hashlib.sha256()
for n in (0, 1, 3, 4, 5, 17, 100, 4099, 70001):
    for seed, offset in ((0, 0), (7, 2**64 - 2), (2**64 - 1, 2**40)):
        digest.update(native.philox_uniform((n,), seed=seed, offset=offset, low=-1.5, high=2.0).tobytes())
        x = np.arange(1, n + 1, dtype=np.float32)
        digest.update(native.dropout(x, p=0.3, seed=seed, offset=offset).tobytes())
        pixels = (np.arange(2 * 5 * n) % 256).astype(np.uint8).reshape(2, 5, n)
        mean, std = (np.random.default_rng(n).uniform(0.05, 1, 5).astype(np.float32) for _ in range(2))
        for statistics in ((None, None), (mean, std)):
            images = native.gather_images(pixels, np.array([1, 0, 1]), *statistics, dtype="float32")
            digest.update(images.tobytes())
print(native.target(), digest.hexdigest())
"""


@pytest.mark.parametrize("target", TARGETS)
def test_random_numbers_and_images_are_the_same_bits_on_every_target(target: str) -> None:
    want, got = on_target("reference", "-c", BITS), on_target(target, "-c", BITS)
    assert got.returncode == want.returncode == 0, got.stderr
    assert got.stdout.split()[0] == target
    assert got.stdout.split()[1] == want.stdout.split()[1]


THREADS = """
import itertools, hashlib, tinynn._native as native
from tinynn.testing.kernel_calls import calls
products = "linear_forward", "linear_backward", "matmul", "softmax_forward", "cross_entropy_forward"
sweeps = "reduce_sum", "mse_forward", "activation_backward", "binary_forward", "adam_step", "squared_norm"
runs = [*itertools.product(products, [(300, 130, 200), (9, 10, 3000), (900, 33, 17)])]
runs += itertools.product(sweeps, [(90, 33, 17), (9, 10, 1000)])
images = "forward", "backward", "transpose", "pool_forward", "pool_backward"
runs += [("conv2d_" + name, (9, 40, 33)) for name in images]
def digest(threads):
    native.set_num_threads(threads)
    total = hashlib.sha256()
    for name, sizes in runs:
        for call in itertools.islice(calls(name, sizes), 0, None, 4):
            for result in call.run(getattr(native, name)):
                total.update(b"" if result is None else result.tobytes())
    return total.hexdigest()
print(len({digest(n) for n in (1, 2, 3, 4)}))
"""


@pytest.mark.parametrize("target", EACH)
def test_any_number_of_threads_gives_the_same_bits(target: str) -> None:
    done = on_target(target, "-c", THREADS)
    assert done.stdout.split() == ["1"], done.stderr


def instructions(library: Path) -> dict[str, set[str]]:
    """Per function of a library, its instructions of AVX and later: those whose names begin with v."""
    listing = subprocess.run(
        ["objdump", "-d", "--no-show-raw-insn", str(library)], capture_output=True, text=True, check=True
    )
    found: dict[str, set[str]] = {}
    function = ""
    for line in listing.stdout.splitlines():
        if line.endswith(">:"):
            function = line.split("<", 1)[1][:-2]
        elif re.search(r":\s+v[a-z]", line):
            found.setdefault(function, set()).add(line.split("\t")[-1].split()[0])
    return found


@pytest.mark.skipif(not {"avx2", "avx512"} & set(TARGETS), reason="this build has no wide target")
@pytest.mark.skipif(shutil.which("objdump") is None, reason="objdump is not installed")
def test_no_wide_instruction_stands_outside_the_targets() -> None:
    """An old CPU that runs the reference kernels must meet nothing it does not know."""
    wide = instructions(Path(native.__file__))
    inside = {f for f in wide if re.search("4avx2|6avx512", f)}
    assert len(inside) > 20, "the listing names no functions: the test would see nothing"
    outside = {f: sorted(wide[f])[:5] for f in set(wide) - inside}
    assert not outside, f"wide instructions outside csrc/simd/targets: {outside}"


def test_a_target_includes_nothing_inline_from_outside() -> None:
    """No standard header but those of kernels.h and parallel.h: <cstddef>, <cstdint>, <type_traits>."""
    allowed = {"immintrin.h", "arm_neon.h"}
    for path in (ROOT / "csrc/simd").rglob("*"):
        if path.suffix in (".h", ".cpp"):
            names = re.findall(r"#include <([^>]+)>", path.read_text(encoding="utf-8"))
            assert set(names) <= allowed, f"{path.name} includes {sorted(set(names) - allowed)}"
