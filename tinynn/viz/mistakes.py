"""The mistakes a classifier is surest of, with what it thought instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinynn.errors import ArgumentError
from tinynn.viz.confusion import checked_predictions
from tinynn.viz.pictures import put_picture
from tinynn.viz.style import (
    FAINT,
    INK,
    RIGHT,
    SOFT,
    WRONG,
    bare,
    class_names,
    grid_or_new,
    grid_title,
    styled,
)

#: Inches: a picture's side, the length of a bar for certainty.
PICTURE, BAR = 1.3, 0.4


@styled
def mistakes(
    images: ArrayLike,
    labels: ArrayLike,
    probabilities: ArrayLike,
    classes: Sequence[str] | None = None,
    n: int = 12,
    *,
    columns: int = 4,
    axes: Any = None,
    title: str | None = None,
) -> NDArray[Any]:
    """Draw the `n` most confident mistakes, each beside the three classes it was given most probability for.

    The bar of the actual class is blue, wherever it ranks (it replaces the third where it ranks lower); the
    others are orange.

    Parameters
    ----------
    images
        (n, h, w), (n, 1, h, w) or (n, 3, h, w).
    labels
        Actual classes (n,).
    probabilities
        (n, k).
    classes
        Class names.
    n
        How many mistakes at most.

    Returns
    -------
    A flat array of matplotlib Axes, one per mistake, most confident first; each has the picture as its first
    child axes and the bars as its second. Empty-handed (no mistakes at all) it holds one Axes that says so.

    Examples
    --------
    >>> import numpy as np
    >>> from tinynn import viz
    >>> axes = viz.mistakes(np.zeros((2, 8, 8)), [0, 1], [[0.3, 0.7], [0.2, 0.8]])
    >>> [ax.get_title(loc="left") for ax in axes]
    ['0 taken for 1']
    """
    pictures, actual, p = checked_predictions("mistakes", images, labels, probabilities)
    if n < 1:
        raise ArgumentError(f"mistakes: got n={n}; needed at least 1; try n=12")
    names = class_names("mistakes", classes, p.shape[1])
    worst = most_confident_mistakes(actual, p, n)
    width = PICTURE + BAR + 1.0 + 0.1 * max(map(len, names))
    flat = grid_or_new("mistakes", axes, max(len(worst), 1), columns, cell=(width, PICTURE + 0.5), head=0.6)
    if len(worst) == 0:
        bare(flat[0])
        flat[0].text(0.5, 0.5, "none", ha="center", va="center", color=SOFT)
    for ax, index in zip(flat, worst, strict=False):
        one_mistake(ax, pictures[index], int(actual[index]), p[index], names, width)
    total = int((p.argmax(axis=1) != actual).sum())
    heading = (
        f"The most confident of {total} mistakes in {len(actual)}; the right answer in blue"
        if total
        else f"No mistakes in {len(actual)}"
    )
    grid_title(flat, axes, heading if title is None else title)
    return flat


def most_confident_mistakes(
    actual: NDArray[np.int64], probabilities: NDArray[np.float64], n: int
) -> NDArray[np.int64]:
    """Indices of the wrong samples, by falling probability of what they were taken for."""
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != actual)
    confidence = probabilities[wrong].max(axis=1) if wrong.size else np.empty(0)
    return np.asarray(wrong[np.argsort(-confidence, kind="stable")][:n])


def shown_classes(p: NDArray[np.float64], actual: int) -> list[int]:
    """The three likeliest classes of one sample, the actual one among them in any case."""
    order = [int(index) for index in np.argsort(-p, kind="stable")[:3]]
    if actual not in order:
        order[-1] = actual
    return order


def one_mistake(
    ax: Any, picture: NDArray[Any], actual: int, p: NDArray[np.float64], names: list[str], width: float
) -> None:
    """Picture at the left, probabilities as bars beside it, all within `width` inches."""
    bare(ax)
    ax.set_title(f"{names[actual]} taken for {names[int(p.argmax())]}", pad=5, fontsize=13)
    left = ax.inset_axes((0.0, 0.0, PICTURE / width, 1.0), anchor="W")
    put_picture(left, picture)
    bare(left)
    left.spines[:].set(visible=True, color=FAINT)
    bars = ax.inset_axes(((PICTURE + 0.1) / width, 0.02, BAR / width, 0.96))
    order = shown_classes(p, actual)
    colours = [RIGHT if index == actual else WRONG for index in order]
    bars.barh(range(len(order)), [p[index] for index in order], height=0.62, color=colours)
    for place, index in enumerate(order):
        said = f"{names[index]}: {100 * p[index]:.1f} %"
        ink = RIGHT if index == actual else INK
        bars.text(p[index] + 0.1, place, said, va="center", fontsize=11, color=ink)
    bars.set(xlim=(0.0, 1.0), ylim=(2.6, -0.6))
    bare(bars)
