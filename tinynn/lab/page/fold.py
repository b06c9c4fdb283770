"""The picture that moves: grid and points at one stage of the net, or between two."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from bokeh.models import CustomJS, Range1d, Slider

from tinynn.lab.folding import Folding, Picture
from tinynn.lab.page.look import MIDDLE, WIDGETS, coloured, quiet, read, source, without_axes
from tinynn.lab.trainer import Lab
from tinynn.viz.folding import ACROSS, UP


class FoldView:
    """The figure and the slider through the stages.

    Parameters
    ----------
    ready : callable
        Called when the page has painted a picture.

    Attributes
    ----------
    sent, seen : int
        How many pictures went out, and how many the page has painted.
    """

    def __init__(self, ready: Callable[[], None]) -> None:
        self.ready = ready
        self.folding = Folding()
        self.sent = self.seen = 0
        self.grid, self.points = source(ax=[], ay=[], cx=[], cy=[]), source(x=[], y=[], c=[])
        self.zero, self.answer = source(x=[0], y=[0]), source(n=[0])
        self.answer.name = "answer"
        self.packed = source(v=[])  # what is sent: all columns of the others
        self.slider = Slider(
            title="how far through the net", start=0, end=6, step=0.05, value=6, show_value=False,
            tooltips=False, sizing_mode="stretch_width", stylesheets=[WIDGETS], name="stage",
        )  # fmt: skip
        view = Range1d(-1.25, 1.25), Range1d(-1.25, 1.25)
        told = "A grid over the input plane and the points, moved as the net moves them"
        self.figure: Any = without_axes(quiet(told, 430, x_range=view[0], y_range=view[1]))
        self.figure.line("ax", "ay", source=self.grid, color=UP, line_width=1)
        self.figure.line("cx", "cy", source=self.grid, color=ACROSS, line_width=1)
        self.figure.scatter("x", "y", source=self.zero, marker="cross", size=16, color=MIDDLE, line_width=2)
        self.figure.scatter(
            "x", "y", source=self.points, size=7, fill_color=coloured("c"), line_color="white", line_width=0.6
        )
        parts = {name: getattr(self, name) for name in ("packed", "grid", "points", "zero", "answer")}
        self.unpack = CustomJS(args=parts, code=read("unpack.js"))
        self.packed.js_on_change("data", self.unpack)
        self.slider.js_on_change("tags", self.unpack)  # what no model refers to is never sent
        self.answer.on_change("data", self._answered)

    def _answered(self, name: str, old: Any, new: Any) -> None:
        """The page has painted a picture: that is how the server knows how fast it may go."""
        self.seen += 1
        self.ready()

    def waiting(self) -> int:
        """How many pictures are on their way."""
        return self.sent - self.seen

    def begin(self, lab: Lab) -> None:
        """A new net: other stages, no memory of how the old ones looked."""
        self.folding = Folding()
        last = 2 * lab.settings.depth
        at_end = self.slider.value >= self.slider.end or self.slider.value > last
        self.slider.update(end=last, value=last if at_end else self.slider.value)

    def draw(self, lab: Lab) -> Picture:
        """Send one picture."""
        place = float(self.slider.value)
        picture = self.folding.picture(lab, place)
        counts = len(picture.along), len(picture.points)
        columns = [*picture.along.T, *picture.across.T, *picture.points.T, lab.points.y, picture.zero]
        self.packed.data = {"v": np.concatenate([counts, *columns], dtype=np.float32)}
        self.sent += 1
        return picture

    def stage(self, lab: Lab) -> str:
        """Which stage is seen."""
        titles, place = self.folding.titles(lab), float(self.slider.value)
        first = int(place)
        return f"between {titles[first]} and {titles[first + 1]}" if place > first else titles[first]
