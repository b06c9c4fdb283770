"""A slider over the width of a net: its units and wires, its parameters, and the shapes of its products."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from tinynn import report
from tinynn.experiments._small_nets import arrays_of, count, dense
from tinynn.report.plots import LINES, plot
from tinynn.report.states import Control, Moving

WIDTHS = range(1, 17)
#: the two nets of the notes, with h in the place of their 4 hidden units
KINDS = {"3-h-2: one hidden layer": (3, 0, 2), "3-h-h-1: two hidden layers": (3, 0, 0, 1)}
WORDS = (
    "Neurons are all units but the inputs; every pair of neighbours has a weight, every neuron a bias. With "
    "two hidden layers the weights between them grow with the square of the width."
)


def size_page() -> report.Block:
    """A block over KINDS and WIDTHS; at a width of 4 they are the nets of the notes."""
    controls = [
        Control("kind", "Net", list(KINDS), 1, listed=True),
        Control("width", "Width", [f"h = {h}" for h in WIDTHS], 3),
    ]
    nets = [tuple(n or h for n in KINDS[kind]) for kind in KINDS for h in WIDTHS]
    rows = [count(sizes) for sizes in nets]
    half = max(WIDTHS) / 2
    wires = plot(height=430, x_range=(-0.4, 3.4), y_range=(-half - 0.5, half + 0.5))
    nothing = {"x": [0.0], "y": [0.0]}
    wires.segment("x0", "y0", "x1", "y1", source={k: [0.0] for k in ("x0", "y0", "x1", "y1")}, line_width=1,
                  tags=["soft"], name="weights")  # fmt: skip
    wires.scatter("x", "y", source=dict(nothing), size=15, fill_color=LINES[0], tags=["ink"], name="units")
    wires.yaxis.visible = wires.grid.visible = False
    wires.xaxis.ticker = [0, 1, 2, 3]
    wires.xaxis.major_label_overrides = {0: "inputs", 1: "layer 1", 2: "layer 2", 3: "layer 3"}
    growth = plot(height=430, x_label="width h", y_label="parameters")
    for n, kind in enumerate(KINDS):
        found = [row["parameters"] for row in rows[n * len(WIDTHS) : (n + 1) * len(WIDTHS)]]
        growth.line(list(WIDTHS), found, line_width=3, color=LINES[n], legend_label=kind.split(":")[0])
    growth.scatter("x", "y", source=dict(nothing), size=15, fill_color=LINES[1], tags=["ink"], name="mark")
    growth.legend.location = "top_left"
    by = ("kind", "width")
    marks = [
        {"x": [h], "y": [row["parameters"]]} for h, row in zip([*WIDTHS] * len(KINDS), rows, strict=True)
    ]
    moving = [
        Moving("wires", "weights", by, [wires_of(sizes) for sizes in nets]),
        Moving("wires", "units", by, [units_of(sizes) for sizes in nets]),
        Moving("growth", "mark", by, marks),
    ]
    texts = [
        "{sizes}: {neurons} neurons, {weights} weights + {neurons} biases = {parameters} parameters. "
        "Forward: ".format(**row)
        + "; ".join(products(sizes))
        + "."
        for sizes, row in zip(nets, rows, strict=True)
    ]
    plots = {
        "wires": (wires, "The net: a circle per unit, a line per weight"),
        "growth": (growth, "Parameters over the width, for one and two hidden layers"),
    }
    return report.states("How large it is", WORDS, controls, plots, moving, (by, texts))


def products(sizes: Sequence[int]) -> list[str]:
    """The matrix products of a forward pass of one sample, by the shapes of the net's own arrays."""
    column, told = np.zeros((sizes[0], 1)), []
    for n, (w, b) in enumerate(arrays_of(dense(sizes, "tanh")), 1):
        after = w @ column + b[:, None]
        told.append(f"W{n} {shape(w)} @ {shape(column)} + b{n} {shape(b[:, None])} \u2192 {shape(after)}")
        column = after
    return told


def shape(array: Any) -> str:
    return "\u00d7".join(map(str, array.shape))


def heights(n: int, widest: int) -> list[float]:
    """Where the units of a layer stand: as far apart as the widest layer allows."""
    apart = min(2.4, (max(WIDTHS) - 1) / max(widest - 1, 1))
    return [apart * ((n - 1) / 2 - i) for i in range(n)]


def units_of(sizes: Sequence[int]) -> dict[str, list[float]]:
    places = [(float(layer), y) for layer, n in enumerate(sizes) for y in heights(n, max(sizes))]
    return {"x": [x for x, _ in places], "y": [y for _, y in places]}


def wires_of(sizes: Sequence[int]) -> dict[str, list[float]]:
    ends = [
        (float(layer), y0, layer + 1.0, y1)
        for layer, (a, b) in enumerate(pairwise(sizes))
        for y0 in heights(a, max(sizes))
        for y1 in heights(b, max(sizes))
    ]
    return dict(zip(("x0", "y0", "x1", "y1"), map(list, zip(*ends, strict=True)), strict=True))
