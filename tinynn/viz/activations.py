"""Activations as curves, each with its derivative."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinynn.errors import ShapeError
from tinynn.viz.style import FAINT, grid_or_new, grid_title, line_colour, styled


@styled
def activation_curves(
    x: ArrayLike,
    curves: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    columns: int = 3,
    axes: Any = None,
    title: str = "",
) -> NDArray[Any]:
    """Draw activations, blue, and their derivatives, orange and dashed, one picture each.

    Parameters
    ----------
    x
        Where they were taken, (n,).
    curves
        Name -> (y (n,), dy/dx (n,)).

    Returns
    -------
    A flat array of matplotlib Axes: in each the curve, then the derivative.

    Raises
    ------
    ShapeError

    Examples
    --------
    >>> from tinynn import viz
    >>> axes = viz.activation_curves([-1, 0, 1], {"ReLU": ([0, 0, 1], [0, 0, 1])})
    >>> axes[0].get_title(loc="left")
    'ReLU'
    """
    places = np.asarray(x, dtype=np.float64)
    head = 0.5 if title else 0.0
    flat = grid_or_new("activation_curves", axes, len(curves), columns, cell=(4.3, 3.4), head=head)
    for index, (ax, (name, pair)) in enumerate(zip(flat, curves.items(), strict=True)):
        lines = [np.asarray(values, dtype=np.float64) for values in pair]
        if places.ndim != 1 or any(line.shape != places.shape for line in lines):
            shapes = [line.shape for line in lines]
            raise ShapeError(f"activation_curves: {name!r} is {shapes}; needed {places.shape} of both")
        ax.axhline(0, color=FAINT, linewidth=1.2, zorder=0)
        ax.axvline(0, color=FAINT, linewidth=1.2, zorder=0)
        ax.plot(places, lines[0], color=line_colour(0), linewidth=3, label="value")
        ax.plot(places, lines[1], color=line_colour(1), linestyle=(0, (4, 2)), label="slope")
        if index == 0:
            ax.legend(loc="upper left")
        ax.set_ylim(-1.25, 3.0)
        ax.set_title(name)
    grid_title(flat, axes, title)
    return flat
