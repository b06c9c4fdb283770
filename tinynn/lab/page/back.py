"""Backprop mode: the gradients of one point on their way back through the net, layer by layer.

The net is drawn with its inputs at the left. First the point runs forward: circles show what units say, lines
what they pass on. Then the gradient comes back, a layer to a step: a line shows dL/dw = dz a, a circle dL/da.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from bokeh.models import Button, Range1d, Slider, Spinner
from numpy.typing import NDArray

from tinynn.lab.layers import Pass, passed, slopes
from tinynn.lab.page.look import WIDGETS, coloured, quiet, signed, source, without_axes
from tinynn.lab.page.words import Words
from tinynn.lab.trainer import Lab

Array = NDArray[Any]


class BackView:
    """The net as circles and lines for one point."""

    def __init__(self) -> None:
        self.units, self.lines = (
            source(x=[], y=[], v=[], text=[], ink=[]),
            source(x0=[], y0=[], x1=[], y1=[], v=[], w=[]),
        )
        self.names, self.target = source(x=[], y=[], text=[]), source(x=[], y=[], c=[])
        self.x, self.y = Range1d(-0.6, 4.6), Range1d(-1.22, 1.3)
        told = "The net as circles and lines, with the gradients of one point as far as they have come"
        self.figure: Any = without_axes(quiet(told, 460, x_range=self.x, y_range=self.y))
        self.figure.segment(
            "x0", "y0", "x1", "y1", source=self.lines, line_color=signed("v", -1, 1), line_width="w"
        )
        self.ring = self.figure.scatter(
            "x", "y", source=self.target, size=40, fill_color=None, line_color=coloured("c"), line_width=4
        )
        self.circles = self.figure.scatter(
            "x", "y", source=self.units, size=32, fill_color=signed("v", -1, 1), line_color="#52606d"
        )
        style: Any = {"text_align": "center", "text_baseline": "middle", "text_font_size": "11px"}
        self.numbers = self.figure.text("x", "y", "text", source=self.units, text_color="ink", **style)
        self.ink = self.figure.text(
            "x", "y", "text", source=self.names, text_align="center", text_font_size="13px"
        ).glyph
        wide: Any = {"stylesheets": [WIDGETS], "sizing_mode": "stretch_width"}
        self.number = Spinner(title="point number", low=0, high=299, step=1, value=40, name="point", **wide)
        self.back = Slider(
            title="how far the gradient has come back", start=0, end=4, step=1, value=0, name="back", **wide
        )
        self.next = Button(label="one layer further back", name="further", **wide)

    def begin(self, lab: Lab) -> None:
        """Another net."""
        depth = lab.settings.depth
        self.x.end = depth + 1.6
        crowded = max(lab.settings.width, len(lab.points.classes)) > 9
        self.circles.glyph.size, self.ring.glyph.size = (24, 31) if crowded else (32, 40)
        self.numbers.glyph.text_font_size = "9px" if crowded else "11px"
        self.back.update(end=depth + 2, value=0)
        last = len(lab.points.x) - 1
        self.number.update(high=last, value=min(self.chosen(lab), last))

    def chosen(self, lab: Lab) -> int:
        """The number of the point."""
        value = self.number.value
        return min(max(int(value), 0), len(lab.points.x) - 1) if isinstance(value, (int, float)) else 0

    def further(self) -> None:
        """The next layer back; after the inputs it begins again."""
        self.back.value = (self.back.value + 1) % (self.back.end + 1)

    def draw(self, lab: Lab, words: Words) -> None:
        """Send what is to be seen of the chosen point."""
        i, come = self.chosen(lab), int(self.back.value)
        x, y = lab.points.x[i : i + 1], lab.points.y[i : i + 1]
        found = passed(lab, x, y)
        self._draw_units(lab, found, x[0], come)
        self._draw_lines(lab, found, x[0], come)
        label = lab.points.classes[int(y[0])]
        names = ["input", *(f"layer {n}" for n in range(1, lab.settings.depth + 1)), "scores"]
        self.names.data = {"x": list(range(len(names))), "y": [1.12] * len(names), "text": names}
        at = heights(len(lab.points.classes))[int(y[0])]
        self.target.data = {"x": [len(names) - 1.0], "y": [at], "c": [int(y[0])]}
        words["back-title"] = f"point {i}, class {label}: loss {found.loss:.4g}"
        words["back"] = told(lab, found, int(y[0]), come)

    def _draw_units(self, lab: Lab, found: Pass, x: Array, come: int) -> None:
        values = [x, *(layer.a[0] for layer in found.layers)]
        gradients = [found.dx[0], *(layer.da[0] for layer in found.layers)]
        columns: list[tuple[Array, ...]] = []
        for n, (a, da) in enumerate(zip(values, gradients, strict=True)):
            shown = da if n > len(values) - 1 - come else a
            scale = max(float(np.abs(shown).max()), 1e-12)
            columns.append((np.full(len(a), float(n)), heights(len(a)), shown / scale, shown))
        x_, y_, v, numbers = (np.concatenate(column) for column in zip(*columns, strict=True))
        drawn: dict[str, Any] = {"x": x_, "y": y_, "v": v, "text": [short(number) for number in numbers]}
        drawn["ink"] = ["white" if abs(share) > 0.55 else "#101418" for share in v]
        self.units.data = drawn

    def _draw_lines(self, lab: Lab, found: Pass, x: Array, come: int) -> None:
        """The lines into layer n: w a on the way there, dL/dw = dz a once the gradient has come past."""
        before = [x, *(layer.a[0] for layer in found.layers[:-1])]
        columns: list[tuple[Array, ...]] = []
        for n, (layer, a, dw) in enumerate(zip(lab.layers(), before, found.dw, strict=True)):
            arrived = n >= len(before) - come
            value = dw if arrived else layer.weight.data * a
            out, into = value.shape
            share = value / max(float(np.abs(value).max()), 1e-12)
            ends = np.tile(heights(into), out), np.repeat(heights(out), into)
            flat = share.ravel()
            xs = np.full(flat.size, float(n))
            columns.append((xs, ends[0], xs + 1, ends[1], flat, 0.6 + 4.4 * np.abs(flat)))
        names = ("x0", "y0", "x1", "y1", "v", "w")
        self.lines.data = dict(
            zip(names, (np.concatenate(c) for c in zip(*columns, strict=True)), strict=True)
        )


def heights(units: int) -> Array:
    """Where the units of a layer stand, the first on top."""
    return np.linspace(0.95, -1.05, units) if units > 1 else np.zeros(1)


def short(number: float) -> str:
    """In at most five letters: 0.34, -1.2, 3e-5."""
    if number == 0:
        return "0"
    text = f"{number:.2f}" if abs(number) < 10 else f"{number:.0f}"
    return text if 0.005 <= abs(number) < 1000 else f"{number:.0e}".replace("e-0", "e-").replace("e+0", "e")


def told(lab: Lab, found: Pass, label: int, come: int) -> str:
    """What has just happened, with its formula and its numbers."""
    depth = lab.settings.depth
    if come == 0:
        p = found.probabilities[0][label]
        said = (
            "Forward. Circles: what each unit says. Lines: weight times what comes in. The net gives the "
            f"right class a probability of {p:.3f}; the loss is -log of that, {found.loss:.4g}."
        )
    elif come == 1:
        d = ", ".join(short(v) for v in found.layers[-1].dz[0])
        said = (
            f"The loss tells the scores: dL/dz = p - onehot = ({d}). Lines into the scores: dL/dw = dz a, "
            "what is told times what came in."
        )
    elif come <= depth + 1:
        n = depth + 1 - come  # hidden layer n, from 0
        layer = found.layers[n]
        shut = int((np.abs(slopes(layer, lab.settings.activation))[0] < 1e-3).sum())
        said = (
            f"Layer {n + 1} is told dL/da = W^T dz of the layer behind it (circles). The activation's slope "
            f"lets it pass: dz = dL/da act'(z); {shut} of {layer.a.shape[1]} units pass nothing on. "
            "Lines into the layer: dL/dw = dz a."
        )
    else:
        d = ", ".join(short(v) for v in found.dx[0])
        said = f"The inputs are told dL/dx = W^T dz = ({d}): where the point should move to be more wrong."
    return f"{said} Red is positive, blue negative; the ring is the right class, {lab.points.classes[label]}."
