"""One op on every rung: what each step down the ladder buys.

    python benchmarks/rungs.py [linear | conv] [--rounds 31] [--threads 1] [--write FILE] [--page FILE]

An op with relu, forward and backward, in NumPy, Cython, C++ and C++ with the vectors of this machine. The
images of a convolution lie as the rung itself returns them: channels last on the native one. Every rung has
its own process (one table of kernels a process, one pool of threads); the processes take turns, block by
block. Before anything is timed, each result is compared with NumPy's in float64. With one thread it is
processor time that counts, which a busy machine disturbs least; with more it is the clock.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections.abc import Callable
from functools import partial
from math import prod
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

BLOCK_SECONDS = 0.005
PASSES = {"forward": 2, "backward": 4}  # operations per product of the sum, and per two of them


class Problem(NamedTuple):
    """An op at some size. `products` are those of one pass over w: of a convolution, the padding's too."""

    kernel: str
    title: str
    x: tuple[int, ...]
    w: tuple[int, ...]
    y: tuple[int, ...]
    products: int
    options: dict[str, Any]


def linear(m: int, k: int, n: int) -> Problem:
    """m rows, k inputs, n outputs."""
    return Problem("linear", f"{m} x {k} x {n}", (m, k), (n, k), (m, n), m * k * n, {})


def conv(x: tuple[int, ...], o: int, kernel: int, padding: int = 0) -> Problem:
    """x (n, c, h, w) or (n, c, l); o kernels of that many places along each axis."""
    dims = len(x) - 2
    w = (o, x[1], *(kernel,) * dims)
    y = (x[0], o, *(size + 2 * padding - kernel + 1 for size in x[2:]))
    one = {"stride": 1, "padding": (padding, padding), "dilation": 1}
    options = one if dims == 1 else {name: (value, value) for name, value in one.items()}
    padded = f", padded by {padding}" if padding else ""
    title = f"{' x '.join(map(str, x))}; {o} of {' x '.join(map(str, w[2:]))}{padded}"
    options = {**options, "groups": 1, "flip": False}
    return Problem(f"conv{dims}d", title, x, w, y, prod(y) * prod(w[1:]), options)


PROBLEMS = {
    "linear": (linear(64, 784, 10), linear(64, 784, 128), linear(128, 256, 128), linear(64, 3072, 100)),
    "conv": (
        conv((16, 16, 1000), 32, 9),
        conv((64, 1, 28, 28), 16, 5),
        conv((64, 16, 12, 12), 32, 5),
        conv((16, 32, 32, 32), 32, 3, padding=1),
    ),
}
HEADS = {"linear": "m x k x n", "conv": "images; kernels"}


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


def prepared(backend: str, problem: Problem, which: str, dtype: str) -> Callable[[], Any]:
    """One call of the forward or of the backward kernel of a rung, all arguments in place."""
    import numpy as np

    from tinynn.backends import rung

    def lying(a: Any) -> Any:
        if backend != "native" or problem.kernel == "linear":
            return a
        return np.moveaxis(np.ascontiguousarray(np.moveaxis(a, 1, -1)), -1, 1)

    rng = np.random.default_rng(0)
    shapes = problem.x, problem.w, problem.w[:1], problem.y
    x, w, b, dy = (rng.normal(size=shape).astype(dtype) for shape in shapes)
    x, dy = lying(x), lying(dy)
    options = {**problem.options, "activation": "relu", "alpha": None}
    forward = partial(rung(backend)[f"{problem.kernel}_forward"], x, w, b, None, **options)
    if which == "forward":
        return forward
    return partial(rung(backend)[f"{problem.kernel}_backward"], dy, x, w, forward()[1], None, **options)


