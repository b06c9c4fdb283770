"""Weight templates that show how a score comes about: product by product, row by row.

    z_k = b_k + sum over pixels of w_ki x_i

Legend: k classes, c channels, h x w pixels; n images to choose from.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import ArrayLike

from tinynn.errors import ShapeError
from tinynn.report.block import Block, place
from tinynn.report.plots import plot


def templates(
    w: ArrayLike,
    b: ArrayLike,
    images: ArrayLike,
    inputs: ArrayLike,
    labels: ArrayLike,
    classes: Sequence[str],
) -> Block:
    """A block: the templates, a choice of images, the products, and the scores as they add up.

    Parameters
    ----------
    w, b : (k, c*h*w) and (k,)
    images : (n, c, h, w) uint8
        As they are seen.
    inputs : (n, c, h, w)
        As the net gets them: scaled, normalised.
    labels : (n,)
    classes : k names

    Raises
    ------
    ShapeError
        They do not fit one another.
    """
    weights, bias = np.asarray(w, np.float32), np.asarray(b, np.float32)
    pictures, x, actual = np.asarray(images), np.asarray(inputs, np.float32), np.asarray(labels, np.int64)
    k = len(classes)
    fits = pictures.ndim == 4 and x.shape == pictures.shape and bias.shape == (k,) and len(actual) == len(x)
    if not fits or weights.shape != (k, int(np.prod(pictures.shape[1:]))):
        raise ShapeError(
            f"templates: w is {weights.shape}, b {bias.shape}, images {pictures.shape}, inputs {x.shape}; "
            f"needed ({k}, c*h*w), ({k},), (n, c, h, w) twice"
        )
    lines = plot(height=420, x_label="rows of the picture added so far", y_label="score",
                 hover=[("class", "@name"), ("score", "@last{0.00}")])  # fmt: skip
    rows = list(range(pictures.shape[2] + 1))
    source = {"xs": [rows] * k, "ys": [[0.0] * len(rows)] * k, "name": list(classes), "last": [0.0] * k,
              "colour": ["#8d97a1"] * k, "width": [1.5] * k}  # fmt: skip
    lines.multi_line("xs", "ys", line_color="colour", line_width="width", source=source, name="lines")
    words = (
        "Without a hidden layer the score of a class is its bias plus a sum of products, weight times pixel. "
        "Choose a test image, then point at a template: red products speak for the class, blue ones against."
    )
    data = {
        "classes": list(classes),
        "w": weights,
        "b": bias,
        "shape": list(pictures.shape[1:]),
        "images": pictures.astype(np.uint8),
        "inputs": x,
        "labels": actual,
        "scores": (x.reshape(len(x), -1).astype(np.float64) @ weights.T.astype(np.float64) + bias),
    }
    alt = "Lines: the score of every class as the rows of the picture are added, from the top"
    html = f"""<h3>A test image</h3><ul class="tiles images"></ul>
<h3>A template</h3><ul class="tiles units"></ul>
<h3 class="told" aria-live="polite"></h3>
<div class="two"><div><div class="row three">
{canvas("weights", "weights")}<span>&times;</span>{canvas("image", "pixels")}<span>=</span>
{canvas("products", "products", "products, pixel by pixel: arrow keys")}</div>
<p class="note pixel" aria-live="polite">Point at a product for its numbers, or go there by arrow keys.</p>
<table class="rows scores"><thead><tr><th>class</th><th class="right">score</th>
<th class="right">probability</th></tr></thead><tbody></tbody></table></div>
<div>{place("lines", alt)}</div></div>"""
    return Block("templates", "How a score adds up", words, html, data, {"lines": lines})


def canvas(name: str, told: str, spoken: str = "") -> str:
    """A picture with its caption, and with another text for those who do not see it."""
    return (
        f'<figure><canvas class="large {name}" role="img" aria-label="{escape(spoken or told)}"></canvas>'
        f"<figcaption>{escape(told)}</figcaption></figure>"
    )
