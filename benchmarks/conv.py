"""Time the convolutional layers of W7, W8 and W9 pass by pass: tinynn beside PyTorch in both of its layouts.

    python benchmarks/conv.py [--layers W7 W8b] [--threads 1 2] [--density 0.23] [--rounds 15] [--json FILE]

A pass is what the layer alone costs, on data that is there: forward is y from x, w, b; backward-data is dx
from dy and w; backward-weight is dw and db from dy and x. No activation, and dy without zeros, so that
nothing is won by fusion or by skipping: with --density 0.23, what a ReLU and a max-pool leave of dy, tinynn
skips the zeros.

Every side has its own process and thread pool; the blocks take turns, and a ratio is the median over the
rounds of the better layout of PyTorch over tinynn (above 1: tinynn is faster). Beside other work thread pools
wait for cores they do not get: the last line holds the quietest blocks of each side against each other.
GFLOP/s count the products with padding too; they are compared with the best of a 1024^3 matrix product by
NumPy and by tinynn.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import geometric_mean, median
from typing import Any

import numpy as np

from tinynn.bench.machine import describe
from tinynn.bench.process import environment

BATCH = 64
PASSES = ("forward", "backward-data", "backward-weight")
SIDES = ("tinynn", "contiguous", "channels_last")  # the last two are PyTorch's layouts
BLOCK_SECONDS = 0.02
RTOL = 1e-3


@dataclass(frozen=True)
class Layer:
    """A convolution of (c, h, w) images to o channels; h = 1 is one-dimensional."""

    name: str
    c: int
    o: int
    image: tuple[int, int]
    kernel: tuple[int, int]
    pad: int

    @property
    def padding(self) -> tuple[int, int]:
        """Of each side: rows, columns."""
        return (self.pad if self.image[0] > 1 else 0, self.pad)

    @property
    def result(self) -> tuple[int, int]:
        """The size of y."""
        h, w = (s + 2 * p - k + 1 for s, p, k in zip(self.image, self.padding, self.kernel, strict=True))
        return h, w

    @property
    def flop(self) -> float:
        """Two for each product of a pass, those with padding included."""
        return 2.0 * BATCH * self.c * self.o * math.prod(self.result) * math.prod(self.kernel)

    def arrays(self, density: float) -> tuple[Any, ...]:
        """x, w, b, dy: the same bits on every side."""
        rng = np.random.default_rng(0)
        shapes = ((BATCH, self.c, *self.image), (self.o, self.c, *self.kernel), (self.o,))
        x, w, b = (rng.standard_normal(shape).astype(np.float32) for shape in shapes)
        dy = rng.standard_normal((BATCH, self.o, *self.result)).astype(np.float32)
        return x, w, b, dy * (rng.random(dy.shape) < density).astype(np.float32)


LAYERS = (
    Layer("W7a", 1, 16, (28, 28), (5, 5), 0),
    Layer("W7b", 16, 32, (12, 12), (5, 5), 0),
    Layer("W8a", 3, 32, (32, 32), (3, 3), 1),
    Layer("W8b", 32, 32, (32, 32), (3, 3), 1),
    Layer("W8c", 32, 64, (16, 16), (3, 3), 1),
    Layer("W8d", 64, 64, (16, 16), (3, 3), 1),
    Layer("W9a", 1, 16, (1, 1000), (1, 9), 0),
    Layer("W9b", 16, 32, (1, 992), (1, 9), 0),
)


def tinynn_passes(layer: Layer, density: float, side: str) -> dict[str, Callable[[], Any]]:
    """The kernels as nn.Conv2d calls them, on channels-last memory."""
    from tinynn.backends import kernels

    def channels_last(a: Any) -> Any:
        return np.ascontiguousarray(a.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)

    x, w, b, dy = layer.arrays(density)
    x, dy = channels_last(x), channels_last(dy)
    (p, q), none = layer.padding, None
    options: dict[str, Any] = {
        "stride": (1, 1), "padding": ((p, p), (q, q)), "dilation": (1, 1), "groups": 1, "flip": False,
        "activation": "identity", "alpha": None,
    }  # fmt: skip

    def backward(*needs: bool) -> Any:
        return kernels.conv2d_backward(dy, x, w, none, none, needs=needs, **options)

    return {
        "forward": lambda: kernels.conv2d_forward(x, w, b, none, **options)[0],
        "backward-data": lambda: backward(True, False, False, False)[0],
        "backward-weight": lambda: backward(False, True, True, False)[1],
    }


def pytorch_passes(layer: Layer, density: float, side: str) -> dict[str, Callable[[], Any]]:
    """What autograd calls for F.conv2d."""
    import torch

    layout = torch.channels_last if side == "channels_last" else torch.contiguous_format
    x, w, b, dy = (torch.from_numpy(a) for a in layer.arrays(density))
    x, w, dy = (a.contiguous(memory_format=layout) for a in (x, w, dy))
    padding, ones = list(layer.padding), [1, 1]

    def backward(*needs: bool) -> Any:
        return torch.ops.aten.convolution_backward(
            dy, x, w, [layer.o], ones, padding, ones, False, [0, 0], 1, list(needs)
        )

    return {
        "forward": lambda: torch.nn.functional.conv2d(x, w, b, padding=padding),
        "backward-data": lambda: backward(True, False, False)[0],
        "backward-weight": lambda: backward(False, True, True)[1],
    }


def matrix_product(threads: int) -> float:
    """GFLOP/s of the better of NumPy and tinynn on 1024^3: close to what the multipliers can do."""
    from tinynn.backends import kernels

    a = np.random.default_rng(0).standard_normal((1024, 1024)).astype(np.float32)
    best = math.inf
    for _ in range(9):
        for multiply in (np.matmul, kernels.matmul):
            begin = time.perf_counter()
            multiply(a, a)
            best = min(best, time.perf_counter() - begin)
    return 2 * 1024**3 / best / 1e9


def work(side: str, threads: int, density: float) -> None:
    """The process of one side: a JSON list [layer, pass, times] a line in; [seconds, cpu, checksum] out."""
    if side == "tinynn":
        import tinynn

        tinynn.set_num_threads(threads)
    else:
        import torch

        torch.set_num_threads(threads)
    build = tinynn_passes if side == "tinynn" else pytorch_passes
    layers = {layer.name: layer for layer in LAYERS}
    name, passes = "", {}
    for line in sys.stdin:
        wanted, which, times = json.loads(line)
        if which == "peak":
            print(json.dumps([matrix_product(threads), 0.0, 0.0]), flush=True)
            continue
        if wanted != name:
            name, passes = wanted, build(layers[wanted], density, side)
        call = passes[which]
        call()  # warm again after the others' turns
        begin, cpu = time.perf_counter(), time.process_time()
        for _ in range(times):
            result = call()
        seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
        check = float(np.square(np.asarray(result), dtype=np.float64).sum())
        print(json.dumps([seconds, cpu, check]), flush=True)


class Worker:
    """The other end of `work`."""

    def __init__(self, side: str, threads: int, density: float) -> None:
        command = [sys.executable, __file__, "--worker", side, str(threads), str(density)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment(threads)
        )

    def run(self, layer: str, which: str, times: int) -> tuple[float, float, float]:
        """Seconds a call, cores kept busy, and the sum of the squares of the result."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([layer, which, times]) + "\n")
        self._process.stdin.flush()
        seconds, cpu, check = json.loads(self._process.stdout.readline())
        return seconds / times, cpu / seconds, check

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()


