"""A slider over the decay of a lone neuron: its boundary, its margin, and how fast it would forget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tinynn import report
from tinynn.autograd import Array
from tinynn.experiments._lone_classifiers import forget
from tinynn.experiments._lone_neurons import scores
from tinynn.report.plots import COLOURS, LINES, plot
from tinynn.report.states import Control, Moving

WORDS = (
    "The boundary is where the score is 0, the margin reaches from -1 to +1; points at its edge, within, or "
    "on the wrong side are ringed. Decay makes w small and so the margin wide. Right: the same neuron "
    "without data, where every step only multiplies w by 1 - rate \u00b7 decay."
)
STEPS, FAR = 100, 12.0


def margin_page(
    x: Array,
    t: Array,
    ends: Mapping[str, Array],
    swept: Mapping[str, Any],
    decays: Sequence[float],
    rate: float,
) -> report.Block:
    """x (n, 2), t (n, 1) of one data set; `ends`: kind -> (decays, 3), bias first; `swept`: the medians."""
    kinds = list(ends)
    controls = [
        Control("kind", "Loss", kinds, 0, listed=True),
        Control("decay", "Regularisation", [f"decay {decay:g}" for decay in decays], len(decays) // 2 - 1),
    ]
    pairs = [(kind, i, ends[kind][i]) for kind in kinds for i in range(len(decays))]
    lines = {name: [line(theta, score) for _, _, theta in pairs] for name, score in SCORES.items()}
    fading = {
        (kind, i): forget(theta[None], x[None], t[None], decay=decays[i], rate=rate, steps=STEPS)[
            "decay, no data"
        ][:, 0]
        for kind, i, theta in pairs
    }
    by = ("kind", "decay")
    near = [x[t[:, 0] * scores(theta[None], x[None])[0] < 1 + 1e-3] for _, _, theta in pairs]
    moving = [Moving("plane", name, by, frames) for name, frames in lines.items()]
    moving += [
        Moving("plane", "near", by, [{"x": at[:, 0], "y": at[:, 1]} for at in near]),
        Moving("forgetting", "norm", by,
               [{"x": np.arange(len(norm)), "y": norm} for norm in fading.values()]),
    ]  # fmt: skip
    most = 1.05 * max(norm[0] for norm in fading.values())
    texts = [
        f"{kind}, decay {decays[i]:g}: |w| = {norm[0]:.2f}, margin {2 / norm[0]:.2f} wide, {len(at)} of "
        f"{len(x)} points ringed. Of new points {100 * swept[kind]['test_accuracy'][i]:.1f} % are right "
        f"(median of all data sets). After {STEPS} steps without data {100 * norm[-1] / norm[0]:.2g} % of w "
        "are left."
        for (kind, i, _), norm, at in zip(pairs, fading.values(), near, strict=True)
    ]
    forgetting = plot(height=430, x_label="step without data", y_label="|w|", y_range=(0, most))
    forgetting.line("x", "y", source={"x": [0.0], "y": [0.0]}, line_width=3, color=LINES[2], name="norm")
    plots = {
        "plane": (plane(x, t), "Two clouds of points, the boundary between them and its margin"),
        "forgetting": (forgetting, "The length of w over steps without data"),
    }
    return report.states("A line and its margin", WORDS, controls, plots, moving, (by, texts))


SCORES = {"boundary": 0.0, "plus": 1.0, "minus": -1.0}


def line(theta: Array, score: float) -> dict[str, list[float]]:
    """Where w x + b is `score`, across the plane."""
    b, w = theta[0], theta[1:]
    foot, along = w * (score - b) / (w @ w), np.array([-w[1], w[0]]) / np.hypot(*w)
    ends = foot + FAR * np.array([[-1.0], [1.0]]) * along
    return {"x": ends[:, 0].tolist(), "y": ends[:, 1].tolist()}


def plane(x: Array, t: Array) -> Any:
    """The points, and the lines that move."""
    low, high = x.min(0) - 0.4, x.max(0) + 0.4
    drawn = plot(height=430, x_range=(low[0], high[0]), y_range=(low[1], high[1]))
    colours = [COLOURS[int(one > 0)] for one in t[:, 0]]
    drawn.scatter(x[:, 0], x[:, 1], size=9, fill_color=colours, line_color=None)
    for name in SCORES:
        dash = "solid" if name == "boundary" else "dashed"
        drawn.line("x", "y", source={"x": [0.0], "y": [0.0]}, line_width=2.5, line_dash=dash, tags=["ink"],
                   name=name)  # fmt: skip
    drawn.scatter("x", "y", source={"x": [0.0], "y": [0.0]}, size=16, fill_color=None, line_width=2,
                  tags=["ink"], name="near")  # fmt: skip
    return drawn
