"""Sliders over what a hypernetwork is told: the weights that H computes, and what G says with them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn import nn, report
from tinynn.autograd import Array, no_grad
from tinynn.report.plots import COLOURS, LINES, plot
from tinynn.report.states import Control, Moving

PLACES = np.linspace(-1, 1, 21)  # of a slider, in the plane
ANGLES, CELLS, FAR = 48, 80, 4.0
NAMES = ["w1", "w2", "b"]


def per_input_page(g: nn.HyperLinear, x: Array, label: Array) -> report.Block:
    """Two sliders over a point of the plane; x (n, 2), label (n,) are new points, 0 or 1."""
    controls = [Control(name, name, [f"{name} = {at:+.1f}" for at in PLACES], start)
                for name, start in (("x1", 16), ("x2", 7))]  # fmt: skip
    points = np.stack(np.meshgrid(PLACES, PLACES, indexing="ij"), -1).reshape(-1, 2).astype("float32")
    thetas, scores = weights(g, points), said(g, points)
    by = ("x1", "x2")
    step = (2 * np.arange(CELLS) + 1) / CELLS - 1
    grid = np.stack(np.meshgrid(step, step), -1).reshape(-1, 2).astype("float32")
    bytes_ = np.rint(255 / (1 + np.exp(-said(g, grid)))).astype(np.uint8).reshape(CELLS, CELLS)
    moving = [
        Moving("plane", "regions", (), [{"image": bytes_}]),
        Moving("plane", "line", by, [line(theta) for theta in thetas]),
        Moving("plane", "here", by, [{"x": p[:1], "y": p[1:]} for p in points]),
        Moving("weights", "bars", by, [{"x": NAMES, "y": theta} for theta in thetas]),
    ]
    texts = [
        f"At ({p[0]:+.1f}, {p[1]:+.1f}) H gives {numbers(theta)}; G answers {score:+.2f}, so x1 x2 "
        f"{'> 0' if score > 0 else '< 0'}{verdict(float(p[0]) * float(p[1]), float(score))}."
        for p, theta, score in zip(points, thetas, scores, strict=True)
    ]
    plots = {
        "plane": (
            plane(x, label, True),
            "The plane as G takes it, the point of the sliders and the line of G there",
        ),
        "weights": (bars(thetas), "The two weights and the bias that H gives to G"),
    }
    words = "Is x1 x2 > 0? No line can say. But H gives every place a line of its own, and G answers by that."
    return report.states("A neuron for every place", words, controls, plots, moving, (by, texts))


def per_task_page(g: nn.HyperLinear) -> report.Block:
    """A slider over the angle that H is told: the line that G draws, and the one that was asked for."""
    angle = 2 * np.pi * np.arange(ANGLES) / ANGLES
    told = np.stack([np.cos(angle), np.sin(angle)], 1).astype("float32")
    thetas = weights(g, told)
    degrees = [f"{round(360 * i / ANGLES, 1):g}\u00b0" for i in range(ANGLES)]
    controls = [Control("angle", "Angle a", degrees, 5)]
    drawn = plane(np.zeros((0, 2)), np.zeros(0, int), False)
    drawn.line("x", "y", source={"x": [0.0], "y": [0.0]}, line_width=2, line_dash="dashed", color=LINES[1],
               legend_label="asked for", name="wanted")  # fmt: skip
    off = np.abs(np.angle((thetas[:, 0] + 1j * thetas[:, 1]) * np.exp(-1j * angle)))
    moving = [
        Moving("plane", "line", ("angle",), [line(theta) for theta in thetas]),
        Moving("plane", "here", ("angle",), [{"x": t[:1], "y": t[1:]} for t in told]),
        Moving("plane", "wanted", ("angle",), [line(np.array([*t, 0.0])) for t in told]),
        Moving("weights", "bars", ("angle",), [{"x": NAMES, "y": theta} for theta in thetas]),
    ]
    texts = [
        f"Told a = {degree}, H gives {numbers(theta)}; the line of G is off by {np.degrees(error):.1f}\u00b0."
        for degree, theta, error in zip(degrees, thetas, off, strict=True)
    ]
    plots = {
        "plane": (drawn, "The line that was asked for, the line that G draws, and the direction a"),
        "weights": (bars(thetas), "The two weights and the bias that H gives to G"),
    }
    words = (
        "On which side of a line through the origin? H sees the angle alone, and sends out the weights of G."
    )
    return report.states("A neuron for every task", words, controls, plots, moving, (("angle",), texts))


def weights(g: nn.HyperLinear, told: Array) -> Array:
    """(w1, w2, b) of G for every row of what H is told, (n, 3)."""
    with no_grad():
        w, b = (np.asarray(part, np.float64).reshape(len(told), -1) for part in g.weights(told))
    return np.concatenate([w, b], 1)


def said(g: nn.HyperLinear, x: Array) -> Array:
    with no_grad():
        return np.asarray(g(x), np.float64)[:, 0]


def numbers(theta: Array) -> str:
    return ", ".join(f"{name} = {value:+.2f}" for name, value in zip(NAMES, theta, strict=True))


def verdict(product: float, score: float) -> str:
    if abs(product) < 1e-6:
        return " (it is 0)"
    return ": right" if (product > 0) == (score > 0) else ": wrong"


def line(theta: Array) -> dict[str, list[float]]:
    """Where w x + b is 0, across the plane."""
    w, b = theta[:2], theta[2]
    size = np.hypot(*w)
    if size < 1e-9:
        return {"x": [0.0, 0.0], "y": [0.0, 0.0]}
    ends = -w * b / size**2 + FAR * np.array([[-1.0], [1.0]]) * np.array([-w[1], w[0]]) / size
    return {"x": ends[:, 0].tolist(), "y": ends[:, 1].tolist()}


def plane(x: Array, label: Array, image: bool) -> Any:
    """The square -1..1 (a little more without an image) with points, a line and a place that move."""
    edge = 1.0 if image else 1.2
    drawn = plot(height=430, x_label="x1", y_label="x2", x_range=(-edge, edge), y_range=(-edge, edge))
    if image:
        empty = {
            "image": [np.zeros((CELLS, CELLS), np.uint32)],
            "x": [-1.0],
            "y": [-1.0],
            "dw": [2.0],
            "dh": [2.0],
        }
        drawn.image_rgba("image", "x", "y", "dw", "dh", source=empty, name="regions")
        drawn.scatter(x[:, 0], x[:, 1], size=7, fill_color=[COLOURS[k] for k in label], line_color="white")
    nothing = {"x": [0.0], "y": [0.0]}
    drawn.line(
        "x", "y", source=dict(nothing), line_width=3, tags=["ink"], legend_label="line of G", name="line"
    )
    drawn.scatter("x", "y", source=dict(nothing), size=16, fill_color=LINES[2], tags=["ink"], name="here")
    drawn.legend.location = "bottom_left"
    return drawn


def bars(thetas: Array) -> Any:
    top = 1.1 * float(np.abs(thetas).max())
    drawn = plot(height=430, y_label="given by H", x_range=NAMES, y_range=(-top, top))
    drawn.vbar(
        "x", 0.5, "y", source={"x": NAMES, "y": [0.0] * 3}, fill_color=LINES[0], line_color=None, name="bars"
    )
    return drawn
