"""A hidden layer: what each unit looks for, and under it what each class makes of that, for a chosen image.

    a_j = relu(b_j + w_j . x)      score_k = c_k + sum over units of v_kj a_j

Legend: u units, k classes, n images.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinynn.errors import ShapeError
from tinynn.report.block import Block, choice, place
from tinynn.report.plots import plot


def hidden(
    w: ArrayLike,
    v: ArrayLike,
    c: ArrayLike,
    activity: ArrayLike,
    images: ArrayLike,
    labels: ArrayLike,
    classes: Sequence[str],
) -> Block:
    """A block: filters above, bars below, and how units and classes hang together for an image.

    Parameters
    ----------
    w : (u, channels, h, w)
        The weights of each unit as a picture.
    v, c : (k, u) and (k,)
        Weights and biases of the second layer.
    activity : (n, u)
        What the units say of the images.
    images, labels : (n, channels, h, w) uint8 and (n,)
    classes : k names

    Raises
    ------
    ShapeError
        They do not fit one another.
    """
    filters, second, bias = np.asarray(w, np.float64), np.asarray(v, np.float64), np.asarray(c, np.float64)
    a, pictures = np.asarray(activity, np.float64), np.asarray(images)
    u, k = len(filters), len(classes)
    if second.shape != (k, u) or bias.shape != (k,) or a.shape != (len(pictures), u):
        raise ShapeError(
            f"hidden: {u} units, v is {second.shape}, c {bias.shape}, activity {a.shape}; "
            f"needed ({k}, {u}), ({k},) and ({len(pictures)}, {u})"
        )
    of_unit = plot(height=280, x_range=list(classes), y_label="added to the score")
    of_class = plot(height=280, x_range=[str(j + 1) for j in range(u)], y_label="added to the score")
    for drawn, names in ((of_unit, list(classes)), (of_class, [str(j + 1) for j in range(u)])):
        zeros = [0.0] * len(names)
        source = {"x": names, "top": zeros, "colour": ["#3079b6"] * len(names)}
        drawn.vbar("x", 0.7, "top", fill_color="colour", line_color=None, source=source, name="bars")
        drawn.xgrid.grid_line_color = None
        drawn.xaxis.major_label_orientation = 1.0 if len(names) == k and max(map(len, classes)) > 3 else 0.0
    many = u > 20  # then the pictures are small, and the chosen one stands large beside them
    of_class.xaxis.visible = not many
    chooser = choice("class", "Class", {str(i): name for i, name in enumerate(classes)})
    units = f'<ul class="tiles units{" many" * many}"></ul>'
    units = f'<div class="beside"><div class="chosen"></div>{units}</div>' if many else units
    told = (
        "What the unit pointed at adds to the score of each class",
        "What each unit adds to the chosen class",
    )
    html = (
        '<h3>A test image</h3><ul class="tiles images"></ul>'
        f'<div class="row">{chooser}</div>'
        "<h3>The units: what each looks for; below, its weight to every class, the chosen one framed</h3>"
        f'{units}<div class="two"><div>'
        f'<h3 class="unit" aria-live="polite"></h3>{place("of_unit", told[0])}</div><div>'
        f'<h3 class="class" aria-live="polite"></h3>{place("of_class", told[1])}</div></div>'
    )
    words = (
        "A unit answers to an image as strongly as the image is like its picture, or not at all; each class "
        "weighs these answers. Choose an image and a class, point at a unit or go through them with the "
        "arrow keys. "
    )
    words += (
        "The chosen unit stands large beside the others, its weight to every class under its picture."
        if many
        else "The number under a unit is its answer."
    )
    data = {
        "classes": list(classes),
        "filters": quantised(filters),
        "shape": list(filters.shape[1:]),
        "v": second,
        "c": bias,
        "activity": a,
        "images": pictures.astype(np.uint8),
        "labels": np.asarray(labels, np.int64),
    }
    plots = {"of_unit": of_unit, "of_class": of_class}
    return Block("hidden", "The hidden layer", words, html, data, plots)


def quantised(weights: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Weights (u, ...) as bytes for a picture: 127.5 is zero, and the ends are each unit's own scale."""
    flat = weights.reshape(len(weights), -1)
    scale = np.quantile(np.abs(flat), 0.998, axis=1, keepdims=True)
    scale = np.where(scale > 0, scale, 1.0)
    return np.asarray(np.clip(np.rint(127.5 + 127.5 * flat / scale), 0, 255), np.uint8)
