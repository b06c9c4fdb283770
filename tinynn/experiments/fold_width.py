"""fold-width: why is the spiral harder with fewer neurons, and do more layers help?

Every cell of the table is one shape of net from one kind of start, trained from hundreds of seeds; what
counts is how many of them make it. Source: A. Canziani, NYU Deep Learning, lecture 3-1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn import data, viz
from tinynn.experiments._one_net import draw_collapse
from tinynn.experiments._pushed import pushed_out, silence
from tinynn.experiments._starts import Cell, builder, summary, train_cell
from tinynn.experiments._width_page import (
    NAMES,
    Key,
    cause,
    depth_block,
    in_short,
    one_answer,
    seen,
    shapes,
)
from tinynn.experiments.registry import Metrics, Run, experiment

WIDTHS, DEPTHS, ACTIVATIONS, STARTS = (2, 3, 5, 10), (2, 4, 6), ("relu", "tanh"), ("wide", "default")
ACROSS = "hidden layers"
SEEDS, SOME, FEW = 256, 32, 8
TRIED = ("biases 0", "biases +1")  # the intervention: what if the points start in the positive quadrant?

NAMED = "activation", "start", "hidden_layers", "width"


@experiment(
    "fold-width",
    "why two units a layer are hard to train, and whether more layers help",
    epochs=3000,
    options={"seeds": (SEEDS, SOME, FEW)},
)
def run(run: Run) -> Metrics:
    points = data.spirals(100)
    run.dataset = points.name
    steps, count = int(run.epochs or 3000), int(run.options.get("seeds", SEEDS))
    seeds = range(run.seed * 100_000, run.seed * 100_000 + count)
    cells: dict[Key, Cell] = {}
    for activation in ACTIVATIONS:
        for start in STARTS:
            for depth in DEPTHS:
                for width in WIDTHS:
                    build = builder(width, depth, activation, start)
                    cell = train_cell(points, build, activation, seeds, steps, 0.01)
                    cells[activation, start, depth, width] = cell
                    run.steps += steps * count
            run.say(f"{NAMES[activation]}, {start} start: {shares_of(cells, activation, start)}")
    draw_tables(run, cells)
    rows = intervene(run, points, range(seeds.start, seeds.start + 2 * count), steps * 4 // 3)
    run.told |= {f"{name}.png": words for name, words in seen(rows, count).items()}
    run.show(lambda: cause(rows, cells))
    run.show(lambda: depth_block(cells))
    run.show(lambda: shapes(cells, count, steps))
    return {
        "in_short": in_short(cells),
        "nets_per_cell": count,
        "cells": [figures_of(key, cell) for key, cell in cells.items()],
        "intervention": rows,
    }


def intervene(run: Run, points: data.Dataset, seeds: range, steps: int) -> list[Metrics]:
    """Width 2, four ReLU layers, and two starts that differ in where the points are at first."""
    tried, fates, rows = dict[str, Cell](), dict[str, Any](), list[Metrics]()
    x = np.asarray(points.x, np.float32)
    for start in TRIED:
        build = builder(2, 4, "relu", start)
        cell = train_cell(points, build, "relu", seeds, steps, 0.02, lambda s: 0.02 * (1 - s / steps))
        run.steps += steps * len(seeds)
        tried[start] = cell
        own = {"before training": pushed_out(cell.before, x), "trained": pushed_out(cell.after, x)}
        fates |= {f"{start}, {when}": shares for when, shares in own.items()}
        told = {
            "one_answer": one_answer(cell.accuracy) / len(seeds),
            "silent": silence(cell.before, cell.after, x),
        }
        rows.append({"start": start, **summary(cell.accuracy), **told, "pushed_out": own})
        run.say(f"width 2, {start}: {rows[-1]['share_of_99_percent']:.1%} of the nets reach 99 %")
    title = "Width 2, four ReLU layers: where the biases start"
    run.save("starts", viz.spread({k: c.accuracy for k, c in tried.items()}, title=title))
    run.save("pushed-out", viz.pushed_out(fates))
    rows[0]["one_net"] = draw_collapse(run, TRIED[0], tried[TRIED[0]], points)
    return rows


def shares_of(cells: dict[Key, Cell], activation: str, start: str) -> str:
    """One line for the reader: with four layers, the share of each width."""
    shares = [f"width {w} {(cells[activation, start, 4, w].accuracy >= 0.99).mean():.0%}" for w in WIDTHS]
    return f"four layers: {', '.join(shares)} of the nets reach 99 %"


def figures_of(key: Key, cell: Cell) -> Metrics:
    """The row of metrics.json for one cell."""
    return {**dict(zip(NAMED, key, strict=True)), **summary(cell.accuracy)}


def draw_tables(run: Run, cells: dict[Key, Cell]) -> None:
    """A heat map for every activation and start: the share that makes it, and the median accuracy."""
    success, median = dict[str, Any](), dict[str, Any]()
    for activation in ACTIVATIONS:
        for start in STARTS:
            name = f"{NAMES[activation]}, {start} start"
            table = [[cells[activation, start, d, w].accuracy for d in DEPTHS] for w in WIDTHS]
            success[name] = [[(a >= 0.99).mean() for a in row] for row in table]
            median[name] = [[np.median(a) for a in row] for row in table]
    title = "Points that the median net gets right, %"
    run.save("success", viz.heat_maps(success, WIDTHS, DEPTHS, rows="width", columns=ACROSS))
    maps = viz.heat_maps(median, WIDTHS, DEPTHS, rows="width", columns=ACROSS, low=1 / 3, title=title)
    run.save("median", maps)
