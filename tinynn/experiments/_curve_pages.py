"""Sliders over bumps, over the size of nets, and over what goes into an activation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tinynn import report
from tinynn.autograd import Array
from tinynn.experiments._activation_training import still_there
from tinynn.report.plots import LINES, plot
from tinynn.report.states import Control, Moving
from tinynn.viz.bands import quantiles


def approximation_page(
    x: Array, found: Mapping[str, Any], bumps: Sequence[int], errors: Mapping[str, Array]
) -> report.Block:
    """A slider over the number of bumps, a list of the ways to come to them."""
    ways = list(errors)
    controls = [
        Control("bumps", "Neurons", [f"{2 * k} hidden neurons, {k} bump{'s' * (k > 1)}" for k in bumps], 2),
        Control("way", "Way", ways, 0, listed=True),
    ]
    best = {way: errors[way].argmin(0) for way in ways}
    pairs = [(i, way) for i in range(len(bumps)) for way in ways]
    nets = [{"x": x, "y": found[way][i][best[way][i]]} for i, way in pairs]
    texts = [
        f"{way[0].upper()}{way[1:]}: off by {100 * errors[way][best[way][i], i]:.2f} % of the spread of the "
        f"function (root of the mean square){f', best of {len(errors[way])}' * (len(errors[way]) > 1)}."
        for i, way in pairs
    ]
    drawn = plot(height=400, x_label="x")
    drawn.line(x, found["y"], line_width=4, color=LINES[3], legend_label="the function")
    drawn.line(
        x="x",
        y="y",
        source={"x": x, "y": found["y"]},
        line_width=2.5,
        color=LINES[1],
        legend_label="the net",
        name="net",
    )
    error = plot(height=400, x_label="hidden neurons", y_label="error, % of the spread", log="xy")
    for n, way in enumerate(ways):
        error.line(
            [2 * k for k in bumps], 100 * errors[way].min(0), line_width=3, color=LINES[n], legend_label=way
        )
    error.scatter(x=[2], y=[1], size=15, fill_color=LINES[1], tags=["ink"], name="mark")
    error.legend.location = "bottom_left"
    error.xaxis.ticker = [2 * k for k in bumps]
    marks = [{"x": [2 * bumps[i]], "y": [100 * errors[way][best[way][i], i]]} for i, way in pairs]
    plots = {
        "net": (drawn, "The function and the sum of bumps"),
        "error": (error, "Error over the number of neurons"),
    }
    moving = [Moving("net", "net", ("bumps", "way"), nets), Moving("error", "mark", ("bumps", "way"), marks)]
    words = "Two steep sigmoids make a bump; a sum of bumps follows any function. By hand nothing is trained."
    return report.states("As near as one likes", words, controls, plots, moving, (("bumps", "way"), texts))


def variance_page(losses: Mapping[int, Array], spread: Sequence[float]) -> report.Block:
    """A slider over the number of hidden units: where the losses of its nets end."""
    sizes = list(losses)
    every = np.concatenate(list(losses.values()))
    edges = np.linspace(min(0.0, float(every.min())), float(np.quantile(every, 0.999)), 46)
    counts = {size: np.histogram(values, edges)[0] for size, values in losses.items()}
    drawn = plot(
        height=380,
        x_label="final loss",
        y_label="nets",
        y_range=(0, 1.05 * max(c.max() for c in counts.values())),
    )
    drawn.quad("left", "right", "top", 0, fill_color=LINES[0], line_color="white", name="nets",
               source={"left": edges[:-1], "right": edges[1:], "top": np.zeros(len(edges) - 1)})  # fmt: skip
    curve = plot(height=380, x_label="hidden units", y_label="standard deviation of the final loss", log="xy")
    curve.line(sizes, list(spread), line_width=3, color=LINES[0])
    curve.scatter(x=[sizes[0]], y=[spread[0]], size=15, fill_color=LINES[1], tags=["ink"], name="mark")
    curve.xaxis.ticker = sizes
    texts = [
        f"{size} hidden units: half of the {len(values)} nets end between {np.quantile(values, 0.25):.3f} "
        f"and {np.quantile(values, 0.75):.3f}; standard deviation {deviation:.4f}."
        for (size, values), deviation in zip(losses.items(), spread, strict=True)
    ]
    moving = [
        Moving(
            "nets",
            "nets",
            ("size",),
            [{"left": edges[:-1], "right": edges[1:], "top": c} for c in counts.values()],
        ),
        Moving(
            "spread", "mark", ("size",), [{"x": [s], "y": [d]} for s, d in zip(sizes, spread, strict=True)]
        ),
    ]
    plots = {
        "nets": (drawn, "How many nets end at which loss"),
        "spread": (curve, "The spread of the loss over the size of the net"),
    }
    words = "The same points and the same recipe; what differs from net to net is the seed alone."
    controls = [Control("size", "Size", [f"{size} hidden units" for size in sizes])]
    return report.states("Where hundreds of nets end", words, controls, plots, moving, (("size",), texts))


def slopes_page(told: Mapping[str, tuple[Array, Array]], x: Array) -> report.Block:
    """A list of activations, a slider over their input: value, slope, what a gradient keeps of itself."""
    names, places = list(told), np.linspace(0, len(x) - 1, 81).round().astype(int)
    controls = [
        Control("name", "Activation", names, 0, listed=True),
        Control("at", "Input", [f"x = {x[i]:+.2f}" for i in places], 60),
    ]
    top = max(float(np.abs(y).max()) for y, _ in told.values())
    drawn = plot(height=420, x_label="x", y_range=(-1.6, min(top, 4.2)))
    empty = {"x": x, "y": 0 * x}
    drawn.line("x", "y", source=dict(empty), line_width=4, color=LINES[0], legend_label="y", name="y")
    drawn.line(
        "x",
        "y",
        source=dict(empty),
        line_width=2.5,
        line_dash="dashed",
        color=LINES[1],
        legend_label="dy/dx",
        name="slope",
    )
    drawn.line("x", "y", source={"x": [0.0], "y": [0.0]}, line_width=2, tags=["ink"], name="tangent")
    drawn.scatter(
        "x", "y", source={"x": [0.0], "y": [0.0]}, size=13, fill_color=LINES[0], tags=["ink"], name="point"
    )
    drawn.legend.location = "top_left"
    pairs = [(name, int(i)) for name in names for i in places]
    values = [(*told[name], i) for name, i in pairs]
    tangents = [{"x": [x[i] - 1, x[i] + 1], "y": [y[i] - d[i], y[i] + d[i]]} for y, d, i in values]
    texts = [
        f"{name} at {x[i]:+.2f}: y = {y[i]:+.3f}, slope {d[i]:+.3f}. A gradient that comes back "
        f"is multiplied by {d[i]:z.3f}, in ten such layers by {small(d[i] ** 10)}."
        for (name, _), (y, d, i) in zip(pairs, values, strict=True)
    ]
    moving = [
        Moving("curve", "y", ("name",), [{"x": x, "y": y} for y, _ in told.values()]),
        Moving("curve", "slope", ("name",), [{"x": x, "y": d} for _, d in told.values()]),
        Moving("curve", "tangent", ("name", "at"), tangents),
        Moving("curve", "point", ("name", "at"), [{"x": [x[i]], "y": [y[i]]} for y, _, i in values]),
    ]
    plots = {"curve": (drawn, "The activation, its derivative, and the tangent where the slider stands")}
    words = "Where an activation is flat it lets no gradient through. The slopes are autograd's."
    return report.states(
        "What an activation lets through", words, controls, plots, moving, (("name", "at"), texts)
    )


def small(factor: float) -> str:
    """A factor that is not negative, with six digits."""
    return f"{factor:.6f}" if factor == 0 or factor >= 1e-6 else "less than 0.000001"


def death_page(
    found: Mapping[str, Sequence[Mapping[str, Any]]], rates: Sequence[float], steps: Array
) -> report.Block:
    """A slider over the learning rate: the units that answer no point, over time."""
    names = list(found)
    drawn = plot(
        height=400, x_label="step", y_label="silent units, % (median of the nets)", y_range=(-2, 102)
    )
    moving = []
    for n, name in enumerate(names):
        lines = [100 * median_net(one) for one in found[name]]
        drawn.line(
            "x",
            "y",
            source={"x": steps, "y": lines[0]},
            line_width=3,
            color=LINES[n],
            legend_label=name,
            name=f"line{n}",
        )
        moving.append(Moving("silent", f"line{n}", ("rate",), [{"x": steps, "y": line} for line in lines]))
    drawn.legend.location = "top_left"
    texts = [
        f"Rate {rate:g}, after {int(steps[-1])} steps: {'; '.join(told)}."
        for i, rate in enumerate(rates)
        for told in [[ending(name, each[i]) for name, each in found.items()]]
    ]
    plots = {"silent": (drawn, "Units that answer no point of the data, over the steps, for each activation")}
    words = (
        "A ReLU that answers no point has no gradient from any: it is dead. A leaky ReLU is only asleep. Too "
        "large a rate ends a net altogether: its numbers grow beyond all bounds, it diverges; a line stops "
        "where half of the nets have."
    )
    controls = [Control("rate", "Learning rate", [f"{rate:g}" for rate in rates], len(rates) - 2)]
    return report.states("Dead units", words, controls, plots, moving, (("rate",), texts))


def median_net(one: Mapping[str, Any]) -> Array:
    """The silent share of the median net at each check (c,): NaN, which is not drawn, once half are gone."""
    return np.asarray(quantiles(still_there(one["silent"], one["gone"]), [0.5])[0])


def ending(name: str, one: Mapping[str, Any]) -> str:
    """What became of the units of an activation, in words, of the nets that are still there."""
    there = ~one["gone"][:, -1]
    lost = f"{(~there).sum()} of {len(there)} nets"
    if 2 * there.sum() <= len(there):
        return f"{name} diverged ({lost})"
    silent, woke = (100 * np.median(part[there]) for part in (one["silent"][:, -1], one["woke"]))
    told = f"{name} {silent:.0f} % silent, {woke:.0f} % woke up again"
    return told if there.all() else f"{told} ({lost} diverged)"
