"""A small net as its picture: a circle per neuron, a line per weight.

Legend: layers are counted from the input, 0; weights[l] is (n of layer l + 1, n of layer l), as in nn.Linear.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinynn.errors import ShapeError
from tinynn.viz.style import FAINT, INK, NEGATIVE, POSITIVE, axes_or_new, class_colour, styled, text_on

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RADIUS = 0.3
APART = 2.6  # layers, in units of the distance of two neurons


@styled
def network(
    sizes: Sequence[int],
    weights: Sequence[ArrayLike] | None = None,
    *,
    values: Sequence[ArrayLike] | None = None,
    blame: Sequence[ArrayLike] | None = None,
    chosen: tuple[int, int, int] | None = None,
    numbers: bool = False,
    names: Sequence[str] | None = None,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw a fully connected net: its neurons layer by layer, its weights as lines between them.

    Parameters
    ----------
    sizes
        Neurons per layer, the inputs first.
    weights
        Per layer (out, in): red lines are positive, blue negative, wide ones large. Grey lines without.
    values
        Per layer, the inputs first, (n,): written into the circles.
    blame
        Per layer (n,): written under the circles, in red.
    chosen
        (layer, out, in) of one weight, to be drawn in black.
    numbers
        Write each weight beside its line.
    names
        One per layer, written under it.

    Returns
    -------
    The matplotlib Axes: a line per weight and a circle (patch) per neuron.

    Raises
    ------
    ShapeError

    Examples
    --------
    >>> from tinynn import viz
    >>> ax = viz.network([3, 4, 2])
    >>> len(ax.patches), len(ax.lines)
    (9, 20)
    """
    shapes = [(b, a) for a, b in pairwise(sizes)]
    lines = [np.asarray(w, np.float64) for w in weights or ()]
    if weights is not None and [w.shape for w in lines] != shapes:
        raise ShapeError(f"network: weights are {[w.shape for w in lines]}; needed {shapes}")
    checked = {"values": layers_of("values", values, sizes), "blame": layers_of("blame", blame, sizes)}
    ax = axes_or_new(ax, 2.0 + 2.4 * len(sizes), 1.6 + 0.9 * max(sizes))
    places = [[(APART * layer, (n - 1) / 2 - i) for i in range(n)] for layer, n in enumerate(sizes)]
    for layer, (outs, ins) in enumerate(shapes):
        w = lines[layer] if weights is not None else None
        strongest = float(np.abs(w).max(initial=0.0)) or 1.0 if w is not None else 1.0
        for j in range(outs):
            for i in range(ins):
                one = None if w is None else float(w[j, i])
                number = 0.3 + 0.17 * (i % 2) if numbers else None
                draw_weight(ax, places[layer][i], places[layer + 1][j], one, strongest,
                            chosen == (layer, j, i), number)  # fmt: skip
    for layer, row in enumerate(places):
        for i, place in enumerate(row):
            draw_neuron(ax, place, layer, len(sizes), *(c[layer][i] if c else None for c in checked.values()))
        if names is not None:
            low = -(max(sizes) - 1) / 2 - (0.85 if blame is not None else 0.6)
            ax.text(APART * layer, low, names[layer], ha="center", va="top", color=INK)
    ax.set(xlim=(-0.6, APART * (len(sizes) - 1) + 0.6), aspect="equal")
    ax.set_ylim(-(max(sizes) - 1) / 2 - (1.2 if names else 0.6), (max(sizes) - 1) / 2 + 0.5)
    ax.set_axis_off()
    ax.set_anchor("N")  # beside another net: both begin at the top
    ax.set_title(" - ".join(map(str, sizes)) if title is None else title)
    return ax


Layers = list[NDArray[Any]]


def layers_of(what: str, given: Sequence[ArrayLike] | None, sizes: Sequence[int]) -> Layers | None:
    """A list of (n,) per layer, or None."""
    if given is None:
        return None
    arrays = [np.asarray(a, np.float64) for a in given]
    if [a.shape for a in arrays] != [(n,) for n in sizes]:
        raise ShapeError(f"network: {what} are {[a.shape for a in arrays]}; needed one number per neuron")
    return arrays


def draw_weight(ax: Any, start: Any, end: Any, weight: float | None, strongest: float, chosen: bool,
                number: float | None) -> None:  # fmt: skip
    """One line, and its number at this share of the way: not the same for all, since lines cross."""
    if weight is None:
        colour, width = "#b4bcc5", 1.4
    else:
        colour = POSITIVE if weight > 0 else NEGATIVE if weight < 0 else FAINT
        width = 0.4 + 4.2 * abs(weight) / strongest
    if chosen:
        colour, width = INK, max(width, 4.0)
    ax.plot([start[0], end[0]], [start[1], end[1]], color=colour, linewidth=width, zorder=2 if chosen else 1)
    if number is not None:
        x, y = (a + number * (b - a) for a, b in zip(start, end, strict=True))
        ax.text(x, y, f"{weight:.2f}", ha="center", va="center", fontsize=11, color=colour, zorder=3,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.2})  # fmt: skip


def draw_neuron(ax: Any, place: Any, layer: int, layers: int, value: Any, blame: Any) -> None:
    """One circle: grey for inputs, blue for hidden neurons, orange for outputs."""
    from matplotlib.patches import Circle

    colour = class_colour(3 if layer == 0 else 1 if layer == layers - 1 else 0)
    ax.add_patch(Circle(place, RADIUS, facecolor=colour, edgecolor="white", linewidth=1.5, zorder=4))
    if value is not None:
        colour = text_on(colour)
        ax.text(*place, f"{value:.2f}", ha="center", va="center", color=colour, fontsize=11, zorder=5)
    if blame is not None and layer > 0:
        ax.text(place[0], place[1] - RADIUS - 0.02, f"{blame:+.3f}", ha="center", va="top", fontsize=11,
                color=POSITIVE if blame >= 0 else NEGATIVE, zorder=5,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85})  # fmt: skip
