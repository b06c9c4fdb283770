"""A slider over the window of a convolution in one dimension: kernel x window = value."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tinynn import report
from tinynn.autograd import Array
from tinynn.report.plots import LINES, plot
from tinynn.report.states import Control, Moving

WORDS = (
    "One small kernel slides over the sequence. At every place its numbers are multiplied with those of "
    "the window, and the products are added up: one value of the output. A convolution reads the kernel "
    "backwards; a cross-correlation, which deep learning calls convolution, does not."
)


def window_page(x: Array, w: Array, outputs: Mapping[str, Array]) -> report.Block:
    """A block over the sequence x (l,) and the kernel w (k,); `outputs` of stride 1, without padding.

    outputs: "cross-correlation" and "convolution" -> y (l - k + 1,).
    """
    k, names = len(w), list(outputs)
    places = len(x) - k + 1
    kernels = {name: w[::-1] if name == "convolution" else w for name in names}
    controls = [
        Control("way", "Kind", names, 0, listed=True),
        Control("place", "Window", [f"place {p + 1} of {places}" for p in range(places)], 7),
    ]
    pairs = [(name, p) for name in names for p in range(places)]
    windows = [np.arange(p, p + k) for _, p in pairs]
    above = plot(height=360, x_label="place", y_label="sequence, and the kernel in the window")
    above.line(np.arange(len(x)), x, line_width=2, color=LINES[3])
    empty = {"x": [0.0], "y": [0.0]}
    above.vbar("x", 0.55, "y", source=dict(empty), fill_color=LINES[1], fill_alpha=0.55, line_color=None,
               name="kernel")  # fmt: skip
    above.scatter("x", "y", source=dict(empty), size=10, fill_color=LINES[0], tags=["ink"], name="window")
    low, high = (float(f([f(y) for y in outputs.values()])) for f in (min, max))
    below = plot(height=360, x_label="place", y_label="output so far", x_range=(-2, len(x) + 1),
                 y_range=(1.1 * low, 1.1 * high))  # fmt: skip
    below.line("x", "y", source=dict(empty), line_width=2.5, color=LINES[2], name="output")
    below.scatter("x", "y", source=dict(empty), size=12, fill_color=LINES[2], tags=["ink"], name="value")
    centre = (k - 1) / 2
    moving = [
        Moving("above", "kernel", ("way", "place"),
               [{"x": at, "y": kernels[name]} for (name, _), at in zip(pairs, windows, strict=True)]),
        Moving("above", "window", ("way", "place"), [{"x": at, "y": x[at]} for at in windows]),
        Moving("below", "output", ("way", "place"),
               [{"x": np.arange(p + 1) + centre, "y": outputs[name][: p + 1]} for name, p in pairs]),
        Moving("below", "value", ("way", "place"),
               [{"x": [p + centre], "y": [outputs[name][p]]} for name, p in pairs]),
    ]  # fmt: skip
    texts = [
        " + ".join(f"({a:.2f} \u00d7 {b:.2f})" for a, b in zip(kernels[name], x[at], strict=True))
        + f" = {outputs[name][p]:+.3f}"
        for (name, p), at in zip(pairs, windows, strict=True)
    ]
    plots = {
        "above": (above, "The sequence; in the window its values as dots and the kernel as bars"),
        "below": (below, "The output up to this window"),
    }
    told = ("way", "place"), texts
    return report.states("Kernel times window", WORDS, controls, plots, moving, told)
