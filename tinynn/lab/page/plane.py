"""What the net says of every place of the input plane, and how the loss has fallen."""

from __future__ import annotations

from typing import Any

import numpy as np
from bokeh.models import Range1d, TapTool

from tinynn.lab.folding import REACH, lattice
from tinynn.lab.page.look import class_image, coloured, quiet, source, without_axes
from tinynn.lab.trainer import Lab
from tinynn.viz.style import LINE_COLOURS

SQUARE: Any = {"sizing_mode": "scale_width", "aspect_ratio": 1, "max_width": 440}
SIDE, MOST = 72, 300  # places to a side of the picture; points of the curve


class PlaneView:
    """Decision regions with the points on them; a point that is tapped is chosen."""

    def __init__(self) -> None:
        self.places = lattice(REACH, SIDE)
        ranges = Range1d(-REACH, REACH), Range1d(-REACH, REACH)
        told = "The class that the net gives to every place, stronger where it is surer, and the points"
        self.figure: Any = without_axes(quiet(told, 400, x_range=ranges[0], y_range=ranges[1], **SQUARE))
        self.image, self.points, self.chosen = source(image=[]), source(x=[], y=[], c=[]), source(x=[], y=[])
        self.figure.image_rgba(
            "image", source=self.image, x=-REACH, y=-REACH, dw=2 * REACH, dh=2 * REACH, level="image"
        )
        dots = self.figure.scatter(
            "x", "y", source=self.points, size=7, fill_color=coloured("c"), line_color="white",
            line_width=0.6, nonselection_fill_alpha=1.0, nonselection_line_alpha=1.0,
        )  # fmt: skip
        self.figure.scatter(
            "x", "y", source=self.chosen, size=16, fill_color=None, line_color="black", line_width=5
        )
        self.figure.scatter(
            "x", "y", source=self.chosen, size=16, fill_color=None, line_color="white", line_width=2
        )
        self.figure.add_tools(TapTool(renderers=[dots], visible=False))

    def begin(self, lab: Lab) -> None:
        """Other points."""
        x = lab.points.x
        self.points.selected.indices = []
        self.points.data = {"x": x[:, 0], "y": x[:, 1], "c": lab.points.y}

    def choose(self, lab: Lab, number: int) -> None:
        """A ring around one point."""
        self.chosen.data = {"x": lab.points.x[number, :1], "y": lab.points.x[number, 1:]}

    def draw(self, lab: Lab) -> None:
        """Send the regions."""
        scores = lab.scores(self.places)
        e = np.exp(scores - scores.max(1, keepdims=True))
        sure = e.max(1) / e.sum(1)
        picture = class_image(scores.argmax(1).reshape(SIDE, SIDE), sure.reshape(SIDE, SIDE))
        self.image.data = {"image": [picture]}


class LossView:
    """The loss of every step so far, thinned out.

    The axes grow in steps: other numbers on them would make the page lay out the figure anew every time.
    """

    def __init__(self) -> None:
        self.curve = source(x=[0, 1], y=[1.0, 1.0])
        self.x, self.y = Range1d(0, 100), Range1d(0.1, 10)
        self.figure: Any = quiet(
            "The loss over the steps",
            190,
            y_axis_type="log",
            x_axis_label="step",
            x_range=self.x,
            y_range=self.y,
        )
        self.figure.line("x", "y", source=self.curve, color=LINE_COLOURS[0], line_width=2.4)
        self.figure.ygrid.grid_line_alpha = 0.6
        self.figure.xgrid.visible = False

    def draw(self, before: list[float], now: float) -> None:
        """Send the curve: the loss before each step, and now."""
        losses, steps = np.array([*before, now]), len(before)
        at = np.unique(np.linspace(0, steps, MOST).round().astype(int))
        y = np.maximum(losses[at], 1e-12)
        self.x.end = rounded_up(steps)
        self.y.update(start=10.0 ** np.floor(np.log10(y.min())), end=rounded_up(1.05 * float(y.max()), 0.01))
        self.curve.data = {"x": at, "y": y}


def rounded_up(value: float, least: float = 100.0) -> float:
    """The next of 1, 2, 5, 10, 20, 50, ... times a power of ten, at least `least`."""
    value = max(value, least)
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(power * f for f in (1, 2, 5, 10) if power * f >= value * (1 - 1e-9)))
