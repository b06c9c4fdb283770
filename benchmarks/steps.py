"""What compiling a step brings: the loop by hand, the recorded step, the optimised one.

    python benchmarks/steps.py [--workload W1 W5 ...] [--threads 1 2] [--seconds 2]

The workloads are those of `tinynn bench`. The three sides take turns in one process, a block of steps each:
medians, and the quietest block in brackets. The losses after five steps are compared first.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from statistics import median

import numpy as np

import tinynn as tn
from tinynn import functional as F
from tinynn import optim
from tinynn.backends import native
from tinynn.bench.peers.tinynn_peer import build
from tinynn.bench.workloads import WORKLOADS, Workload, workload

Side = Callable[[int], float]  # so many steps -> the last loss
BLOCK_SECONDS = 0.005


def sides(row: Workload) -> dict[str, Side]:
    """By hand, recorded and optimised, each with a model of its own that starts with the same weights."""
    arrays, rule = row.arrays(), row.optimiser
    if row.nets > 1:
        sys.exit(f"steps: {row.name} is {row.nets} nets; needed a workload of one")

    def model_and_rule() -> tuple[tn.nn.Module, optim.Optimizer]:
        model = build(row, list(arrays.weights), np.float32)
        return model, optim.SGD(model.parameters(), lr=rule.lr, momentum=rule.momentum)

    model, by_hand = model_and_rule()
    x, labels = tn.Tensor(arrays.x), tn.Tensor(arrays.labels)

    def eager(steps: int) -> float:
        for _ in range(steps):
            loss = F.cross_entropy(model(x), labels)
            loss.backward()
            by_hand.step()
            by_hand.zero_grad()
        return float(loss.item())

    found: dict[str, Side] = {"by hand": eager}
    for name, optimize in (("recorded", False), ("optimised", True)):
        own, its_rule = model_and_rule()
        example = arrays.x, arrays.labels
        step = tn.compile(own, F.cross_entropy, its_rule, example=example, optimize=optimize)
        found[name] = lambda steps, step=step: float(step.repeat(x, labels, steps)[-1])  # type: ignore[misc]
    return found


def timed(side: Side, steps: int) -> float:
    """Microseconds a step."""
    begin = time.perf_counter()
    side(steps)
    return 1e6 * (time.perf_counter() - begin) / steps


def compare(row: Workload, threads: int, seconds: float) -> str:
    """One line of the table."""
    tn.set_num_threads(threads)
    taking_turns = sides(row)
    losses = [side(5) for side in taking_turns.values()]
    if not np.allclose(losses, losses[0], rtol=1e-4):
        sys.exit(f"steps: {row.name} gives the losses {losses}; needed the same from all")
    many = {name: max(1, int(BLOCK_SECONDS * 1e6 / timed(side, 3))) for name, side in taking_turns.items()}
    blocks: dict[str, list[float]] = {name: [] for name in taking_turns}
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(blocks["by hand"]) < 7:
        for name, side in taking_turns.items():
            blocks[name].append(timed(side, many[name]))
    cells = [f"{median(times):.1f} ({min(times):.1f})" for times in blocks.values()]
    return f"| {row.name} | {threads} | {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    one = [row.name for row in WORKLOADS.values() if row.nets == 1]
    parser.add_argument(
        "--workload", nargs="+", default=one, metavar="W", help="which (default: all of one net)"
    )
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2], help="with how many (default: 1 2)")
    parser.add_argument("--seconds", type=float, default=2.0, help="of each row (default: 2)")
    options = parser.parse_args()
    if native.module() is None:
        sys.exit(f"steps: {native.why_not()}; needed the native rung")
    print("| microseconds a step | threads | by hand | recorded | optimised |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name in options.workload:
        for threads in options.threads:
            print(compare(workload(name), threads, options.seconds), flush=True)


if __name__ == "__main__":
    main()
