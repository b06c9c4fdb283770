"""Many runs that differ in their random numbers only: all of them, not their mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from tinynn.errors import ShapeError
from tinynn.viz.style import INK, axes_or_new, line_colour, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@styled
def spread(
    groups: Mapping[str, ArrayLike],
    *,
    label: str = "accuracy, %",
    factor: float = 100.0,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw every run of every group as a dot, dots of like value side by side, and the median as a bar.

    Parameters
    ----------
    groups
        Name -> one value per run.
    label
        What the values are.
    factor
        They are drawn times this: 100 for shares in per cent.

    Returns
    -------
    The matplotlib Axes: a collection of dots per group, a text with the median beside each.

    Raises
    ------
    ShapeError
        There are no groups, or a group is empty or no list of numbers.

    Examples
    --------
    >>> from tinynn import viz
    >>> len(viz.spread({"width 2": [0.5, 0.6, 0.98], "width 5": [0.99, 0.99]}).collections)
    2
    """
    if not groups:
        raise ShapeError("spread: got no groups; needed at least one name -> values")
    ax = axes_or_new(ax, max(7.0, 2.0 + 1.5 * len(groups)), 5.0)
    for place, (name, given) in enumerate(groups.items()):
        values = factor * np.asarray(given, dtype=np.float64)
        if values.ndim != 1 or not len(values):
            raise ShapeError(
                f"spread: {name!r} is {values.shape}; needed (runs,), at least one; try values.ravel()"
            )
        ax.scatter(place + beside(values), values, s=34, color=line_colour(0), alpha=0.6, linewidths=0)
        median = float(np.median(values))
        ax.plot([place - 0.38, place + 0.38], [median, median], color=INK, linewidth=2.0)
        digits = 1 if factor == 100 else 2  # of a per cent, of a number within -1..1
        ax.text(place + 0.4, median, f"{median:.{digits}f}", va="center", fontsize=11)
    ax.set_xticks(range(len(groups)), list(groups))
    ax.set(xlim=(-0.6, len(groups) - 0.2), ylabel=label)
    ax.grid(axis="y")
    ax.tick_params(axis="x", length=0)
    ax.set_title("Every run a dot, their median a bar" if title is None else title)
    return ax


@styled
def train_test(
    groups: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    label: str = "accuracy, %",
    factor: float = 100.0,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw for every group its runs on the training and on the test data side by side, medians as bars.

    Parameters
    ----------
    groups
        Name -> (train, test), one value per run in both.
    label, factor
        As in `spread`.

    Returns
    -------
    The matplotlib Axes: two collections of dots per group, and a text with the median beside each.

    Raises
    ------
    ShapeError
        There are no groups, or a group has not as many runs of one kind as of the other.

    Examples
    --------
    >>> from tinynn import viz
    >>> len(viz.train_test({"3 neurons": ([0.9, 0.92], [0.8, 0.85])}).collections)
    2
    """
    if not groups:
        raise ShapeError("train_test: got no groups; needed at least one name -> (train, test)")
    ax = axes_or_new(ax, max(7.0, 2.0 + 2.3 * len(groups)), 5.0)
    for place, (name, pair) in enumerate(groups.items()):
        runs = [factor * np.asarray(values, dtype=np.float64) for values in pair]
        if runs[0].ndim != 1 or not len(runs[0]) or runs[0].shape != runs[1].shape:
            raise ShapeError(f"train_test: {name!r} has {runs[0].shape} and {runs[1].shape}; needed (runs,)")
        for index, (values, kind) in enumerate(zip(runs, ("train", "test"), strict=True)):
            x, colour = place + (index - 0.5) * 0.46, line_colour(index)
            first: dict[str, Any] = {"label": kind} if place == 0 else {}
            ax.scatter(x + 0.5 * beside(values), values, s=20, color=colour, alpha=0.5, linewidths=0, **first)
            median = float(np.median(values))
            ax.plot([x - 0.2, x + 0.2], [median, median], color=INK, linewidth=2.0)
            ax.annotate(f"{median:.1f}", (x, median), xytext=(0, 4), textcoords="offset points", ha="center",
                        va="bottom", fontsize=11, bbox={"facecolor": "white", "alpha": 0.7, "pad": 0.5,
                                                        "edgecolor": "none"})  # fmt: skip
    ax.set_xticks(range(len(groups)), list(groups))
    ax.set(xlim=(-0.6, len(groups) - 0.4), ylabel=label)
    ax.grid(axis="y")
    ax.tick_params(axis="x", length=0)
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    ax.set_title("Every run two dots: training and test" if title is None else title)
    return ax


def beside(
    values: ArrayLike, bins: int = 40, reach: float = 0.36
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Offsets (runs,) that lay runs of like value side by side instead of over one another."""
    array = np.asarray(values, dtype=np.float64)
    width = max(float(np.ptp(array)), 1e-12) / bins
    place = np.floor((array - array.min()) / width).astype(int)
    offsets = np.zeros(len(array))
    for level in np.unique(place):
        members = np.flatnonzero(place == level)
        offsets[members] = np.arange(len(members)) - (len(members) - 1) / 2
    return offsets * min(0.07, reach / max(float(np.abs(offsets).max(initial=0.0)), 1.0))
