"""An equation of matrices, drawn to scale: every number a cell, every shape written out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinynn.errors import ShapeError
from tinynn.viz.style import DIVERGING, INK, SOFT, axes_or_new, styled, text_on

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GAP, SIGN = 0.45, 0.75  # room beside a matrix, and for a sign, in cells


@styled
def matrices(
    terms: Sequence[str | tuple[str, ArrayLike]],
    *,
    digits: int = 2,
    limit: float | None = None,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw an equation: a str is a sign between, a pair (name, array) a matrix with its numbers.

    Parameters
    ----------
    terms
        Such as [("W", w), ("x", x), "+", ("b", b), "=", ("z", z)]; a vector (n,) is drawn as a column.
    digits
        After the point, of the numbers.
    limit
        What is drawn in full red (or, negative, blue); the largest number of all without.

    Returns
    -------
    The matplotlib Axes: a rectangle per number.

    Raises
    ------
    ShapeError
        An array that is no matrix or vector.

    Examples
    --------
    >>> import numpy as np
    >>> from tinynn import viz
    >>> len(viz.matrices([("2 I", 2 * np.eye(2)), ("x", [1, 2]), "=", ("y", [2, 4])]).patches)
    8
    """
    drawn = [t if isinstance(t, str) else (t[0], as_matrix(*t)) for t in terms]
    arrays = [t[1] for t in drawn if not isinstance(t, str)]
    most = limit or max((float(np.abs(a).max(initial=0.0)) for a in arrays), default=0.0) or 1.0
    rows = max((len(a) for a in arrays), default=1)
    width = sum(SIGN if isinstance(t, str) else max(t[1].shape[1], 1.15) + GAP for t in drawn)
    ax = axes_or_new(ax, 0.62 * width + 0.6, 0.52 * rows + 1.7)
    x = 0.0
    for term in drawn:
        if isinstance(term, str):
            ax.text(x + SIGN / 2 - GAP / 2, 0, term, ha="center", va="center", fontsize=18, color=INK)
            x += SIGN
        else:
            room = max(term[1].shape[1], 1.15)
            draw_matrix(ax, x + (room - term[1].shape[1]) / 2, *term, most, digits, rows)
            x += room + GAP
    ax.set(xlim=(-0.15, x), ylim=(-rows / 2 - 0.75, rows / 2 + 0.75), aspect="equal")
    ax.set_axis_off()
    ax.set_title("An equation of matrices" if title is None else title)
    return ax


def as_matrix(name: str, given: ArrayLike) -> NDArray[np.float64]:
    """(rows, columns) of a matrix, or of a vector as a column."""
    array = np.asarray(given, dtype=np.float64)
    if array.ndim not in (1, 2) or not array.size:
        raise ShapeError(f"matrices: {name!r} is {array.shape}; needed a matrix or a vector")
    return array[:, None] if array.ndim == 1 else array


def draw_matrix(ax: Any, left: float, name: str, array: NDArray[np.float64], most: float, digits: int,
                rows: int) -> None:  # fmt: skip
    """The cells of one matrix around the middle line; its name above all of them, its shape below."""
    from matplotlib import colormaps
    from matplotlib.colors import to_hex
    from matplotlib.patches import Rectangle

    n, k = array.shape
    for (i, j), value in np.ndenumerate(array):
        colour = to_hex(colormaps[DIVERGING](0.5 + 0.38 * value / most))
        corner = left + j, n / 2 - i - 1
        ax.add_patch(Rectangle(corner, 1, 1, facecolor=colour, edgecolor="white", linewidth=1.2))
        ax.text(corner[0] + 0.5, corner[1] + 0.5, f"{value:.{digits}f}", ha="center", va="center",
                fontsize=11, color=text_on(colour))  # fmt: skip
    ax.text(left + k / 2, rows / 2 + 0.18, name, ha="center", va="bottom", fontsize=14, color=INK)
    ax.text(left + k / 2, -rows / 2 - 0.18, f"{n} x {k}", ha="center", va="top", fontsize=12, color=SOFT)
