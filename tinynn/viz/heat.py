"""Shares as heat maps, and where the points of a narrow ReLU net are lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinynn.errors import ShapeError
from tinynn.viz.style import INK, SOFT, grid_or_new, line_colour, put_title, styled


@styled
def heat_maps(
    tables: Mapping[str, ArrayLike],
    row_names: Sequence[object],
    column_names: Sequence[object],
    *,
    rows: str = "",
    columns: str = "",
    low: float = 0.0,
    axes: Any = None,
    title: str = "Share of the nets that get 99 % of the points right, %",
) -> NDArray[Any]:
    """Draw shares as tables of squares, dark where all succeed, the number in each.

    Parameters
    ----------
    tables
        Name -> (rows, columns) of shares within 0..1.
    row_names, column_names
        What stands beside them; `rows` and `columns` say what these are.
    low
        The share that is white; 1 is darkest.

    Returns
    -------
    A flat array of matplotlib Axes, one per table.

    Raises
    ------
    ShapeError
        A table is not (rows, columns).

    Examples
    --------
    >>> from tinynn import viz
    >>> axes = viz.heat_maps({"ReLU": [[0.0, 0.1], [0.9, 1.0]]}, [2, 10], [2, 4])
    >>> [text.get_text() for text in axes[0].texts]
    ['0', '10', '90', '100']
    """
    flat = grid_or_new("heat_maps", axes, len(tables), 2, cell=(4.4, 4.0))
    for ax, (name, given) in zip(flat, tables.items(), strict=True):
        shares = 100 * np.asarray(given, np.float64)
        if shares.shape != (len(row_names), len(column_names)):
            raise ShapeError(
                f"heat_maps: {name!r} is {shares.shape}; needed {(len(row_names), len(column_names))}"
            )
        ax.imshow(shares, cmap="Blues", vmin=100 * low, vmax=100, aspect="auto")
        for (i, j), share in np.ndenumerate(shares):
            digits = 1 if 0 < share < 10 and share != round(share) else 0
            colour = "white" if share > 60 + 40 * low else INK
            ax.text(j, i, f"{share:.{digits}f}", ha="center", va="center", color=colour)
        ax.set_xticks(range(len(column_names)), [str(c) for c in column_names])
        ax.set_yticks(range(len(row_names)), [str(r) for r in row_names])
        ax.tick_params(length=0)
        ax.set(xlabel=columns, ylabel=rows, title=name)
    if axes is None:
        put_title(flat[0].figure, title)
    return flat


#: How the ways out are drawn: what the biases did in colour, what they did not in grey.
WAYS = {
    "again": ("were in the origin before", "#dde2e7"),
    "weights": ("put there by the weights alone", "#9aa5b1"),
    "several": ("by either bias", "#5b2a86"),
}


@styled
def pushed_out(fates: Mapping[str, Mapping[str, ArrayLike]], *, axes: Any = None) -> NDArray[Any]:
    """Draw, layer by layer, the share of points that ReLU puts into the origin, by what pushed them out.

    Parameters
    ----------
    fates
        Name of the nets -> what -> one share within 0..1 for each layer: "again", "weights" and "several" as
        bars, one on the other, with "unit 1", "unit 2", ... between them, and lines: "together",
        all points that some layer has put into one place, and "left", those outside the positive quadrant.

    Returns
    -------
    A flat array of matplotlib Axes, one per name.

    Raises
    ------
    ShapeError
        The shares of a net are not all there, one for each layer.

    Examples
    --------
    >>> from tinynn import viz
    >>> shares = {"again": [0.0, 0.1], "weights": [0.1, 0.0], "unit 1": [0.1, 0.2], "several": [0.0, 0.0],
    ...           "together": [0.2, 0.4], "left": [0.5, 0.5]}
    >>> [bars.get_label() for bars in viz.pushed_out({"biases 0": shares})[0].containers]
    ['were in the origin before', 'put there by the weights alone', "by unit 1's bias", 'by either bias']
    """
    flat = grid_or_new("pushed_out", axes, len(fates), 2, cell=(6.4, 3.2), head=1.3)
    for ax, (name, shares) in zip(flat, fates.items(), strict=True):
        layers = np.arange(1, np.size(shares.get("together", ())) + 1)
        base = np.zeros(len(layers))
        for key, label, colour in _ways(shares):
            values = 100 * np.asarray(shares[key], np.float64)
            if values.shape != layers.shape:
                raise ShapeError(f"pushed_out: {key!r} of {name!r} is {values.shape}; needed {layers.shape}")
            ax.bar(layers, values, 0.62, bottom=base, color=colour, label=label)
            base += values
        together = 100 * np.asarray(shares["together"], np.float64)
        ax.plot(
            layers,
            together,
            color=INK,
            marker="o",
            label="in one place with others, since this layer or before",
        )
        left = 100 * np.asarray(shares["left"], np.float64)
        ax.plot(layers, left, color=SOFT, linestyle=":", marker=".", label="on an axis or in the origin")
        ax.set(xlabel="hidden layer", ylabel="share of the points, %", title=name, ylim=(0, 100))
        ax.set_xticks(layers)
    if axes is None:
        put_title(flat[0].figure, "Points in the origin after each layer, and what put them there")
        handles, labels = flat[0].get_legend_handles_labels()
        flat[0].figure.legend(handles, labels, loc="outside lower center", ncols=3)
    return flat


def _ways(shares: Mapping[str, ArrayLike]) -> list[tuple[str, str, str]]:
    """(key, label, colour) of the bars, from below."""
    missing = [key for key in (*WAYS, "together", "left") if key not in shares]
    if missing:
        raise ShapeError(f"pushed_out: got no {missing[0]!r}; needed {', '.join((*WAYS, 'together'))}")
    units = [key for key in shares if key.startswith("unit ")]
    own = [(key, f"by {key}'s bias", line_colour(i)) for i, key in enumerate(units)]
    outer = [(key, *WAYS[key]) for key in WAYS]
    return [*outer[:2], *own, outer[2]]
