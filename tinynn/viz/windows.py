"""What each window of a convolution has to say: its place, its score, its part of the gradient.

Legend: k numbers of a kernel, windows = places where it was used, l numbers of a sequence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinynn.errors import ShapeError
from tinynn.viz.style import DIVERGING, INK, SOFT, axes_or_new, grid_or_new, grid_title, line_colour, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@styled
def window_gradients(
    terms: Mapping[str, ArrayLike], *, axes: Any = None, title: str | None = None
) -> NDArray[Any]:
    """Draw, for each way of pooling, the gradient that came back from each window, and their sum below.

    Parameters
    ----------
    terms
        Name -> (windows, k): what the use of the kernel in each window adds to its gradient.

    Returns
    -------
    A flat array of matplotlib Axes, one per name; each holds two images, the terms and their sum.

    Raises
    ------
    ShapeError

    Examples
    --------
    >>> from tinynn import viz
    >>> len(viz.window_gradients({"max": [[0, 0], [1, 2]], "mean": [[1, 1], [1, 2]]}))
    2
    """
    tables = {name: np.asarray(given, dtype=np.float64) for name, given in terms.items()}
    shapes = {table.shape for table in tables.values()}
    if len(shapes) != 1 or len(next(iter(shapes))) != 2:
        raise ShapeError(f"window_gradients: the terms are {sorted(shapes)}; needed (windows, k), all alike")
    rows, k = next(iter(shapes))
    reach = max(max(np.abs(t).max(), np.abs(t.sum(0)).max()) for t in tables.values()) or 1.0
    cell = (0.62 * k + 1.6, 0.62 * (rows + 1.6) + 0.8)
    flat = grid_or_new("window_gradients", axes, len(tables), 2, cell=cell)
    for ax, (name, table) in zip(flat, tables.items(), strict=True):
        shown: dict[str, Any] = {"cmap": DIVERGING, "vmin": -reach, "vmax": reach, "aspect": "auto"}
        ax.imshow(table, extent=(-0.5, k - 0.5, rows - 0.5, -0.5), **shown)
        ax.imshow(table.sum(0)[None], extent=(-0.5, k - 0.5, rows + 1.0, rows), **shown)
        both = [*((i, row) for i, row in enumerate(table)), (rows + 0.5, table.sum(0))]
        for y, numbers in both:
            for x, value in enumerate(numbers):
                said = "0" if value == 0 else f"{value:.2f}"
                dark = abs(value) > 0.6 * reach
                ax.text(x, y, said, ha="center", va="center", fontsize=9, color="white" if dark else INK)
        names = [f"window {i}" for i in range(rows)]
        ax.set_yticks([*range(rows), rows + 0.5], [*names, "sum"])
        ax.set_xticks(range(k), [f"$w_{{{j}}}$" for j in range(k)])
        ax.set(xlim=(-0.5, k - 0.5), ylim=(rows + 1.0, -0.5))
        ax.tick_params(length=0)
        for spine in ax.spines.values():
            spine.set_visible(False)
        ax.set_title(name)
    grid_title(flat, axes, "What each window adds to the gradient of the kernel" if title is None else title)
    return flat


@styled
def kernels(
    found: Mapping[str, ArrayLike], true: ArrayLike, *, ax: Axes | None = None, title: str | None = None
) -> Axes:
    """Draw learned kernels beside the true one, each with mean 0 and length 1; the names say how alike.

    Parameters
    ----------
    found
        Name -> (k,).
    true
        (k,).

    Returns
    -------
    The matplotlib Axes: bars of the true kernel, a line per learned one.

    Raises
    ------
    ShapeError

    Examples
    --------
    >>> from tinynn import viz
    >>> ax = viz.kernels({"learned": [2.0, 4.0, 2.0]}, [0.0, 1.0, 0.0])
    >>> ax.get_legend().get_texts()[0].get_text()
    'learned, correlation 1.000'
    """
    wanted = unit("true", true)
    ax = axes_or_new(ax, 8.6, 5.0)
    places = np.arange(len(wanted))
    ax.bar(places, wanted, width=0.7, color=SOFT, alpha=0.35, label="planted")
    for index, (name, given) in enumerate(found.items()):
        w = unit(name, given)
        if w.shape != wanted.shape:
            raise ShapeError(f"kernels: {name!r} is {w.shape}; needed {wanted.shape}")
        ax.plot(places, w, color=line_colour(index), marker="os^D"[index % 4], markersize=8,
                label=f"{name}, correlation {w @ wanted:.3f}")  # fmt: skip
    ax.axhline(0, color=SOFT, linewidth=0.8)
    ax.set_xticks(places)
    ax.set(xlabel="place in the kernel", ylabel="weight, of length 1")
    ax.legend()
    ax.set_title("What was learned, and what was hidden" if title is None else title)
    return ax


def unit(name: str, w: ArrayLike) -> NDArray[np.float64]:
    """w without its mean, with length 1, so that the product of two is their correlation."""
    array = np.asarray(w, dtype=np.float64)
    if array.ndim != 1 or len(array) < 2:
        raise ShapeError(f"kernels: {name!r} is {array.shape}; needed (k,), k at least 2")
    array = array - array.mean()
    return np.asarray(array / (np.linalg.norm(array) or 1.0))


@styled
def detection(
    x: ArrayLike,
    score: ArrayLike,
    place: int,
    k: int,
    *,
    threshold: float | None = None,
    axes: Any = None,
    title: str | None = None,
) -> NDArray[Any]:
    """Draw a sequence with the planted motif shaded, and under it the score of the window at every place.

    Parameters
    ----------
    x
        (l,).
    score
        (l - k + 1,).
    place
        Where the motif begins; -1 for none.
    k
        Its length.
    threshold
        Drawn as a line where it is given.

    Returns
    -------
    Two matplotlib Axes.

    Raises
    ------
    ShapeError

    Examples
    --------
    >>> from tinynn import viz
    >>> len(viz.detection([0, 1, 0, 0], [0.1, 0.9, 0.0], 0, 2))
    2
    """
    signal, scores = np.asarray(x, dtype=np.float64), np.asarray(score, dtype=np.float64)
    if signal.ndim != 1 or scores.shape != (len(signal) - k + 1,):
        raise ShapeError(f"detection: x is {signal.shape} and the score {scores.shape}; "
                         f"needed a score for each of the windows of {k}")  # fmt: skip
    flat = grid_or_new("detection", axes, 2, 1, cell=(9.0, 2.4))
    top, bottom = flat
    top.plot(signal, color=INK, linewidth=1.4)
    bottom.plot(scores, color=line_colour(0), linewidth=1.8)
    best = int(scores.argmax())
    bottom.plot([best], [scores[best]], "o", color=line_colour(1), markersize=10)
    bottom.annotate(f"largest: at {best}", (best, scores[best]), xytext=(12, -4), textcoords="offset points")
    if place >= 0:
        top.axvspan(place - 0.5, place + k - 0.5, color=line_colour(1), alpha=0.2, linewidth=0)
        bottom.axvline(place, color=line_colour(1), alpha=0.35, linewidth=6)
    if threshold is not None:
        bottom.axhline(threshold, color=SOFT, linestyle="--", linewidth=1.3)
    top.set(ylabel="x", xlim=(-1, len(signal)))
    bottom.set(ylabel="score", xlabel="place", xlim=(-1, len(signal)))
    where = f"planted at {place}" if place >= 0 else "nothing planted"
    grid_title(flat, axes, f"The detector slid over the sequence: {where}" if title is None else title)
    return flat
