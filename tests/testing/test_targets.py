"""Every instruction set of this machine, forced, against the reference; and machines that lack one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tinynn as tn
from tinynn.testing import CASES, targets

AVAILABLE = tn.info()["targets"]
if not AVAILABLE:
    pytest.skip("the native rung was not built", allow_module_level=True)
# Always the one that is chosen here, the others in the full run.
OTHERS = [
    pytest.param(t, marks=[] if t == AVAILABLE[-1] else pytest.mark.slow)
    for t in AVAILABLE
    if t != "reference"
]
EMULATOR = shutil.which("qemu-x86_64")


def tinynn(
    *arguments: str, before: tuple[str, ...] = (), **environment: str
) -> subprocess.CompletedProcess[str]:
    command = [*before, sys.executable, "-m", "tinynn", *arguments]
    return subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("targets")


@pytest.fixture(scope="module")
def reference(folder: Path) -> dict[str, np.ndarray]:
    return targets.computed_on("reference", folder)


@pytest.mark.parametrize("target", OTHERS)
def test_every_row_is_the_same_up_to_rounding(
    target: str, folder: Path, reference: dict[str, np.ndarray]
) -> None:
    got = targets.computed_on(target, folder)
    assert str(got.pop("target")) == target
    assert str(reference["target"]) == "reference"
    assert len(got) > 2 * len(CASES)
    assert not targets.differences(got, {k: v for k, v in reference.items() if k != "target"})
    differ = sum(got[key].tobytes() != reference[key].tobytes() for key in got)
    assert differ > 20, "not one sum runs in another order: was the target really used?"


@pytest.mark.slow
def test_a_wrong_target_is_noticed(reference: dict[str, np.ndarray]) -> None:
    want = {k: v for k, v in reference.items() if k != "target"}
    assert not targets.differences(want, want)
    outputs = [key for key in want if key.startswith("linear[relu]") and key.endswith("output")]
    key = max(outputs, key=lambda key: want[key].size)
    off = want[key].copy()
    off.reshape(-1)[-1] += 1e-3
    assert len(targets.differences({**want, key: off}, want)) == 1
    gradient = key.replace("output", "gradient 2")
    assert len(targets.differences({**want, gradient: want[gradient] * 1.01}, want)) == 1
    assert targets.differences({k: v for k, v in want.items() if k != key}, want) == [f"{key} is missing"]


@pytest.mark.parametrize("target", AVAILABLE)
def test_the_target_that_is_forced_is_the_one_in_use(target: str) -> None:
    done = tinynn("info", "--json", TINYNN_TARGET=target)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["target"] == target


def assert_one_clear_line(done: subprocess.CompletedProcess[str], target: str, *needed: str) -> None:
    assert done.returncode == 2, f"exit {done.returncode}: {done.stderr}"
    assert done.stdout == ""
    (line,) = (line for line in done.stderr.splitlines() if not line.startswith("qemu-"))
    assert f"TINYNN_TARGET: got '{target}'; needed one that this build holds and this machine can run" in line
    assert all(name in line for name in needed)


ELSEWHERE = "avx2" if "neon" in AVAILABLE else "neon"


@pytest.mark.parametrize("target", ["AVX2", "referenc", ELSEWHERE])
def test_a_target_that_is_not_to_be_had_is_one_line(target: str) -> None:
    assert_one_clear_line(tinynn("info", TINYNN_TARGET=target), target, *AVAILABLE)


def test_a_target_that_is_not_to_be_had_stops_an_experiment() -> None:
    done = tinynn("run", "mnist-softmax", "--synthetic", TINYNN_TARGET="avx9")
    assert_one_clear_line(done, "avx9", *AVAILABLE)


def test_a_target_that_is_not_to_be_had_is_an_error_of_the_call() -> None:
    code = """
import numpy as np, tinynn as tn
x = np.ones((2, 2), "float32")
try:
    tn.functional.linear(x, x)
except tn.errors.BackendError as error:
    print(error)
with tn.use_backend("numpy"):
    print(tn.functional.linear(x, x).sum())
"""
    environment = {**os.environ, "TINYNN_TARGET": "avx9"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    message, total = done.stdout.splitlines()
    assert message.startswith("TINYNN_TARGET: got 'avx9'; needed")
    assert total == "8.0"


# A processor of 2008 (the oldest that has x86-64-v2), one with AVX alone, one with AVX2, emulated.
OLD = {"Nehalem": ["reference"], "SandyBridge": ["reference"], "Haswell": ["reference", "avx2"]}
STEP = """
import json, numpy as np, tinynn as tn
from tinynn import functional as F, nn, optim
tn.manual_seed(0)
x, y = np.random.default_rng(0).normal(size=(64, 20)).astype("float32"), np.arange(64) % 5
model = nn.Sequential(nn.Linear(20, 33, activation="gelu"), nn.Linear(33, 5))
sgd = optim.SGD(lr=0.5, momentum=0.9)
history = tn.fit(model, (x, y), loss=F.cross_entropy, optimizer=sgd, epochs=3, seed=0)
print(json.dumps({"targets": tn.info()["targets"], "loss": history["loss"][-1]}))
"""


@pytest.mark.skipif("TINYNN_SANITIZED" in os.environ, reason="the emulator has no room for a sanitizer")
@pytest.mark.skipif(EMULATOR is None, reason="not installed: qemu-x86_64 (qemu-user)")
@pytest.mark.skipif("avx2" not in AVAILABLE, reason="this build has no wide target")
@pytest.mark.parametrize(
    "processor", [pytest.param(p, marks=[] if p == "Nehalem" else pytest.mark.slow) for p in OLD]
)
def test_an_older_processor_trains_and_refuses_what_it_lacks(processor: str) -> None:
    emulator = (str(EMULATOR), "-cpu", processor)
    done = subprocess.run(
        [*emulator, sys.executable, "-c", STEP], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    here = subprocess.run([sys.executable, "-c", STEP], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert found["targets"] == OLD[processor]
    assert found["loss"] == pytest.approx(json.loads(here.stdout)["loss"], rel=1e-4)
    refused = tinynn("info", before=emulator, TINYNN_TARGET="avx512")
    assert_one_clear_line(refused, "avx512", *OLD[processor])
