"""What each layer of tinynn costs, from the kernel up.

    python benchmarks/layers.py [--rounds 201] [--write FILE]

First one call of `linear` on a 1 x 1 matrix, where there is next to nothing to compute: each line of the
table adds a layer to the one above it. Then one whole training step of 784-128-10 with a batch of 64, with
the time spent inside kernels told apart. All sides take turns in one process; medians of processor time,
which a busy machine disturbs least.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np  # (after the number of threads is set)

import tinynn as tn
from tinynn import functional as F
from tinynn import nn, optim
from tinynn.backends import kernels, native
from tinynn.bench.machine import describe

BLOCK_SECONDS = 0.001  # shorter than a time slice: a busy machine then spoils few blocks, not a bit of each


def interleaved(sides: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """The median microseconds of each side, all taking turns."""
    calls = {name: _calls_per_block(side) for name, side in sides.items()}
    blocks: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            begin = time.process_time()
            for _ in range(calls[name]):
                side()
            blocks[name].append(1e6 * (time.process_time() - begin) / calls[name])
    return {name: median(values) for name, values in blocks.items()}


def _calls_per_block(side: Callable[[], Any]) -> int:
    calls = 1
    while True:
        begin = time.process_time()
        for _ in range(calls):
            side()
        seconds = time.process_time() - begin
        if seconds > BLOCK_SECONDS / 4:
            return max(1, int(calls * BLOCK_SECONDS / seconds))
        calls *= 2


def one_call(rounds: int) -> list[tuple[str, str, str]]:
    """The rows of the first table: what, where, microseconds."""
    x, w, b = (np.ones(shape, np.float32) for shape in ((1, 1), (1, 1), (1,)))
    layer = nn.Linear(1, 1, activation="relu")
    options: dict[str, Any] = {"activation": "relu", "alpha": None}
    border = native.module().linear_forward
    sides: dict[str, Callable[[], Any]] = {
        "kernel": lambda: border(x, w, b, None, **options),
        "lookup": lambda: kernels.linear_forward(x, w, b, None, **options),
        "op": lambda: F.linear(x, w, b, activation="relu"),
        "graph": lambda: F.linear(x, layer.weight, layer.bias, activation="relu"),
        "module": lambda: layer(x),
    }
    us = interleaved(sides, rounds)
    steps = {name: us[name] - before for name, before in zip(us, [0.0, *us.values()], strict=False)}
    rows = {
        "kernel": ("the border and the kernel", "`src/bind_linear.cpp` and below"),
        "lookup": ("looking the kernel up", "`backends/registry.py`"),
        "op": ("checks, the closure", "`functional/linear.py`, `autograd/op.py`"),
        "graph": ("tensors, a node of the graph", "`autograd/op.py`, `autograd/node.py`"),
        "module": ("the layer", "`nn/linear.py`"),
    }
    table = [(*rows[name], f"{steps[name]:.2f}") for name in rows]
    return [*table, ("**one call of `linear`**", "", f"**{us['module']:.2f}**")]


class Stopwatch:
    """Adds up the time that is spent inside kernels."""

    def __init__(self) -> None:
        self.seconds = 0.0

    @contextmanager
    def watch(self, names: list[str]) -> Iterator[None]:
        """Within: every call of these kernels is timed."""
        with ExitStack() as stack:
            for name in names:
                stack.enter_context(tn.use_kernel(name, self._timed(getattr(kernels, name))))
            yield

    def _timed(self, kernel: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arrays: Any, **options: Any) -> Any:
            begin = time.process_time()
            result = kernel(*arrays, **options)
            self.seconds += time.process_time() - begin
            return result

        return call


STEP = ["linear_forward", "cross_entropy_forward", "cross_entropy_backward", "linear_backward", "sgd_step"]
FIT = [*STEP, "gather_images", "squared_norm"]


def one_step(rounds: int) -> list[tuple[str, str, str]]:
    """The rows of the second table: what, of it in kernels, all; microseconds."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (64 * 32, 1, 28, 28), dtype=np.uint8)
    data = images, rng.integers(0, 10, len(images))
    x, y = (images[:64].reshape(64, 784) / 255).astype(np.float32), data[1][:64]
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 128, activation="relu"), nn.Linear(128, 10))
    opt = optim.SGD(model.parameters(), lr=0.01)

    def by_hand() -> None:
        F.cross_entropy(model(x), y).backward()
        opt.step()
        opt.zero_grad()

    def fitted() -> None:  # 32 steps
        tn.fit(model, data, loss=F.cross_entropy, optimizer=opt, batch_size=64, progress=False)

    rows = []
    for title, side, steps, names in (
        ("the loop by hand", by_hand, 1, STEP),
        ("`tn.fit`", fitted, 32, FIT),
    ):
        watch, whole, inside = Stopwatch(), [], []
        for _ in range(rounds):
            begin = time.process_time()
            side()
            whole.append(time.process_time() - begin)
            watch.seconds = 0.0
            with watch.watch(names):
                side()
            inside.append(watch.seconds)
        scale = 1e6 / steps
        rows.append((title, f"{scale * median(inside):.0f}", f"{scale * median(whole):.0f}"))
    return rows


def markdown(rounds: int) -> str:
    """Both tables, with the machine and the versions."""
    tn.set_num_threads(1)
    call, step = one_call(rounds), one_step(rounds)
    where, info = describe(), tn.info()
    lines = ["| one call of `linear`, 1 x 1 | where | microseconds |", "| --- | --- | ---: |"]
    lines += [f"| {' | '.join(row)} |" for row in call]
    lines += [
        "",
        "| one step of 784-128-10, batch 64 | in kernels | all, microseconds |",
        "| --- | ---: | ---: |",
    ]
    lines += [f"| {' | '.join(row)} |" for row in step]
    machine = f"{where['processor']}, 1 thread, {info['target']}"
    return "\n".join(
        [*lines, "", f"{machine}; tinynn {info['tinynn']}, Python {info['python']}, NumPy {info['numpy']}."]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=201, help="blocks per side (default: 201)")
    parser.add_argument("--write", type=Path, metavar="FILE", help="keep the tables there as well")
    options = parser.parse_args()
    if native.module() is None:
        sys.exit(f"layers: {native.why_not()}; needed the native rung")
    text = markdown(options.rounds)
    print(text)
    if options.write:
        options.write.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
