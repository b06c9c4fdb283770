"""What the page looks like: its frame, its colours in light and dark, and figures that take them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource, CustomJS
from bokeh.plotting import figure
from bokeh.transform import linear_cmap
from jinja2 import Template
from numpy.typing import NDArray

from tinynn.viz.style import CLASS_COLOURS, NEGATIVE, POSITIVE

MIDDLE = "#7b8794"  # a grey that is read on white and on black


def read(name: str) -> str:
    """A file of static/."""
    return (Path(__file__).parent / "static" / name).read_text(encoding="utf-8")


#: The frame of the page: Bokeh puts its figures and controls where it names them.
PAGE, STYLE = Template(read("page.html")), read("page.css")
WIDGETS, THEME, NAMES = read("widgets.css"), read("theme.js"), read("names.js")


def themed(figures: list[Any], inks: list[Any]) -> CustomJS:
    """What a page runs when it is ready."""
    return CustomJS(args={"figures": figures, "inks": inks}, code=THEME)


def named(**models: Any) -> CustomJS:
    """What gives names to the sliders, the slider `stage` and the spinners; and keeps the upload small."""
    return CustomJS(args=models, code=NAMES)


def quiet(told: str, height: int, **options: Any) -> Any:
    """A figure as wide as its column, without tools; `told` says to a screen reader what is seen."""
    size = {"sizing_mode": "stretch_width", "height": height} | options
    made = figure(tools="", toolbar_location=None, min_border=4, **size)
    made.html_attributes = {"role": "img", "aria-label": told}
    for axis in made.axis:
        axis.major_label_text_font_size = axis.axis_label_text_font_size = "13px"
        axis.axis_label_text_font_style = "normal"
    return made


def without_axes(made: Any) -> Any:
    """For planes, where numbers on the axes would mean nothing."""
    made.axis.visible = made.grid.visible = False
    return made


def coloured(name: str) -> Any:
    """The colours of classes, from a column of numbers."""
    return linear_cmap(name, list(CLASS_COLOURS), -0.5, len(CLASS_COLOURS) - 0.5)


def signed(name: str, low: float, high: float) -> Any:
    """Blue for what is negative, red for what is positive, grey for nothing."""
    return linear_cmap(name, mixed(64), low, high)


def mixed(count: int) -> list[str]:
    """`count` colours from NEGATIVE over grey to POSITIVE."""
    ends = [np.array([int(c[i : i + 2], 16) for i in (1, 3, 5)]) for c in (NEGATIVE, "#c9ced4", POSITIVE)]
    shares = np.linspace(-1, 1, count)
    colours = [ends[1] + abs(s) * (ends[2 if s > 0 else 0] - ends[1]) for s in shares]
    return ["#" + "".join(f"{round(v):02x}" for v in c) for c in colours]


def class_image(classes: NDArray[Any], sure: NDArray[Any]) -> NDArray[np.uint32]:
    """RGBA pictures (..., h, w) of classes, the surer the stronger; the page shines through."""
    table = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in CLASS_COLOURS], np.uint8)
    rgba = np.empty((*classes.shape, 4), np.uint8)
    rgba[..., :3] = table[classes]
    rgba[..., 3] = (40 + 150 * sure).astype(np.uint8)
    return rgba.view(np.uint32)[..., 0]


def source(**columns: Any) -> ColumnDataSource:
    """A data source with these columns."""
    return ColumnDataSource(data=columns)
