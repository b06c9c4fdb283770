"""What many tries say of all that there could be: shares and spreads, with what is not known of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from tinynn.errors import ShapeError
from tinynn.viz.style import INK, SOFT, axes_or_new, line_colour, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@styled
def shares(
    found: Mapping[str, Sequence[float]], *, label: str = "share, %", ax: Axes | None = None, title: str = ""
) -> Axes:
    """Draw shares as bars with their intervals, and write them beside.

    Parameters
    ----------
    found
        Name -> (share, low, high) within 0..1.

    Returns
    -------
    The matplotlib Axes.

    Raises
    ------
    ShapeError
        Something other than three numbers is given for a name, or there is none.

    Examples
    --------
    >>> from tinynn import viz
    >>> ax = viz.shares({"biases 0": (0.0, 0.0, 0.007), "biases +1": (0.014, 0.007, 0.028)})
    >>> [text.get_text() for text in ax.texts]
    ['0 %', '1.4 %']
    """
    values = 100 * np.asarray(list(found.values()), np.float64)
    if values.ndim != 2 or values.shape[1] != 3:
        raise ShapeError(f"shares: got {values.shape}; needed (share, low, high) for each of some names")
    ax = axes_or_new(ax, max(7.0, 2.0 + 1.6 * len(found)), 4.8)
    places = np.arange(len(found))
    ax.bar(places, values[:, 0], 0.6, color=line_colour(0), alpha=0.75)
    reach = np.maximum(np.abs(values[:, 1:] - values[:, :1]).T, 0)
    ax.errorbar(places, values[:, 0], yerr=reach, fmt="none", ecolor=INK, capsize=7, elinewidth=1.6)
    for place, share in enumerate(values[:, 0]):
        digits = f"{share:.1f}" if share >= 0.1 else f"{share:.2f}"
        text = "0 %" if share == 0 else f"{digits} %"
        ax.annotate(text, (place, share), xytext=(7, 5), textcoords="offset points")
    ax.set_xticks(places, list(found))
    ax.set(ylabel=label, ylim=(0, 1.15 * values[:, 2].max()))
    ax.tick_params(axis="x", length=0)
    ax.grid(axis="y")
    ax.set_title(title or "Shares, and where they lie with 95 % confidence")
    return ax


@styled
def by_size(
    sizes: Sequence[int],
    spreads: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    label: str = "spread of the final loss",
    xlabel: str = "hidden units",
    ax: Axes | None = None,
    title: str = "",
) -> Axes:
    """Draw a measure of spread against the size of a net, both logarithmic, with standard errors.

    Parameters
    ----------
    sizes : (s,)
    spreads
        Name of the measure -> (values, standard errors), (s,) each.

    Returns
    -------
    The matplotlib Axes.

    Raises
    ------
    ShapeError
        Values or errors are not one for each size.

    Examples
    --------
    >>> from tinynn import viz
    >>> ax = viz.by_size([4, 16], {"standard deviation": ([0.2, 0.02], [0.01, 0.002])})
    >>> ax.get_xscale(), ax.get_yscale()
    ('log', 'log')
    """
    ax = axes_or_new(ax)
    for index, (name, (given, errors)) in enumerate(spreads.items()):
        values, reach = np.asarray(given, np.float64), np.asarray(errors, np.float64)
        if values.shape != (len(sizes),) or reach.shape != values.shape:
            raise ShapeError(
                f"by_size: {name!r} is {values.shape} and {reach.shape}; needed ({len(sizes)},), one a size"
            )
        colour = line_colour(index)
        ax.errorbar(sizes, values, yerr=reach, color=colour, marker="o", capsize=5, label=name)
    ax.set(xscale="log", yscale="log", xlabel=xlabel, ylabel=label)
    ax.set_xticks(sizes, [str(size) for size in sizes])
    ax.minorticks_off()
    ax.grid(axis="y", color=SOFT, alpha=0.25)
    ax.legend()
    ax.set_title(title or "The larger the net, the less its start decides")
    return ax
