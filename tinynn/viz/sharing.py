"""One parameter used in many places: copies go forward, their gradients come back and are added.

Legend: u parameters; uses are the places (weights) where one of them is used; a term is the gradient that
came back from one use.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from tinynn.errors import ShapeError
from tinynn.viz.style import (
    INK,
    NEGATIVE,
    POSITIVE,
    SOFT,
    axes_or_new,
    class_colour,
    class_names,
    styled,
    text_on,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@styled
def y_branch(
    index_map: ArrayLike,
    u: ArrayLike,
    terms: ArrayLike,
    *,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw which weights each parameter feeds, with the values that go forward and the gradients that return.

    Parameters
    ----------
    index_map
        Which u each weight is, (weights,).
    u
        The values (parameters,).
    terms
        dC/dw at each use (weights,).

    Returns
    -------
    The matplotlib Axes: two lines (forward, backward) per weight.

    Raises
    ------
    ShapeError

    Examples
    --------
    >>> from tinynn import viz
    >>> len(viz.y_branch([0, 0, 1], [2.0, 3.0], [0.1, 0.2, 0.3]).patches)
    6
    """
    index, values, back = np.asarray(index_map), np.asarray(u), np.asarray(terms)
    if index.ndim != 1 or back.shape != index.shape or values.shape != (int(index.max(initial=-1)) + 1,):
        raise ShapeError(
            f"y_branch: the map is {index.shape}, u {values.shape} and the terms {back.shape}; "
            "needed one term per weight, and as many u as the map names"
        )
    ax = axes_or_new(ax, 8.6, 1.2 + 1.15 * len(index))
    for i, k in enumerate(index):
        where = float(np.flatnonzero(index == k).mean())
        arrow(ax, (0.25, -where + 0.04), (2.7, -i + 0.07), INK)
        arrow(ax, (2.7, -i - 0.07), (0.25, -where - 0.04), POSITIVE)
        ax.text(3.05, -i + 0.02, f"$w_{i + 1}$ = {values[k]:.3g}", va="bottom", color=INK)
        ax.text(3.05, -i - 0.02, f"$dC/dw_{i + 1}$ = {back[i]:+.3f}", va="top", color=POSITIVE)
    for k in range(len(values)):
        mine = np.flatnonzero(index == k)
        where = -float(mine.mean())
        colour = class_colour(k)
        ax.plot([0], [where], "o", markersize=34, color=colour, zorder=5)
        ax.text(0, where, f"$u_{k + 1}$", ha="center", va="center", color=text_on(colour), fontsize=15,
                zorder=6)  # fmt: skip
        sum_ = " ".join(f"{'+' if t >= 0 else '-'} {abs(t):.3f}" for t in back[mine]).removeprefix("+ ")
        ax.text(-0.35, where + 0.02, f"$u_{k + 1}$ = {values[k]:.3g}", ha="right", va="bottom", color=INK)
        ax.text(-0.35, where - 0.02, f"$dC/du_{k + 1}$ = {sum_}\n= {back[mine].sum():+.3f}", ha="right",
                va="top", color=POSITIVE)  # fmt: skip
    ax.set(xlim=(-2.7, 4.6), ylim=(-len(index) + 0.3, 0.6))
    ax.set_axis_off()
    ax.set_title("Forward a copy, backward a sum" if title is None else title)
    return ax


def arrow(ax: Any, start: tuple[float, float], end: tuple[float, float], colour: str) -> None:
    from matplotlib.patches import FancyArrowPatch

    ax.add_patch(
        FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=14, color=colour, linewidth=1.6)
    )


@styled
def gradient_terms(
    terms: Sequence[ArrayLike],
    totals: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw a gradient as the sum it is: each term a bar that begins where the one before ended.

    Parameters
    ----------
    terms
        For each parameter the terms from its uses, in their order.
    totals
        What autograd says the gradient is (parameters,): a diamond, which the last bar must reach.
    names
        Of the parameters.

    Returns
    -------
    The matplotlib Axes: a bar per term, red for what adds, blue for what takes.

    Raises
    ------
    ShapeError

    Examples
    --------
    >>> from tinynn import viz
    >>> len(viz.gradient_terms([[1.0, -0.4], [0.3, 0.3]], [0.6, 0.6]).patches)
    4
    """
    goal = np.asarray(totals, dtype=np.float64)
    if goal.shape != (len(terms),) or not len(terms):
        raise ShapeError(f"gradient_terms: got {len(terms)} lists and totals {goal.shape}; needed as many")
    labels = class_names("gradient_terms", names, len(terms))
    ax = axes_or_new(ax, 8.6, 5.0)
    place, ticks = 0.0, []
    for given, total in zip(terms, goal, strict=True):
        values = np.asarray(given, dtype=np.float64)
        ends = np.cumsum(values)
        x = place + np.arange(len(values))
        colours = np.where(values >= 0, POSITIVE, NEGATIVE)
        ax.bar(x, values, bottom=ends - values, width=0.8, color=colours, alpha=0.85)
        for left, end in zip(x, ends, strict=True):
            ax.plot([left - 0.4, left + 1.4], [end, end], color=SOFT, linewidth=1.0, zorder=1)
        place = x[-1] + 1
        ax.plot([place], [total], "D", color=INK, markersize=10, zorder=4)
        ax.annotate(f"{total:+.3f}", (place, total), xytext=(10, 0), textcoords="offset points", va="center")
        ticks.append((x[0] + place) / 2)
        place += 2.0
    ax.axhline(0, color=SOFT, linewidth=1.0)
    ax.set_xticks(ticks, labels)
    ax.set(ylabel="gradient", xlim=(-0.9, place - 0.6))
    ax.tick_params(axis="x", length=0)
    ax.set_title("A bar for each use; diamonds: autograd" if title is None else title)
    return ax


@styled
def index_map(map_: ArrayLike, *, ax: Axes | None = None, title: str | None = None) -> Axes:
    """Draw which parameter each place of a weight matrix is: one colour per parameter, white for none.

    Parameters
    ----------
    map_
        (outputs, inputs) of integers; -1 where there is no connection.

    Returns
    -------
    The matplotlib Axes: one text per place that is used.

    Raises
    ------
    ShapeError

    Examples
    --------
    >>> from tinynn import viz
    >>> len(viz.index_map([[0, 1, -1], [-1, 0, 1]]).texts)
    4
    """
    from matplotlib.colors import to_rgb

    places = np.asarray(map_)
    if places.ndim != 2 or not places.size:
        raise ShapeError(f"index_map: the map is {places.shape}; needed (outputs, inputs)")
    n, k = places.shape
    ax = axes_or_new(ax, 1.4 + 0.62 * k, 1.3 + 0.62 * n)
    picture = np.ones((n, k, 3))
    for row, column in np.argwhere(places >= 0):
        which = int(places[row, column])
        colour = class_colour(which)
        picture[row, column] = to_rgb(colour)
        ax.text(column, row, f"$u_{{{which + 1}}}$", ha="center", va="center", color=text_on(colour),
                fontsize=13)  # fmt: skip
    ax.imshow(picture)
    ax.set_xticks(np.arange(k + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(n + 1) - 0.5, minor=True)
    ax.grid(which="minor", linewidth=1.0)
    ax.tick_params(which="both", length=0)
    ax.set_xticks(range(k), [f"$x_{{{i + 1}}}$" for i in range(k)])
    ax.set_yticks(range(n), [f"$y_{{{i + 1}}}$" for i in range(n)])
    ax.set_title("Which parameter each weight is" if title is None else title, wrap=True)
    return ax
