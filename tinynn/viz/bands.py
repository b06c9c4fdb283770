"""Many runs as one line: the median of all, in a band that holds half or four fifths of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinynn.errors import ArgumentError, ShapeError
from tinynn.viz.curves import name_line_ends
from tinynn.viz.style import axes_or_new, line_colour, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@styled
def bands(
    lines: Mapping[str, ArrayLike],
    x: ArrayLike | None = None,
    *,
    label: str = "value",
    x_label: str = "step",
    log: str = "",
    share: float = 0.8,
    ends: bool | None = None,
    legend: Any = "best",
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw the median over runs as a line, and the middle `share` of the runs as a band around it.

    Parameters
    ----------
    lines
        Name -> (runs, points), or (points,) where there is one run. NaN (a run that stopped) is left out, and
        where all have stopped the line ends.
    x
        Where they were measured, (points,); 0, 1, 2, ... without.
    label, x_label
        What the values are, and what x is.
    log
        Axes that are logarithmic: "", "x", "y" or "xy".
    share
        How many of the runs the band holds, within 0..1.
    ends
        Names at the line ends; else in a legend. By default at the ends where y is linear.
    legend
        Where it stands, as matplotlib has it. To look for the best place takes long where points are many.

    Returns
    -------
    The matplotlib Axes, one line per name.

    Raises
    ------
    ShapeError
        A line has not as many points as x.
    ArgumentError

    Examples
    --------
    >>> from tinynn import viz
    >>> ax = viz.bands({"loss": [[3.0, 2.0], [1.0, 0.5], [2.0, 1.0]]})
    >>> ax.lines[0].get_ydata().tolist()
    [2.0, 1.0]
    """
    if log not in ("", "x", "y", "xy") or not 0 <= share <= 1:
        raise ArgumentError(f"bands: got log={log!r}, share={share}; needed '', 'x', 'y' or 'xy', and 0..1")
    ax = axes_or_new(ax)
    places: NDArray[Any] = np.zeros(0)
    for index, (name, given) in enumerate(lines.items()):
        runs = np.atleast_2d(np.asarray(given, dtype=np.float64))
        places = np.arange(runs.shape[-1]) if x is None else np.asarray(x, dtype=np.float64)
        if runs.ndim != 2 or places.shape != runs.shape[1:] or not runs.size:
            raise ShapeError(f"bands: {name!r} is {runs.shape}; needed (runs, {len(places)})")
        low, middle, high = quantiles(runs, [(1 - share) / 2, 0.5, (1 + share) / 2])
        colour = line_colour(index)
        mark = "o" if len(places) <= 16 else ""
        ax.plot(places, middle, color=colour, marker=mark, markersize=5, label=name, zorder=3)
        if len(runs) > 1:
            ax.fill_between(places, low, high, color=colour, alpha=0.18, linewidth=0)
    ax.set(xlabel=x_label, ylabel=label)
    if "x" in log:
        ax.set_xscale("log")
        name_ticks(ax, places)
    if "y" in log:
        ax.set_yscale("log")
    ax.grid(axis="y")
    if "y" not in log if ends is None else ends:
        name_line_ends(ax)
    elif len(lines) > 1:
        ax.legend(loc=legend)
    ax.set_title("Median of all runs, and a band that holds most" if title is None else title)
    return ax


def quantiles(runs: NDArray[np.float64], shares: list[float]) -> NDArray[np.float64]:
    """(shares, points) over what is not NaN; NaN where no run has a value."""
    found = np.full((len(shares), runs.shape[1]), np.nan)
    there = ~np.isnan(runs).all(0)
    found[:, there] = np.nanquantile(runs[:, there], shares, axis=0)
    return found


def name_ticks(ax: Axes, places: NDArray[Any]) -> None:
    """A few whole numbers on a logarithmic axis are written out: 3 says more than a tick between powers."""
    if len(places) <= 10 and (places == places.round()).all():
        ax.set_xticks(places, [f"{place:g}" for place in places])
        ax.set_xticks([], minor=True)
