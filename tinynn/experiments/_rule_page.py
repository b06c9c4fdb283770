"""A slider over the learning rate: how far one step of the w-rule is from what it stands for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tinynn import report
from tinynn.autograd import Array
from tinynn.experiments._transforms import Transform, one_step, slope_of_cost
from tinynn.report.plots import LINES, plot
from tinynn.report.states import Control, Moving

ETAS = np.logspace(-4, 0, 17)
LEAST = 1e-17  # of an axis: rounding is below
WORDS = (
    "One step from the same place: u-rule and then H, against the w-rule, which goes straight ahead. A plane "
    "has nothing to miss; off the globe the error is a quarter at half the rate. Right: that step from the "
    "side."
)


def rule_page(transforms: Sequence[Transform], start: Array, x: Array, y: Array) -> report.Block:
    """One step of both rules from `start` on the data x (n, 3), y (n,), for every rate of ETAS."""
    names = {one.name.split(":")[0]: one for one in transforms}
    controls = [
        Control("eta", "Learning rate", [f"eta = {eta:.2g}" for eta in ETAS], 15),
        Control("way", "H", list(names), len(names) - 1, listed=True),
    ]
    steps = {name: [one_step(one, start, eta, x, y) for eta in ETAS] for name, one in names.items()}
    errors = {name: np.linalg.norm([a - b for a, b in rows], axis=1) for name, rows in steps.items()}
    pairs = [(i, name) for i in range(len(ETAS)) for name in names]
    by = ("eta", "way")
    views = {name: View(one, start, x, y) for name, one in names.items()}
    moving = [
        Moving("error", "mark", by, [{"x": [ETAS[i]], "y": [max(errors[n][i], LEAST)]} for i, n in pairs]),
        Moving("side", "surface", ("way",), [views[name].surface() for name in names]),
        Moving("side", "w_rule", by, [views[n].segment(steps[n][i][1]) for i, n in pairs]),
        Moving("side", "ends", by, [views[n].points(steps[n][i]) for i, n in pairs]),
    ]
    texts = [
        f"eta = {ETAS[i]:.2g}, {name}: the w-rule is off by {errors[name][i]:.2e}, "
        f"that is {errors[name][i] / ETAS[i] ** 2:.3f} eta\u00b2."
        if errors[name][i] > 1e-12
        else f"eta = {ETAS[i]:.2g}, {name}: the w-rule is off by {errors[name][i]:.0e}, rounding and no more."
        for i, name in pairs
    ]
    plots = {
        "error": (orders(errors), "Error of one step of the w-rule over the learning rate, for both H"),
        "side": (side(), "The surface from the side: the step along its tangent, and the step on it"),
    }
    return report.states("A straight step", WORDS, controls, plots, moving, (by, texts))


class View:
    """From the side: along the step of the w-rule, and upwards where H(u) leaves it."""

    def __init__(self, transform: Transform, start: Array, x: Array, y: Array) -> None:
        j, self.transform, self.start = transform.derivative(start), transform, start
        self.w = transform.value(start)
        self.du = j.T @ slope_of_cost(self.w, x, y)
        ahead = -j @ self.du
        self.ahead = ahead / np.linalg.norm(ahead)
        self.up = np.cross(j[:, 0], j[:, 1]) / np.linalg.norm(np.cross(j[:, 0], j[:, 1]))
        self.up *= 1 if self.up @ self.w >= 0 else -1

    def seen(self, w: Array) -> tuple[Array, Array]:
        """w (..., 3) as two coordinates."""
        return np.asarray((w - self.w) @ self.ahead), np.asarray((w - self.w) @ self.up)

    def surface(self) -> dict[str, Array]:
        """H(u) on the way of the u-rule, back and ahead."""
        rates = np.linspace(-0.6, 1.25 * ETAS[-1], 121)
        x, y = self.seen(self.transform.value(self.start - rates[:, None] * self.du))
        return {"x": x, "y": y}

    def segment(self, end: Array) -> dict[str, list[float]]:
        """From where both begin to where the w-rule ends."""
        x, y = self.seen(end)
        return {"x": [0.0, float(x)], "y": [0.0, float(y)]}

    def points(self, ends: Sequence[Array]) -> dict[str, Any]:
        """Both ends, and their colours."""
        x, y = self.seen(np.stack(ends))
        return {"x": x, "y": y, "colour": [LINES[0], LINES[1]]}


def orders(errors: Mapping[str, Array]) -> Any:
    drawn = plot(height=430, x_label="eta", y_label="error of one step", log="xy")
    for n, (name, error) in enumerate(errors.items()):
        drawn.line(ETAS, np.maximum(error, LEAST), line_width=3, color=LINES[n], legend_label=name)
    drawn.scatter("x", "y", source={"x": [1.0], "y": [1.0]}, size=15, fill_color=LINES[1], tags=["ink"],
                  name="mark")  # fmt: skip
    drawn.legend.location = "top_left"
    return drawn


def side() -> Any:
    drawn = plot(height=430, x_label="ahead", y_label="off the surface", square=True)
    nothing: dict[str, list[Any]] = {"x": [0.0], "y": [0.0]}
    ends = nothing | {"colour": [LINES[0]]}
    drawn.line(
        "x", "y", source=dict(nothing), line_width=3, color=LINES[3], name="surface", legend_label="H(u)"
    )
    drawn.line("x", "y", source=dict(nothing), line_width=2.5, color=LINES[1], name="w_rule",
               legend_label="w-rule")  # fmt: skip
    drawn.scatter("x", "y", source=ends, size=13, fill_color="colour", tags=["ink"],
                  name="ends")  # fmt: skip
    drawn.legend.location = "bottom_left"
    return drawn
