"""Sliders over what a net on two noisy moons may do: its width, or what holds it back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinynn import report
from tinynn.autograd import Array
from tinynn.experiments._toy_nets import BOX, Trained, probabilities, toy
from tinynn.report.plots import COLOURS, LINES, plot
from tinynn.report.states import Control, Moving

CELLS, SEEDS = 80, 6


def toy_page(
    found: Sequence[tuple[str, Trained]], seed: int, *, title: str, words: str, label: str, start: int
) -> report.Block:
    """A slider over the nets in `found`, (how they are told, nets), and one over the seed."""
    names = [name for name, _ in found]
    seeds = min(SEEDS, found[0][1].train.shape[1])
    controls = [
        Control("kind", label, names, start),
        Control("seed", "Seed", [f"net {s + 1} of {seeds}, on the same points" for s in range(seeds)]),
    ]
    frames = [{"image": regions(nets, s)} for _, nets in found for s in range(seeds)]
    texts = [sentence(name, nets, s) for name, nets in found for s in range(seeds)]
    plots = {
        "plane": (plane(seed), "The plane in two colours, as the net takes it, with the training points"),
        "accuracy": (
            accuracies(found),
            "Accuracy on the training points and on new ones: medians, with 8 nets of 10",
        ),
    }
    marks = [
        {"x": [i, i], "y": [100 * np.median(n.train), 100 * np.median(n.test)]}
        for i, (_, n) in enumerate(found)
    ]
    moving = [
        Moving("plane", "regions", ("kind", "seed"), frames),
        Moving("accuracy", "mark", ("kind",), marks),
    ]
    return report.states(title, words, controls, plots, moving, (("kind", "seed"), texts))


def sentence(name: str, nets: Trained, seed: int) -> str:
    """What this net gets right, and what its kind does."""
    train, test = 100 * nets.train[0, seed], 100 * nets.test[0, seed]
    own = f"This net: {train:.0f} % of its points right, {test:.0f} % of new ones."
    medians = f"{100 * np.median(nets.train):.1f} % and {100 * np.median(nets.test):.1f} %"
    return f"{name}. {own} All {nets.train.size}, on {len(nets.train)} draws of points: {medians} (medians)."


def regions(nets: Trained, seed: int) -> Array:
    """The probability of the second class over the plane, as bytes (rows, columns)."""
    left, right, bottom, top = BOX
    step = (np.arange(CELLS) + 0.5) / CELLS
    gx, gy = np.meshgrid(left + (right - left) * step, bottom + (top - bottom) * step)
    p = probabilities(nets.net(0, seed))(np.stack([gx.ravel(), gy.ravel()], 1))[:, 1]
    return np.asarray(np.rint(255 * p), np.uint8).reshape(CELLS, CELLS)


def plane(seed: int) -> object:
    """The plane with the points of the first draw."""
    left, right, bottom, top = BOX
    x, y = toy(seed)
    drawn = plot(height=430, x_range=(left, right), y_range=(bottom, top))
    empty = {"image": [np.zeros((CELLS, CELLS), np.uint32)], "x": [left], "y": [bottom], "dw": [right - left],
             "dh": [top - bottom]}  # fmt: skip
    drawn.image_rgba("image", "x", "y", "dw", "dh", source=empty, name="regions")
    drawn.scatter(x[:, 0], x[:, 1], size=9, fill_color=[COLOURS[k] for k in y], line_color="white")
    drawn.grid.grid_line_color = None
    return drawn


def accuracies(found: Sequence[tuple[str, Trained]]) -> object:
    """Accuracy over the kinds, and two marks where the slider stands."""
    drawn = plot(height=430, y_label="accuracy, %")
    at = list(range(len(found)))
    for part, colour, name in (("train", LINES[0], "training points"), ("test", LINES[1], "new points")):
        values = [100 * getattr(nets, part).ravel() for _, nets in found]
        low, middle, high = np.transpose([np.quantile(v, [0.1, 0.5, 0.9]) for v in values])
        drawn.varea(at, low, high, fill_color=colour, fill_alpha=0.2)
        drawn.line(at, middle, line_width=3, color=colour, legend_label=name)
    drawn.scatter(x=[0, 0], y=[0, 0], size=15, fill_color=[LINES[0], LINES[1]], tags=["ink"], name="mark")
    drawn.xaxis.ticker = at
    drawn.xaxis.major_label_overrides = {
        i: name.replace(" hidden neurons", "") for i, (name, _) in enumerate(found)
    }
    drawn.xaxis.major_label_orientation = 0.9
    drawn.legend.location = "bottom_left"
    return drawn
