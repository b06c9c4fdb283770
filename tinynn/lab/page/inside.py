"""Histograms of what each layer says and of what it is told, and how many of its units are dead."""

from __future__ import annotations

from typing import Any

import numpy as np
from bokeh.models import FixedTicker, Range1d

from tinynn.lab.layers import Layer, dead, histogram, passed, sizes
from tinynn.lab.page.look import quiet, source
from tinynn.lab.trainer import Lab
from tinynn.viz.style import LINE_COLOURS

BINS, LOWEST, HIGHEST = 40, -9.0, 1.0  # the gradients' sizes from 10^-9 to 10


class Ridge:
    """One histogram to a layer, the first layer at the top, and a remark behind each."""

    def __init__(self, told: str, label: str, colour: str) -> None:
        self.bars, self.remarks = source(l=[], r=[], b=[], t=[]), source(x=[], y=[], text=[])
        self.x, self.y = Range1d(-1, 1), Range1d(0, 1)
        self.figure: Any = quiet(told, 330, x_range=self.x, y_range=self.y, x_axis_label=label)
        self.figure.quad("l", "r", "t", "b", source=self.bars, color=colour, line_color=None)
        self.ink = self.figure.text(
            "x", "y", "text", source=self.remarks, text_align="right", text_font_size="13px",
            text_baseline="top",
        ).glyph  # fmt: skip
        self.ticks = FixedTicker(ticks=[])
        self.figure.yaxis.ticker = self.figure.ygrid.ticker = self.ticks
        self.figure.xgrid.visible = False

    def begin(self, layers: int) -> None:
        """So many layers."""
        self.y.end = layers
        self.ticks.ticks = list(range(layers))
        self.figure.yaxis.major_label_overrides = {layers - 1 - i: f"layer {i + 1}" for i in range(layers)}

    def draw(self, rows: list[Any], low: float, high: float, remarks: list[str]) -> None:
        """One row of numbers to a layer."""
        edges = np.linspace(low, high, BINS + 1)
        counts = [histogram(row, low, high, BINS) for row in rows]
        heights = np.array([0.88 * c / max(c.max(), 1e-9) for c in counts])
        base = np.repeat(np.arange(len(rows))[::-1].astype(float), BINS)
        self.x.update(start=low, end=high)
        self.bars.data = {
            "l": np.tile(edges[:-1], len(rows)), "r": np.tile(edges[1:], len(rows)),
            "b": base, "t": base + heights.ravel(),
        }  # fmt: skip
        tops = np.arange(len(rows))[::-1] + 0.95
        self.remarks.data = {"x": [high] * len(rows), "y": tops, "text": remarks}


class InsideView:
    """Both ridges."""

    def __init__(self) -> None:
        self.says = Ridge("Histograms of the activations, layer by layer", "activation", LINE_COLOURS[0])
        self.told = Ridge(
            "Histograms of the size of the gradients, layer by layer", "log10 |dL/da|", LINE_COLOURS[1]
        )

    def begin(self, lab: Lab) -> None:
        for ridge in (self.says, self.told):
            ridge.begin(lab.settings.depth)

    def draw(self, lab: Lab) -> None:
        """Send the numbers of a pass over all points."""
        layers = passed(lab, lab.points.x, lab.points.y).layers[:-1]
        kind = lab.settings.activation
        largest = max(float(np.abs(layer.a).max()) for layer in layers)
        high = 2.0 ** np.ceil(np.log2(max(largest, 1e-6)))  # a power of two: the axis keeps still
        low = 0.0 if kind in ("relu", "sigmoid") else -high
        self.says.draw([layer.a for layer in layers], low, high, [died(layer, kind) for layer in layers])
        self.told.draw(
            [sizes(layer.da) for layer in layers], LOWEST, HIGHEST, [silent(layer) for layer in layers]
        )


def died(layer: Layer, kind: str) -> str:
    """`2 of 8 units dead`."""
    count, units = int(dead(layer, kind).sum()), layer.a.shape[1]
    return f"{count} of {units} units dead"


def silent(layer: Layer) -> str:
    """`12 % are exactly 0`."""
    return f"{float((layer.da == 0).mean()):.0%} are exactly 0"
