"""The plane while a net folds it, under two sliders: through the layers, and through the training.

Legend: T moments of the training; a net has L hidden layers and 2 L + 1 stages, the input first, then what
every affine map and every activation leaves. n points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from tinynn.errors import ShapeError
from tinynn.report.block import Block, choice, place, slider
from tinynn.report.plots import COLOURS, plot

BETWEEN = 40  # places of the slider between two stages
CELLS = 110  # of the pictures of regions, along each side
REACH = 1.15
NAMED = ("blue", "yellow", "red", "grey", "violet", "brown", "orange", "ochre", "slate", "cyan")  # COLOURS

LEGEND = (
    "Left: a square grid and the points, moved along; every picture has its own scale. Right: the colour is "
    "the answer that the net gives in the end, paler where it is less sure. Grey: what ReLU has put into one "
    "point, or into a few, a layer each. Where points of one colour meet that costs nothing; where colours "
    "meet, no later layer can part them."
)


def fold(nets: Sequence[Mapping[str, Any]], x: ArrayLike, labels: ArrayLike) -> Block:
    """A block: the moving plane at the left, what becomes of the input plane at the right.

    A sentence counts what a stage does: points that a ReLU layer presses onto a line or into one point, and
    how many of them cannot be right, since what lies in one place gets one answer.

    Parameters
    ----------
    nets
        Per net a mapping with name, activation ("relu" or "tanh"), steps [T], accuracy [T]; per layer, the
        scores last, weights [(T, out, in)] and biases [(T, out)]; per stage turns [(T, 2, k)] and offsets
        [(T, 2)], the affine map h -> turn h + offset onto the plane that is drawn.
    x, labels : (n, 2) and (n,)

    Raises
    ------
    ShapeError
        They do not fit one another.
    """
    points, classes = np.asarray(x, np.float64), np.asarray(labels, np.int64)
    if points.ndim != 2 or points.shape[1] != 2 or classes.shape != points.shape[:1]:
        raise ShapeError(f"fold: points are {points.shape}, labels {classes.shape}; needed (n, 2) and (n,)")
    for net in nets:
        moments, hidden = len(net["steps"]), len(net["weights"]) - 1
        if len(net["turns"]) != 2 * hidden + 1 or any(len(w) != moments for w in net["weights"]):
            raise ShapeError(f"fold: {net['name']}: {len(net['turns'])} views of {hidden} hidden layers")
    moving, plane = figures(points, classes)
    stages = 2 * (len(nets[0]["weights"]) - 1)
    longest = max(len(net["steps"]) for net in nets)
    chooser = choice("net", "Net", {str(i): net["name"] for i, net in enumerate(nets)})
    names = ["input", *(f"{kind} {n}" for n in range(1, stages // 2 + 1) for kind in ("map", "bend"))]
    buttons = "".join(f'<button type="button">{name}</button>' for name in names)
    controls = (
        f'<div class="row">{chooser}<button type="button" class="play no-print">Play</button></div>'
        + slider("stage", "Layer", stages * BETWEEN, 0)
        + f'<div class="row stages no-print" role="group" aria-label="Stages">{buttons}</div>'
        + f"<div{' hidden' * (longest == 1)}>{slider('moment', 'Training', longest - 1, longest - 1)}</div>"
    )
    told = "The plane with its grid and the points, where the layers up to the slider have put them"
    origin = "The input plane: what the net says of every place, and in grey what is lost so far"
    where = '<h3 class="where" aria-live="polite"></h3>'
    html = (
        f'{controls}<p class="told number" aria-live="polite"></p>'
        f'<div class="two"><div>{where}{place("moving", told)}</div>'
        f'<div><h3>The input plane</h3>{place("plane", origin)}</div></div><p class="note">{LEGEND}</p>'
    )
    words = (
        "A layer is a map, weights times input plus bias, which turns, stretches and shears the plane, and "
        "an activation, which bends it: ReLU presses what is negative onto the axes."
    )
    if longest > 1:
        words += " The second slider goes back in the training."
    data = {"nets": list(nets), "x": points.astype(np.float32), "labels": classes, "between": BETWEEN,
            "cells": CELLS, "reach": REACH, "colours": list(COLOURS), "named": NAMED}  # fmt: skip
    return Block("fold", "The fold", words, html, data, {"moving": moving, "plane": plane})


def figures(points: Any, classes: Any) -> tuple[Any, Any]:
    """Both planes, with everything in them that moves."""
    colours = [COLOURS[int(label) % len(COLOURS)] for label in classes]
    empty = np.zeros((CELLS, CELLS), np.uint32)
    moving = plot(square=True, x_range=(-REACH, REACH), y_range=(-REACH, REACH))
    plane = plot(square=True, x_range=(-REACH, REACH), y_range=(-REACH, REACH))
    for drawn, name in ((moving, "straight"), (plane, "regions")):
        source = {"image": [empty], "x": [-REACH], "y": [-REACH], "dw": [2 * REACH], "dh": [2 * REACH]}
        drawn.image_rgba("image", "x", "y", "dw", "dh", source=source, name=name)
        drawn.grid.grid_line_color = None
    line = {"xs": [[0.0]], "ys": [[0.0]]}
    moving.multi_line("xs", "ys", source=dict(line), color="#8ba3b8", line_width=1, name="rows")
    moving.multi_line("xs", "ys", source=dict(line), color="#c3a070", line_width=1, name="columns")
    moving.multi_line("xs", "ys", source=dict(line), color="#7b858f", line_width=2.5, name="lost_lines")
    everywhere = [0.0, np.pi / 2, np.pi, -np.pi / 2]
    moving.ray(x=[0] * 4, y=[0] * 4, length=0, angle=everywhere, tags=["ink"], name="axes")
    for drawn in (moving, plane):
        drawn.scatter("x", "y", source={"x": points[:, 0], "y": points[:, 1], "colour": colours}, size=7,
                      fill_color="colour", line_color="white", line_width=0.6, name="points")  # fmt: skip
        for axis in (*drawn.xaxis, *drawn.yaxis):
            axis.ticker.desired_num_ticks = 4
    return moving, plane
