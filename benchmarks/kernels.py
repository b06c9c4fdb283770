"""Time the three products of a linear layer on every target of this machine, beside NumPy's matmul.

    python benchmarks/kernels.py [--threads 1 2] [--layer W5.1 W6.1] [--rounds 9] [--activation relu]

Each side is a process of its own, with its threads set before anything is imported, and the sides take turns
block by block, so that what else runs on the machine hits all of them. Printed are the medians: GFLOP/s of
the product alone, and how many times as fast as NumPy. tinynn's figures hold bias, activation and derivative,
NumPy's only the product.

Letters: m rows (batch), n outputs, k inputs. forward y = act(x w^T + b), dx = dz w, dw = dz^T x.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

LAYERS = {  # of the workloads W1 to W6: (m, n, k)
    "W1": (1000, 2, 2),
    "W2.1": (1000, 100, 2),
    "W2.2": (1000, 100, 100),
    "W2.3": (1000, 5, 100),
    "W3": (64, 10, 784),
    "W4.2": (64, 10, 10),
    "W5.1": (128, 256, 784),
    "W5.2": (128, 128, 256),
    "W5.3": (128, 10, 128),
    "W6.1": (64, 100, 3072),
    "W6.2": (64, 10, 100),
    "square": (512, 512, 512),
}
PASSES = ("forward", "dx", "dw")


def calls(side: str, m: int, n: int, k: int, activation: str) -> dict[str, Callable[[], object]]:
    """The three products of one layer, on NumPy or on the target that TINYNN_TARGET names."""
    import numpy as np

    rng = np.random.default_rng(0)
    x, w, b, dz = (rng.standard_normal(shape).astype(np.float32) for shape in ((m, k), (n, k), (n,), (m, n)))
    if side == "numpy":
        return {"forward": lambda: x @ w.T, "dx": lambda: dz @ w, "dw": lambda: dz.T @ x}
    from tinynn import _native as native

    assert native.target() == side, f"asked for {side}, got {native.target()}"
    act = {"activation": activation, "alpha": None}
    _, kept = native.linear_forward(x, w, b, None, **act)
    needs = {"dx": (True, False, False, False), "dw": (False, True, True, False)}

    def backward(name: str) -> Callable[[], object]:
        return lambda: native.linear_backward(dz, x, w, kept, None, **act, needs=needs[name])

    forward = lambda: native.linear_forward(x, w, b, None, **act)  # noqa: E731
    return {"forward": forward, "dx": backward("dx"), "dw": backward("dw")}


def work(side: str, activation: str) -> None:
    """A side: for every line `layer pass seconds` on stdin the seconds of one call on stdout."""
    known: dict[str, dict[str, Callable[[], object]]] = {}
    for line in sys.stdin:
        layer, name, seconds = line.split()
        if layer not in known:
            known[layer] = calls(side, *LAYERS[layer], activation)
        call, count, begin = known[layer][name], 0, time.perf_counter()
        call()  # warms up; then as many calls as fill the block
        batch = max(1, int(float(seconds) / 20 / max(time.perf_counter() - begin, 1e-7)))
        begin = time.perf_counter()
        while time.perf_counter() - begin < float(seconds):
            for _ in range(batch):
                call()
            count += batch
        print((time.perf_counter() - begin) / count, flush=True)


class Side:
    """A process that times calls when asked."""

    def __init__(self, name: str, threads: int, activation: str) -> None:
        self.name = name
        libraries = ("OPENBLAS", "MKL", "OMP", "TINYNN")
        environment = {**os.environ, **{f"{library}_NUM_THREADS": str(threads) for library in libraries}}
        if name != "numpy":
            environment["TINYNN_TARGET"] = name
        command = [sys.executable, __file__, "--side", name, "--activation", activation]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment)

    def time(self, layer: str, name: str, seconds: float) -> float:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(layer, name, seconds, file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())


def compare(layers: list[str], threads: int, options: argparse.Namespace) -> None:
    """Print one table: a line per layer and pass, a column per side."""
    names = ["numpy", *options.targets]
    sides = [Side(name, threads, options.activation) for name in names]
    print(f"\n{threads} thread{'s' * (threads > 1)}, {options.activation}; GFLOP/s (times NumPy)")
    print(f"{'layer':8}{'m':>6}{'n':>5}{'k':>6} {'pass':8}" + "".join(f"{name:>16}" for name in names))
    for layer in layers:
        m, n, k = LAYERS[layer]
        for name in PASSES:
            blocks: dict[str, list[float]] = {side.name: [] for side in sides}
            for turn in range(options.rounds):
                for i in range(len(sides)):
                    side = sides[(i + turn) % len(sides)]
                    blocks[side.name].append(side.time(layer, name, options.seconds))
            medians = {side: median(values[1:]) for side, values in blocks.items()}
            columns = [f"{2e-9 * m * n * k / t:8.1f} ({medians['numpy'] / t:5.2f})" for t in medians.values()]
            print(f"{layer:8}{m:6}{n:5}{k:6} {name:8}" + "".join(f"{c:>16}" for c in columns), flush=True)
    for side in sides:
        side.process.kill()
        side.process.wait()


def main() -> None:
    from tinynn import _native as native

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    targets = native.available_targets()
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2], metavar="N")
    parser.add_argument("--layer", nargs="+", default=list(LAYERS), choices=list(LAYERS), metavar="LAYER")
    parser.add_argument("--targets", nargs="+", default=targets[1:] or targets, choices=targets)
    parser.add_argument("--rounds", type=int, default=9, help="blocks per side; the first is not counted")
    parser.add_argument("--seconds", type=float, default=0.03, help="length of a block")
    parser.add_argument("--activation", default="relu")
    parser.add_argument("--side", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        return work(options.side, options.activation)
    for threads in options.threads:
        compare(options.layer, threads, options)
    return None


if __name__ == "__main__":
    main()
