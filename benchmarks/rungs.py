"""One op on every rung: what each step down the ladder buys.

    python benchmarks/rungs.py [--rounds 31] [--threads 1] [--write FILE]

`linear` with relu, forward and backward, in NumPy, Cython, C++ and C++ with the vectors of this machine.
Every rung has its own process (one table of kernels a process, one pool of threads); the processes take
turns, block by block. Before anything is timed, each result is compared with NumPy's in float64. With one
thread it is processor time that counts, which a busy machine disturbs least; with more it is the clock.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

BLOCK_SECONDS = 0.005
SHAPES = ((64, 784, 10), (64, 784, 128), (128, 256, 128), (64, 3072, 100))  # m rows, k inputs, n outputs
PASSES = {"forward": 2, "backward": 4}  # operations per m k n: one product, or two


class Rung(NamedTuple):
    """A backend, and for native the instruction set."""

    title: str
    backend: str
    target: str = ""


def rungs() -> list[Rung]:
    """All that can run here, slowest first."""
    from tinynn import backends
    from tinynn.backends import native

    titles = {"reference": "C++", "avx2": "C++, AVX2", "avx512": "C++, AVX-512", "neon": "C++, NEON"}
    plain = [Rung("NumPy", "numpy"), Rung("Cython", "cython")]
    return [
        *(rung for rung in plain if rung.backend in backends.available_backends()),
        *(Rung(titles[target], "native", target) for target in native.available_targets()),
    ]


def prepared(table: Any, which: str, x: Any, w: Any, b: Any, dy: Any) -> Callable[[], Any]:
    """One call of the forward or of the backward kernel of a rung, all arguments in place."""
    options: dict[str, Any] = {"activation": "relu", "alpha": None}
    if which == "forward":
        return partial(table["linear_forward"], x, w, b, None, **options)
    kept = table["linear_forward"](x, w, b, None, **options)[1]
    return partial(table["linear_backward"], dy, x, w, kept, None, **options)


def work(pipe: Connection, backend: str, threads: int) -> None:
    """The process of one rung: receives (shape, pass, calls), sends seconds; calls = 0 asks for the error."""
    import numpy as np

    import tinynn as tn
    from tinynn.backends import rung

    tn.set_num_threads(threads)
    now = time.process_time if threads == 1 else time.perf_counter
    while order := pipe.recv():
        (m, k, n), which, calls = order
        rng = np.random.default_rng(0)
        exact = [rng.normal(size=shape) for shape in ((m, k), (n, k), (n,), (m, n))]
        call = prepared(rung(backend), which, *(a.astype(np.float32) for a in exact))
        if not calls:
            pairs = zip(call(), prepared(rung("numpy"), which, *exact)(), strict=True)
            pipe.send(max(float(np.abs(g - e).max() / np.abs(e).max()) for g, e in pairs if e is not None))
            continue
        call()  # the caches of this shape
        begin = now()
        for _ in range(calls):
            call()
        pipe.send(now() - begin)


class Worker:
    """A rung's process and the way to talk to it."""

    def __init__(self, rung: Rung, threads: int) -> None:
        self.rung = rung
        os.environ["TINYNN_TARGET"] = rung.target
        for pool in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ[pool] = str(threads)
        context = get_context("spawn")  # reads the environment when it starts
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=work, args=(other, rung.backend, threads), daemon=True)
        self._process.start()

    def ask(self, shape: tuple[int, int, int], which: str, calls: int) -> float:
        """Seconds that so many calls took; for none, the largest error relative to the largest number."""
        self._pipe.send((shape, which, calls))
        return float(self._pipe.recv())

    def calls_per_block(self, shape: tuple[int, int, int], which: str) -> int:
        calls = 1
        while (seconds := self.ask(shape, which, calls)) < BLOCK_SECONDS / 4:
            calls *= 4
        return max(1, int(calls * BLOCK_SECONDS / seconds))

    def stop(self) -> None:
        self._pipe.send(None)
        self._process.join()


def measure(workers: list[Worker], shape: tuple[int, int, int], which: str, rounds: int) -> list[float]:
    """The median microseconds of one call, per worker."""
    for worker in workers:
        error = worker.ask(shape, which, 0)
        if not error < 1e-5:
            sys.exit(f"rungs: {worker.rung.title}, linear {which} {shape}: off by {error:.1e}")
    calls = [worker.calls_per_block(shape, which) for worker in workers]
    blocks: list[list[float]] = [[] for _ in workers]
    for _ in range(rounds):
        for worker, count, times in zip(workers, calls, blocks, strict=True):
            times.append(1e6 * worker.ask(shape, which, count) / count)
    return [median(times) for times in blocks]


def markdown(rounds: int, threads: int) -> str:
    """The table: microseconds, and how much work a second that is."""
    import tinynn as tn
    from tinynn.bench.machine import describe

    workers = [Worker(rung, threads) for rung in rungs()]
    lines = [
        f"| m x k x n | | {' | '.join(worker.rung.title for worker in workers)} |",
        f"| --- | --- |{' ---: |' * len(workers)}",
    ]
    for shape in SHAPES:
        m, k, n = shape
        for which, operations in PASSES.items():
            us = measure(workers, shape, which, rounds)
            cells = [f"{t:,.0f} us, {operations * m * k * n / t / 1e3:.3g}" for t in us]
            lines.append(f"| {m} x {k} x {n} | {which} | {' | '.join(cells)} |")
    for worker in workers:
        worker.stop()
    where, info = describe(), tn.info()
    machine = f"{where['processor']}, {threads} thread{'s' * (threads > 1)}"
    versions = f"tinynn {info['tinynn']}, Python {info['python']}, NumPy {info['numpy']}"
    return "\n".join([*lines, "", f"Microseconds a call, GFLOP/s. {machine}; {versions}."])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=31, help="blocks per rung and shape (default: 31)")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--write", type=Path, metavar="FILE", help="keep the table there as well")
    options = parser.parse_args()
    text = markdown(options.rounds, options.threads)
    print(text)
    if options.write:
        options.write.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
