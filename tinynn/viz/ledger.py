"""A sum, entry by entry: who contributed how much; and blame against activity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from tinynn.errors import ShapeError
from tinynn.viz.style import INK, NEGATIVE, POSITIVE, SOFT, axes_or_new, class_names, line_colour, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@styled
def ledger(
    names: Sequence[str],
    contributions: ArrayLike,
    total: float,
    *,
    most: int = 12,
    label: str = "contribution",
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw a sum as its entries, each bar beginning where the one above it ended.

    Parameters
    ----------
    names
        One per contribution.
    contributions
        (r,), in the order in which they are to be drawn.
    total
        What they should add up to: a diamond, which the last bar must reach.
    most
        How many to draw by name; the others are one bar.

    Returns
    -------
    The matplotlib Axes: a bar per entry, red for what adds, blue for what takes.

    Raises
    ------
    ShapeError

    Examples
    --------
    >>> from tinynn import viz
    >>> len(viz.ledger(["a", "b", "c"], [3.0, -1.0, 0.5], 2.5, most=2).patches)
    3
    """
    values = np.asarray(contributions, dtype=np.float64)
    if values.ndim != 1 or not len(values):
        raise ShapeError(f"ledger: contributions are {values.shape}; needed (r,), at least one")
    labels = class_names("ledger", names, len(values))
    shown = values[:most]
    if len(values) > most:
        shown = np.append(shown, values[most:].sum())
        labels = [*labels[:most], f"{len(values) - most} others"]
    ax = axes_or_new(ax, 9.4, 1.8 + 0.36 * (len(shown) + 1))
    ends = np.cumsum(shown)
    rows = np.arange(len(shown))
    colours = np.where(shown >= 0, POSITIVE, NEGATIVE)
    ax.barh(rows, shown, left=ends - shown, height=0.72, color=colours, alpha=0.85)
    for row, end in zip(rows, ends, strict=True):
        ax.plot([end, end], [row - 0.36, row + 1.36], color=SOFT, linewidth=1.0, zorder=1)
    for row, value, end in zip(rows, shown, ends, strict=True):
        right = max(end, end - value)
        ax.annotate(f"{value:+.4f}", (right, row), xytext=(5, 0), textcoords="offset points", va="center",
                    fontsize=11)  # fmt: skip
    ax.plot([total], [len(shown)], "D", color=INK, markersize=9, zorder=4)
    ax.annotate(f"{total:+.4f}", (total, len(shown)), xytext=(9, 0), textcoords="offset points", va="center",
                fontweight="bold")  # fmt: skip
    ax.axvline(0, color=SOFT, linewidth=1.0, zorder=0)
    ax.set_yticks([*rows, len(shown)], [*labels, "gradient"])
    ax.set(xlabel=label, ylim=(len(shown) + 0.6, -0.6))
    ax.tick_params(axis="y", length=0)
    ax.margins(x=0.12)
    ax.spines["left"].set_visible(False)
    ax.set_title("Entry by entry to the gradient; the diamond: autograd" if title is None else title)
    return ax


@styled
def scatter(
    groups: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    slopes: Mapping[str, float] | None = None,
    x_label: str = "x",
    label: str = "y",
    size: float = 60.0,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw points of several groups, and for some of them the line through the origin that they belong to.

    Parameters
    ----------
    groups
        Name -> (x (n,), y (n,)).
    slopes
        Name -> slope of its line.

    Returns
    -------
    The matplotlib Axes: a collection per group, a line per slope.

    Raises
    ------
    ShapeError

    Examples
    --------
    >>> from tinynn import viz
    >>> len(viz.scatter({"a": ([1, 2], [2, 4])}, slopes={"a": 2.0}).lines)
    1
    """
    ax = axes_or_new(ax, 7.4, 5.2)
    for index, (name, pair) in enumerate(groups.items()):
        x, y = (np.asarray(values, dtype=np.float64) for values in pair)
        if x.ndim != 1 or x.shape != y.shape:
            raise ShapeError(f"scatter: {name!r} is {x.shape} and {y.shape}; needed (n,) of both")
        colour = line_colour(index)
        alpha = 0.9 if len(x) < 50 else 0.25
        ax.scatter(x, y, s=size, color=colour, alpha=alpha, linewidths=0, zorder=3, label=name)
        if slopes and name in slopes:
            ends = np.array([0.0, x.max(initial=0.0) * 1.05])
            ax.plot(ends, slopes[name] * ends, color=colour, linewidth=1.6, zorder=2)
    ax.set(xlabel=x_label, ylabel=label)
    ax.grid(axis="y")
    if len(groups) > 1:
        ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    ax.set_title("Points" if title is None else title)
    return ax
