"""One neuron as a classifier: its curve over one input, its line and its margin in the plane, its losses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from tinynn.errors import ShapeError
from tinynn.viz.curves import depth_colours
from tinynn.viz.style import INK, axes_or_new, class_colour, line_colour, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@styled
def neuron_curves(
    x: ArrayLike,
    t: ArrayLike,
    curves: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    x_label: str = "x",
    label: str = "probability",
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw answers of 0 or 1 over an input, and curves over it, from light (early) to dark (late).

    Parameters
    ----------
    x, t
        The points (n,), drawn a little apart.
    curves
        Name -> (places (m,), values (m,)).

    Returns
    -------
    The matplotlib Axes: a line per curve.

    Raises
    ------
    ShapeError

    Examples
    --------
    >>> from tinynn import viz
    >>> len(viz.neuron_curves([1, 2], [0, 1], {"now": ([0, 3], [0.1, 0.9])}).lines)
    1
    """
    places, answers = np.asarray(x, np.float64), np.asarray(t, np.float64)
    if places.ndim != 1 or places.shape != answers.shape:
        raise ShapeError(f"neuron_curves: x is {places.shape} and t {answers.shape}; needed (n,) of both")
    ax = axes_or_new(ax, 8.0, 5.0)
    shift = 0.03 * np.sin(2.4 * np.arange(len(places)))  # so that points of one place are seen
    colours = [class_colour(int(value > 0.5)) for value in answers]
    ax.scatter(places, answers + shift, s=30, c=colours, alpha=0.8, linewidths=0, zorder=3)
    for (name, (where, values)), colour in zip(curves.items(), depth_colours(len(curves)), strict=True):
        ax.plot(where, values, color=colour, label=name, zorder=2)
    ax.set(xlabel=x_label, ylabel=label, ylim=(-0.08, 1.08))
    ax.grid(axis="y")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    ax.set_title("What the neuron says, step by step" if title is None else title)
    return ax


@styled
def margin_lines(
    w: ArrayLike, b: float, *, support: ArrayLike | None = None, ax: Axes | None = None, level: float = 1.0
) -> Axes:
    """Draw where w x + b is 0 and where it is -level and +level, and rings around the points `support`.

    Parameters
    ----------
    w
        (2,).
    b
        The bias.
    support
        Points (s, 2) to be ringed.
    ax
        Axes whose limits are set already, of `decision_regions` for one.

    Returns
    -------
    The matplotlib Axes; the line and its two neighbours come last among its lines.

    Raises
    ------
    ShapeError

    Examples
    --------
    >>> from tinynn import viz
    >>> len(viz.margin_lines([1.0, 1.0], 0.0).lines)
    3
    """
    slope = np.asarray(w, dtype=np.float64)
    if slope.shape != (2,):
        raise ShapeError(f"margin_lines: w is {slope.shape}; needed (2,)")
    ax = axes_or_new(ax, 6.6, 6.4)
    xlim, ylim = ax.get_xlim(), ax.get_ylim()
    norm = float(np.hypot(*slope)) or 1.0
    along = np.array([-slope[1], slope[0]]) / norm
    reach = 2 * np.hypot(xlim[1] - xlim[0], ylim[1] - ylim[0])
    for value in (0.0, -level, level):
        foot = (value - b) * slope / norm**2
        ends = np.stack([foot - reach * along, foot + reach * along])
        style = {"linewidth": 2.2} if value == 0 else {"linewidth": 1.4, "linestyle": (0, (5, 3))}
        ax.plot(*ends.T, color=INK, zorder=2, **style)
    if support is not None:
        x, y = np.asarray(support, dtype=np.float64).T
        ax.scatter(x, y, s=110, facecolor="none", edgecolor=INK, linewidths=1.3, zorder=4)
    ax.set(xlim=xlim, ylim=ylim)
    return ax


@styled
def margin_losses(
    curves: Mapping[str, Any],
    margins: Mapping[str, ArrayLike],
    *,
    reach: tuple[float, float] = (-2.5, 4.0),
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw losses over the margin t (w x + b), and below them where the points of each classifier lie.

    Parameters
    ----------
    curves
        Name -> function of margins (m,) that gives losses (m,).
    margins
        Name -> margins (n,) of the training points; the names are those of the curves.

    Returns
    -------
    The matplotlib Axes: a line per curve, the margins 0 and 1, a row of dots per classifier.

    Raises
    ------
    ShapeError

    Examples
    --------
    >>> import numpy as np
    >>> from tinynn import viz
    >>> hinge = lambda m: np.maximum(0, 1 - m)
    >>> len(viz.margin_losses({"hinge": hinge}, {"hinge": [0.5, 2.0]}).lines)
    3
    """
    if set(margins) != set(curves):
        raise ShapeError(f"margin_losses: margins of {sorted(margins)}; needed those of {sorted(curves)}")
    ax = axes_or_new(ax, 7.4, 5.0)
    m = np.linspace(*reach, 261)
    for index, (name, loss) in enumerate(curves.items()):
        colour = line_colour(index)
        ax.plot(m, loss(m), color=colour, label=name)
        seen = np.clip(np.asarray(margins[name], np.float64), *reach)
        level = -0.18 - 0.2 * index
        ax.scatter(seen, np.full(len(seen), level), s=22, color=colour, alpha=0.4, linewidths=0)
    ax.axvline(0, color=INK, linewidth=1)
    ax.axvline(1, color=INK, linewidth=1, linestyle=(0, (5, 3)))
    ax.set(xlabel="margin: class times score", ylabel="loss of one point", xlim=reach)
    ax.grid(axis="y")
    ax.legend(loc="upper right")
    ax.set_title("What a point costs, and where the points are" if title is None else title)
    return ax