def work(pipe: Connection, backend: str, threads: int) -> None:
    """The process of one rung: receives (problem, pass, calls), sends seconds; for 0 calls the error."""
    import numpy as np

    import tinynn as tn

    tn.set_num_threads(threads)
    now = time.process_time if threads == 1 else time.perf_counter
    before: Any = None
    while order := pipe.recv():
        problem, which, calls = order
        if before != (problem, which):
            call = prepared(backend, problem, which, "float32")
            before = problem, which
        if not calls:
            pairs = zip(call(), prepared("numpy", problem, which, "float64")(), strict=True)
            pipe.send(max(float(np.abs(g - e).max() / np.abs(e).max()) for g, e in pairs if e is not None))
            continue
        if calls > 1:
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

    def ask(self, problem: Problem, which: str, calls: int) -> float:
        """Seconds that so many calls took; for none, the largest error relative to the largest number."""
        self._pipe.send((problem, which, calls))
        return float(self._pipe.recv())

    def calls_per_block(self, problem: Problem, which: str) -> int:
        calls = 1
        while (seconds := self.ask(problem, which, calls)) < BLOCK_SECONDS / 4:
            calls *= 4
        return max(1, int(calls * BLOCK_SECONDS / seconds))

    def stop(self) -> None:
        self._pipe.send(None)
        self._process.join()


def measure(workers: list[Worker], problem: Problem, which: str, rounds: int) -> list[float]:
    """The median microseconds of one call, per worker."""
    for worker in workers:
        error = worker.ask(problem, which, 0)
        if not error < 1e-5:
            sys.exit(f"rungs: {worker.rung.title}, {problem.title} {which}: off by {error:.1e}")
    calls = [worker.calls_per_block(problem, which) for worker in workers]
    blocks: list[list[float]] = [[] for _ in workers]
    for _ in range(rounds):
        for worker, count, times in zip(workers, calls, blocks, strict=True):
            times.append(1e6 * worker.ask(problem, which, count) / count)
    return [median(times) for times in blocks]


def cell(problem: Problem, which: str, us: float) -> str:
    return f"{us:,.0f} us, {PASSES[which] * problem.products / us / 1e3:.3g}"


def table(op: str, rounds: int, threads: int) -> tuple[str, dict[str, str]]:
    """Microseconds, and how much work a second that is; of the last problem, also a sentence per rung."""
    import tinynn as tn
    from tinynn.bench.machine import describe

    workers = [Worker(rung, threads) for rung in rungs()]
    titles = [worker.rung.title for worker in workers]
    lines = [f"| {HEADS[op]} | | {' | '.join(titles)} |", f"| --- | --- |{' ---: |' * len(workers)}"]
    for problem in PROBLEMS[op]:
        times = {which: measure(workers, problem, which, rounds) for which in PASSES}
        for which, us in times.items():
            cells = " | ".join(cell(problem, which, each) for each in us)
            lines.append(f"| {problem.title} | {which} | {cells} |")
    pairs = zip(titles, *times.values(), strict=True)
    sentences = {title: f"{f:,.0f} us forward, {b:,.0f} us backward" for title, f, b in pairs}
    for worker in workers:
        worker.stop()
    where, info = describe(), tn.info()
    machine = f"{where['processor']}, {threads} thread{'s' * (threads > 1)}"
    versions = f"tinynn {info['tinynn']}, Python {info['python']}, NumPy {info['numpy']}"
    return "\n".join([*lines, "", f"Microseconds a call, GFLOP/s. {machine}; {versions}."]), sentences


def renew(page: Path, op: str, text: str, sentences: dict[str, str]) -> None:
    """Put the new table where the old one stands, and new figures behind each `Measured (rung):`."""
    old = re.compile(rf"^\| {HEADS[op]} \|.*?^Microseconds a call.*?$", re.M | re.S)
    content = old.sub(lambda _: text, page.read_text(encoding="utf-8"))
    for title, sentence in sentences.items():
        measured = rf"(?<=Measured \({re.escape(title)}\): )[\d,]+ us forward, [\d,]+ us backward"
        content = re.sub(measured, sentence, content)
    page.write_text(content, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("op", nargs="?", choices=PROBLEMS, default="linear", help="default: linear")
    parser.add_argument("--rounds", type=int, default=31, help="blocks per rung and shape (default: 31)")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--write", type=Path, metavar="FILE", help="keep the table there as well")
    parser.add_argument("--page", type=Path, metavar="FILE", help="renew the figures on that page of docs/")
    options = parser.parse_args()
    text, sentences = table(options.op, options.rounds, options.threads)
    print(text)
    if options.write:
        options.write.write_text(text + "\n", encoding="utf-8")
    if options.page:
        renew(options.page, options.op, text, sentences)


if __name__ == "__main__":
    main()
