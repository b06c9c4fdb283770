"""A slider over the depth of a net: what every seed got right, and what it cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tinynn import report
from tinynn.report.plots import LINES, plot
from tinynn.report.states import Control, Moving

WORDS = (
    "A dot is a net; those of one depth differ in their seed alone. Is the next depth better by more than "
    "two seeds are apart, and what does it cost?"
)


def depth_page(results: Mapping[str, Sequence[Mapping[str, Any]]]) -> report.Block:
    """`results`: data set -> the rows of dense-depth, one per depth."""
    sets = list(results)
    pairs = [(name, i) for name in sets for i in range(len(results[name]))]
    depths = [row["weight_layers"] for row in results[sets[0]]]
    layers = [f"{depth} weight layer{'s' * (depth > 1)}" for depth in depths]
    controls = [
        Control("set", "Data", sets, 0, listed=True),
        Control("depth", "Depth", layers, 1),
    ]
    accuracy = plot(height=400, x_label="weight layers", y_label="test accuracy, %")
    cost = plot(height=400, x_label="weight layers", y_label="seconds of training, mean")
    nothing = {"x": [0.0], "y": [0.0]}
    accuracy.line("x", "y", source=dict(nothing), line_width=3, color=LINES[0], name="means")
    accuracy.scatter("x", "y", source=dict(nothing), size=8, color=LINES[3], name="seeds")
    accuracy.scatter(
        "x", "y", source=dict(nothing), size=13, fill_color=LINES[1], tags=["ink"], name="chosen"
    )
    cost.line("x", "y", source=dict(nothing), line_width=3, color=LINES[2], name="seconds")
    cost.scatter("x", "y", source=dict(nothing), size=15, fill_color=LINES[1], tags=["ink"], name="mark")
    for drawn in (accuracy, cost):
        drawn.xaxis.ticker = depths
    means = {name: [100 * row["mean"] for row in rows] for name, rows in results.items()}
    seconds = {name: [float(np.mean(row["seconds"])) for row in rows] for name, rows in results.items()}
    moving = [
        Moving("accuracy", "means", ("set",), [{"x": depths, "y": means[name]} for name in sets]),
        Moving("accuracy", "seeds", ("set",), [dots(results[name]) for name in sets]),
        Moving("accuracy", "chosen", ("set", "depth"), [dots([results[name][i]]) for name, i in pairs]),
        Moving("cost", "seconds", ("set",), [{"x": depths, "y": seconds[name]} for name in sets]),
        Moving("cost", "mark", ("set", "depth"),
               [{"x": [depths[i]], "y": [seconds[name][i]]} for name, i in pairs]),
    ]  # fmt: skip
    plots = {
        "accuracy": (accuracy, "Test accuracy of every net over the number of weight layers, and the means"),
        "cost": (cost, "Seconds of training over the number of weight layers"),
    }
    texts = [f"{name}, {layers[i]}: {sentence(results[name], i)}" for name, i in pairs]
    return report.states("What another layer buys", WORDS, controls, plots, moving, (("set", "depth"), texts))


def dots(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[float]]:
    """One dot per net of these rows."""
    found = [(row["weight_layers"], 100 * right) for row in rows for right in row["test_accuracy"]]
    return {"x": [float(depth) for depth, _ in found], "y": [right for _, right in found]}


def sentence(rows: Sequence[Mapping[str, Any]], i: int) -> str:
    """What this depth gets right, what it gained over the one before, and what it cost."""
    row, nets = rows[i], len(rows[i]["test_accuracy"])
    spread = f" \u00b1 {100 * row['standard_deviation']:.2f}" if nets > 1 else ""
    told = f"{100 * row['mean']:.2f}{spread} % of the test set right"
    told += f" (mean of {nets} seeds, and their standard deviation)" if nets > 1 else " (one seed)"
    if i:
        told += f", {100 * (row['mean'] - rows[i - 1]['mean']):+.2f} points by the last layer"
    return (
        f"{told}; {np.mean(row['seconds']):.1f} s of training, {row['parameters']:,} parameters, "
        f"{row['multiplications_per_image']:,} multiplications for an image."
    )
