"""The picture that moves: grid and points at one stage of the net, or between two."""

from __future__ import annotations

from typing import Any

from bokeh.models import CustomJS, Range1d, Slider

from tinynn.lab.folding import Folding, Picture
from tinynn.lab.page.look import MIDDLE, WIDGETS, coloured, quiet, source, without_axes
from tinynn.lab.trainer import Lab
from tinynn.viz.folding import ACROSS, UP

#: The page answers each picture once it has been painted: that is how the server knows how fast it may go.
ANSWER = "requestAnimationFrame(() => { answer.data = {n: [answer.data.n[0] + 1]}; })"


class FoldView:
    """The figure and the slider through the stages.

    Attributes
    ----------
    sent, seen : int
        How many pictures went out, and how many the page has painted.
    """

    def __init__(self) -> None:
        self.folding = Folding()
        self.sent = self.seen = 0
        self.grid, self.points = source(ax=[], ay=[], cx=[], cy=[]), source(x=[], y=[], c=[])
        self.zero, self.answer = source(x=[0], y=[0]), source(n=[0])
        self.answer.name = "answer"
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
        self.points.js_on_change("data", CustomJS(args={"answer": self.answer}, code=ANSWER))
        self.answer.on_change("data", self._answered)

    def _answered(self, name: str, old: Any, new: Any) -> None:
        self.seen += 1

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
        self.zero.data = {"x": picture.zero[:1], "y": picture.zero[1:]}
        self.grid.data = {
            "ax": picture.along[:, 0], "ay": picture.along[:, 1],
            "cx": picture.across[:, 0], "cy": picture.across[:, 1],
        }  # fmt: skip
        self.points.data = {"x": picture.points[:, 0], "y": picture.points[:, 1], "c": lab.points.y}
        self.sent += 1
        return picture

    def stage(self, lab: Lab) -> str:
        """Which stage is seen."""
        titles, place = self.folding.titles(lab), float(self.slider.value)
        first = int(place)
        return f"between {titles[first]} and {titles[first + 1]}" if place > first else titles[first]