def measure(workers: dict[str, Worker], layer: Layer, which: str, rounds: int) -> dict[str, Any]:
    """One pass of one layer, all sides in turns; raises RuntimeError where they computed different things."""
    times, checks = {}, {}
    for side, worker in workers.items():
        seconds, _, checks[side] = worker.run(layer.name, which, 3)
        times[side] = max(1, round(BLOCK_SECONDS / seconds))
        if not math.isclose(checks[side], checks["tinynn"], rel_tol=RTOL):
            raise RuntimeError(f"{layer.name} {which}: {side} has {checks[side]}, tinynn {checks['tinynn']}")
    blocks: dict[str, list[float]] = {side: [] for side in workers}
    cores: list[float] = []
    names = list(workers)
    for number in range(rounds):
        shift = number % len(names)
        for side in names[shift:] + names[:shift]:
            seconds, busy, _ = workers[side].run(layer.name, which, times[side])
            blocks[side].append(seconds)
            cores.append(busy)
    peer = min(SIDES[1:], key=lambda side: median(blocks[side]))
    ratios = [theirs / ours for theirs, ours in zip(blocks[peer], blocks["tinynn"], strict=True)]
    return {
        "us": {side: 1e6 * median(values) for side, values in blocks.items()},
        "gflops": layer.flop / median(blocks["tinynn"]) / 1e9,
        "best_peer": peer,
        "ratio": median(ratios),
        "quietest": min(min(blocks[side]) for side in SIDES[1:]) / min(blocks["tinynn"]),
        "cores": median(cores),
    }


