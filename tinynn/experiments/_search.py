"""Many narrow nets of the spiral for fold-plane, from one start or another, and the best of them.

With the native rung they are ensembles; on another rung a few are trained side by side.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn import data, random
from tinynn.backends import native_alone
from tinynn.experiments._plane_nets import PlaneNet, train_nets
from tinynn.experiments._starts import builder, summary, train_cell
from tinynn.experiments.registry import Metrics, Run

RARE = ("relu", 2)  # the setting of the lecture, that of many seeds
SEEDS, SOME, FEW = 20_480, 2_048, 64
OTHERS = 256  # nets of every other setting
START = {"relu": "biases +1", "tanh": "wide"}
COMPARED = ("biases 0", "default", "wide")  # each with a twentieth of the seeds
TRIED = 16  # of those that fail, for the page
WITHOUT = 64  # nets at most where there is no compiled step, and with it no ensemble
HIDDEN_LAYERS, LR = 4, 0.02


def train(run: Run, points: data.Dataset, activation: str, width: int) -> tuple[PlaneNet, Any]:
    """The best net of many, and the accuracies of all."""
    seeds, steps = int(run.options.get("seeds", SEEDS)), int(run.epochs or 4000)
    count = seeds if (activation, width) == RARE else min(seeds, OTHERS)
    if native_alone():
        return ensemble(run, points, activation, width, START[activation], count)
    random.manual_seed(run.seed)
    x, y, count = np.asarray(points.x), np.asarray(points.y), min(count, WITHOUT)
    run.steps += steps * count
    return train_nets(x, y, [width] * HIDDEN_LAYERS, activation, nets=count, steps=steps, lr=LR)


def ensemble(
    run: Run, points: data.Dataset, activation: str, width: int, start: str, count: int
) -> tuple[PlaneNet, Any]:
    """The same for nets that all begin in one way."""
    steps, first = int(run.epochs or 4000), run.seed * 100_000
    build = builder(width, HIDDEN_LAYERS, activation, start)
    seeds = range(first, first + count)
    cell = train_cell(points, build, activation, seeds, steps, LR, lambda s: LR * (1 - s / steps))
    run.steps += steps * count
    best = cell.best()
    return PlaneNet.from_nets(cell.after, best, float(cell.accuracy[best]), seeds[best]), cell.accuracy


def compare(run: Run, points: data.Dataset, accuracy: Any) -> list[Metrics]:
    """Why so few, and why any: the share of nets with 99 % from each start, first the one with these."""
    rows = [{"start": START["relu"], **summary(accuracy)}]
    for start in COMPARED:
        others = ensemble(run, points, *RARE, start, max(1, len(accuracy) // 20))[1]
        rows.append({"start": start, **summary(others)})
    for row in rows:
        share, nets = row["share_of_99_percent"], row["nets"]
        run.say(f"ReLU, width 2, {row['start']}: {share:.2%} of {nets} nets reach 99 %")
    return rows
