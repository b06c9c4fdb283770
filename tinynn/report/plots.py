"""Bokeh figures with one look; static/page.js gives them the colours of the light or the dark page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

#: The class colours of tinynn.viz: M. A. Petroff, "Accessible Color Sequences for Data Visualization" (2021).
COLOURS = (
    "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6",
    "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
)  # fmt: skip
#: Lines that carry their name in their own colour.
LINES = ("#2f7fc9", "#e76300", "#9a4fcc", "#7b858f", "#a96b59")


def plot(
    *,
    height: int = 320,
    x_label: str = "",
    y_label: str = "",
    x_range: Any = None,
    y_range: Any = None,
    log: str = "",
    square: bool = False,
    hover: Sequence[tuple[str, str]] = (),
) -> Any:
    """A figure as wide as its place, without tools but a hover.

    `square`: as high as it is wide, and so with one scale for both axes where their ranges are equally long.
    """
    from bokeh.models import HoverTool
    from bokeh.plotting import figure

    ranges = {
        name: value for name, value in (("x_range", x_range), ("y_range", y_range)) if value is not None
    }
    shape: Any = {"sizing_mode": "stretch_width", "height": height}
    if square:
        shape = {"sizing_mode": "scale_width", "aspect_ratio": 1, "max_width": 480}
    drawn = figure(
        **shape,
        tools="",
        toolbar_location=None,
        x_axis_type="log" if "x" in log else "auto",
        y_axis_type="log" if "y" in log else "auto",
        x_axis_label=x_label or None,
        y_axis_label=y_label or None,
        background_fill_color=None,
        border_fill_color=None,
        outline_line_color=None,
        **ranges,
    )
    if hover:
        drawn.add_tools(HoverTool(tooltips=list(hover)))
    for axis in (*drawn.xaxis, *drawn.yaxis):
        axis.minor_tick_line_color = None
        axis.major_tick_line_color = None
    drawn.min_border = 8
    if square:  # as much beside it as above and below: what is left for the plane is a square too
        drawn.min_border_left, drawn.min_border_right = 40, 8
        drawn.min_border_bottom, drawn.min_border_top = 30, 18
    return drawn
