"""The native rung as a guest in a Python process: its threads, fork, Ctrl-C, and its settings."""

from __future__ import annotations

import _thread
import os
import subprocess
import sys
import threading
import time
from typing import Any

import numpy as np
import pytest

native = pytest.importorskip("tinynn._native", reason="tinynn was installed without a C++ compiler")
RNG = np.random.default_rng(0)


def normal(*shape: int) -> Any:
    return RNG.standard_normal(shape)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_any_number_of_threads_gives_the_same_bits(dtype: type) -> None:
    before = native.num_threads()
    a, b = (normal(n, 70).astype(dtype) for n in (900, 130))
    labels, dy = RNG.integers(0, 70, 900), normal(900, 130).astype(dtype)
    long, many = normal(3, 40_000, 2).astype(dtype), normal(20, 5000, 1).astype(dtype)
    slope = np.array([0.2], dtype)

    def everything() -> list[Any]:
        return [
            native.linear_forward(a, b, None, None, activation="gelu", alpha=None)[0],
            *native.linear_backward(dy, a, b, dy, slope, activation="prelu", alpha=None),
            native.matmul(a, dy, transpose_a=True),
            *native.cross_entropy_forward(a, labels, None, label_smoothing=0.1, reduction="mean"),
            native.reduce_sum(long),
            native.reduce_sum(many),
            native.reduce_sum_backward(many[:, :, 0], 7),
            native.squared_norm(a),
            native.softmax_forward(a),
            native.binary_forward(a, a[:1], op="pow"),
            native.scatter_add_rows(a, labels, 70),
            native.philox_normal(100_001, seed=1, offset=0, dtype=dtype),
            native.dropout(a, p=0.5, seed=1, offset=0),
        ]

    try:
        native.set_num_threads(1)
        alone = everything()
        for count in (2, 3, 4):
            native.set_num_threads(count)
            for got, want in zip(everything(), alone, strict=True):
                np.testing.assert_array_equal(got, want)
    finally:
        native.set_num_threads(before)


def test_two_python_threads_at_once() -> None:
    a = normal(300, 300)
    want = native.matmul(a, a)
    wrong: list[int] = []

    def work() -> None:
        wrong.extend(i for i in range(20) if not np.array_equal(native.matmul(a, a), want))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Python 3.12 warns of fork beside threads
def test_a_forked_child_computes() -> None:
    before = native.num_threads()
    native.set_num_threads(2)
    a = normal(400, 400)
    want = native.matmul(a, a)
    child = os.fork()
    if child == 0:
        os._exit(0 if np.array_equal(native.matmul(a, a), want) else 1)
    deadline = time.monotonic() + 60
    done, status = os.waitpid(child, os.WNOHANG)
    while not done and time.monotonic() < deadline:
        time.sleep(0.01)
        done, status = os.waitpid(child, os.WNOHANG)
    if not done:
        os.kill(child, 9)
        os.waitpid(child, 0)
    native.set_num_threads(before)
    assert done, "the child hangs"
    assert status == 0


def test_control_c_ends_a_long_kernel() -> None:
    a = np.zeros((3000, 3000))

    def minutes() -> None:
        for _ in range(100):
            native.matmul(a, a, transpose_b=True)

    timer = threading.Timer(0.1, _thread.interrupt_main)
    start = time.monotonic()
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        minutes()
    assert time.monotonic() - start < 30
    np.testing.assert_array_equal(native.matmul(np.eye(2), np.eye(2)), np.eye(2))


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("variable", "value", "needed"),
    [
        ("TINYNN_TARGET", "sse9", "reference"),
        ("TINYNN_NUM_THREADS", "many", "count"),
        ("TINYNN_NUM_THREADS", "0", "count"),
    ],
)
def test_a_setting_that_cannot_be_obeyed_stops_the_import(variable: str, value: str, needed: str) -> None:
    done = python("import tinynn._native", **{variable: value})
    assert done.returncode == 1
    sentence = done.stderr.strip().splitlines()[-1]
    assert sentence.startswith(f"ImportError: {variable}: got '{value}'")
    assert needed in sentence


def test_the_target_can_be_forced() -> None:
    for name in native.available_targets():
        done = python("from tinynn import _native; print(_native.target())", TINYNN_TARGET=name)
        assert done.stdout.strip() == name, done.stderr


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="no list of threads here")
@pytest.mark.skipif(os.environ.get("TINYNN_SANITIZED") == "thread", reason="the sanitizer has one of its own")
def test_threads_start_at_the_first_use_and_not_at_import() -> None:
    done = python(
        "import os, numpy; count = lambda: len(os.listdir('/proc/self/task')); before = count();"
        "from tinynn import _native as n; n.set_num_threads(3); imported = count();"
        "a = numpy.ones((500, 500)); n.matmul(a, a); print(imported - before, count() - imported)",
        OPENBLAS_NUM_THREADS="1",
    )
    assert done.stdout.split() == ["0", "2"], done.stderr
