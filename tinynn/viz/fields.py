"""Vectors that belong to the places of a plane."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinynn.errors import ShapeError
from tinynn.viz.plane import Extent
from tinynn.viz.style import INK, axes_or_new, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@styled
def arrows(
    field: Callable[[NDArray[np.float64]], ArrayLike],
    extent: Extent,
    *,
    count: int = 9,
    ax: Axes | None = None,
) -> Axes:
    """Draw a vector at each of count x count places of the plane, all on one scale.

    Parameters
    ----------
    field
        Takes places (m, 2) and gives vectors (m, 2).
    extent
        (left, right, bottom, top).

    Returns
    -------
    The matplotlib Axes; the arrows are its last collection.

    Raises
    ------
    ShapeError
        The field does not give (m, 2).

    Examples
    --------
    >>> from tinynn import viz
    >>> len(viz.arrows(lambda p: -p, (-1, 1, -1, 1)).collections)
    1
    """
    ax = axes_or_new(ax, 6.6, 6.4)
    left, right, low, high = extent
    inset = 0.5 / count
    x = left + (right - left) * np.linspace(inset, 1 - inset, count)
    y = low + (high - low) * np.linspace(inset, 1 - inset, count)
    where = np.stack(np.meshgrid(x, y), -1).reshape(-1, 2)
    vectors = np.asarray(field(where), dtype=np.float64)
    if vectors.shape != where.shape:
        raise ShapeError(f"arrows: the field gave {vectors.shape}; needed {where.shape}, a vector per place")
    longest = float(np.hypot(*vectors.T).max(initial=0.0)) or 1.0
    scale = longest / (0.95 * (right - left) / count)
    ax.quiver(*where.T, *vectors.T, angles="xy", scale_units="xy", scale=scale, color=INK, alpha=0.8,
              width=0.006, pivot="mid", zorder=5)  # fmt: skip
    return ax
