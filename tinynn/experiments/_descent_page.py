"""A slider over the steps of gradient descent: the neuron on its cost, and the answer that it gives there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tinynn import report
from tinynn.autograd import Array
from tinynn.experiments._lone_neurons import log_loss
from tinynn.report.plots import COLOURS, LINES, plot
from tinynn.report.states import Control, Moving

WORDS = (
    "Left, the cost of every neuron there is with one input: level lines over its bias and its weight, and "
    "the way downhill. Right, what the neuron of this step says: the probability of a 1, and its boundary."
)
LEVELS = (0.42, 0.43, 0.45, 0.48, 0.52, 0.57, 0.65, 0.8, 1.0, 1.3, 1.7, 2.2, 2.8)
SIDE = (-3.2, 3.2)


def descent_page(
    x: Array, t: Array, ways: Mapping[str, Array], lowest: Array, extent: tuple[float, float, float, float]
) -> report.Block:
    """x, t (n, 1); `ways`: rate -> (steps + 1, 2), the bias first; `lowest` is where SciPy ends."""
    names, last = list(ways), len(next(iter(ways.values()))) - 1
    controls = [
        Control("rate", "Learning rate", names, 0, listed=True),
        Control("step", "Step", [f"step {n} of {last}" for n in range(last + 1)], 3),
    ]
    pairs = [(ways[name][: n + 1], name, n) for name in names for n in range(last + 1)]
    by, line = ("rate", "step"), np.linspace(*SIDE, 129)
    here = [(way[-1], float(log_loss(way[-1], x, t))) for way, _, _ in pairs]
    moving = [
        Moving("cost", "way", by, [{"x": way[:, 0], "y": way[:, 1]} for way, _, _ in pairs]),
        Moving("cost", "neuron", by, [{"x": way[-1:, 0], "y": way[-1:, 1]} for way, _, _ in pairs]),
        Moving("answer", "curve", by, [{"x": line, "y": says(b, w, line)} for (b, w), _ in here]),
        Moving("answer", "half", by, [{"x": [-b / w] * 2, "y": [-0.1, 1.1]} for (b, w), _ in here]),
    ]  # fmt: skip
    least = float(log_loss(lowest, x, t))
    texts = [
        f"{name[0].upper()}{name[1:]}, step {n}: b = {b:+.3f}, w = {w:+.3f}, cost {cost:.4f} (at the lowest "
        f"place {least:.4f}). Half at x = {-b / w:+.2f}; {100 * right(b, w, x, t):.0f} % of the points are "
        "on their side."
        for (_, name, n), ((b, w), cost) in zip(pairs, here, strict=True)
    ]
    plots = {
        "cost": (
            valley(x, t, lowest, extent),
            "Level lines of the cost over bias and weight, and the descent",
        ),
        "answer": (answer(x, t), "The points, the probability that the neuron gives, and its boundary"),
    }
    return report.states("Downhill, step by step", WORDS, controls, plots, moving, (by, texts))


def says(b: float, w: float, x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-(b + w * x))))


def right(b: float, w: float, x: Array, t: Array) -> float:
    return float(((b + w * x > 0) == (t > 0.5)).mean())


def valley(x: Array, t: Array, lowest: Array, extent: tuple[float, float, float, float]) -> Any:
    """The cost over b and w, with the place that SciPy finds."""
    left, right_, low, high = extent
    b, w = np.meshgrid(np.linspace(left, right_, 81), np.linspace(low, high, 81))
    cost = log_loss(np.stack([b, w], -1), x, t)
    drawn = plot(height=430, x_label="b", y_label="w", x_range=(left, right_), y_range=(low, high))
    drawn.contour(b, w, cost, [level for level in LEVELS if level > cost.min()], line_color=LINES[3])
    nothing = {"x": [0.0], "y": [0.0]}
    drawn.line("x", "y", source=dict(nothing), line_width=2.5, color=LINES[1], name="way")
    drawn.scatter(x=[lowest[0]], y=[lowest[1]], size=14, marker="x", line_width=3, tags=["ink"],
                  legend_label="SciPy")  # fmt: skip
    drawn.scatter("x", "y", source=dict(nothing), size=14, fill_color=LINES[1], tags=["ink"], name="neuron",
                  legend_label="the neuron")  # fmt: skip
    return drawn


def answer(x: Array, t: Array) -> Any:
    """The points at 0 and 1, and what the neuron says between."""
    drawn = plot(height=430, x_label="x", y_label="probability of a 1", x_range=SIDE, y_range=(-0.1, 1.1))
    colours = [COLOURS[int(one)] for one in t[:, 0]]
    drawn.scatter(x[:, 0], t[:, 0], size=9, fill_color=colours, fill_alpha=0.6, line_color=None)
    nothing = {"x": [0.0], "y": [0.0]}
    drawn.line("x", "y", source=dict(nothing), line_width=3.5, color=LINES[1], name="curve")
    drawn.line("x", "y", source=dict(nothing), line_width=2, line_dash="dashed", tags=["ink"], name="half")
    return drawn