def table(results: dict[str, dict[str, Any]], peak: float, threads: int) -> str:
    """One line a layer: tinynn's microseconds, GFLOP/s, share of the matrix product's, ratio; the means."""
    lines = [f"{threads} thread(s), matrix product {peak:.0f} GFLOP/s", ""]
    lines += ["| layer | " + " | ".join(PASSES) + " |", "| --- " * (len(PASSES) + 1) + "|"]
    for name, row in results.items():
        cells = (row[which] for which in PASSES)
        text = (
            f"{c['us']['tinynn']:.0f} us, {c['gflops']:.0f} ({c['gflops'] / peak:.0%}), **{c['ratio']:.2f}**"
            for c in cells
        )
        lines.append(f"| {name} | " + " | ".join(text) + " |")
    ratios = {which: [row[which]["ratio"] for row in results.values()] for which in PASSES}
    means = " | ".join(f"**{geometric_mean(values):.2f}**" for values in ratios.values())
    every = [value for values in ratios.values() for value in values]
    lines.append(f"| geometric mean | {means} |")
    cores = median(cell["cores"] for row in results.values() for cell in row.values())
    lines += [
        "",
        f"Over all {geometric_mean(every):.2f}, lowest {min(every):.2f}. Cores a side had: {cores:.2f}.",
    ]
    quiet = {which: [row[which]["quietest"] for row in results.values()] for which in PASSES}
    every = [value for values in quiet.values() for value in values]
    means = ", ".join(f"{which} {geometric_mean(values):.2f}" for which, values in quiet.items())
    lines.append(f"Quietest blocks: {means}, over all {geometric_mean(every):.2f}, lowest {min(every):.2f}.")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--layers", nargs="+", default=[""], metavar="L", help="names or their beginnings")
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2], metavar="N")
    parser.add_argument("--density", type=float, default=1.0, help="share of dy that is not zero")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the result there as well")
    parser.add_argument("--worker", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        side, threads, density = options.worker
        work(side, int(threads), float(density))
        return
    chosen = [layer for layer in LAYERS if layer.name.startswith(tuple(options.layers))]
    kept: dict[str, Any] = {"machine": describe(), "density": options.density, "threads": {}}
    for threads in options.threads:
        workers = {side: Worker(side, threads, options.density) for side in SIDES}
        try:
            peak = workers["tinynn"].run("", "peak", 1)[0]
            results = {
                layer.name: {which: measure(workers, layer, which, options.rounds) for which in PASSES}
                for layer in chosen
            }
        finally:
            for worker in workers.values():
                worker.stop()
        print(table(results, peak, threads), flush=True)
        kept["threads"][str(threads)] = {"matrix_product_gflops": peak, "layers": results}
    if options.json:
        options.json.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
