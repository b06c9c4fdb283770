"""What a classifier takes for what.

A confusion matrix counts: row a, column p holds how many samples of class a were predicted as p. The diagonal
is right, everything else is a mistake, and the pictures behind the cells say why.

Legend: n samples, classes k; probabilities (n, k), one row per sample; the confidence of a prediction is its
probability.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinynn.errors import ArgumentError, ShapeError
from tinynn.viz.pictures import put_picture, to_pictures
from tinynn.viz.style import INK, RIGHT, SOFT, WRONG, axes_or_new, class_names, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@styled
def confusion_matrix(
    matrix: ArrayLike,
    classes: Sequence[str] | None = None,
    *,
    named: int = 5,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw a confusion matrix with its counts, and name the largest mistakes.

    The diagonal (blue) and the mistakes (orange) have a colour scale each: on one scale a good classifier's
    mistakes would all look white.

    Parameters
    ----------
    matrix
        Counts (k, k), rows actual, columns predicted.
    classes
        Class names.
    named
        How many of the largest mistakes are framed and listed at the right.

    Returns
    -------
    The matplotlib Axes.

    Raises
    ------
    ShapeError
        Where the matrix is not square.
    ArgumentError
        Where it holds anything but counts.

    Examples
    --------
    >>> from tinynn import viz
    >>> viz.confusion_matrix([[8, 2], [0, 9]], ["cat", "dog"]).get_title(loc="left")
    'Right: 17 of 19 (89.5 %)'
    """
    counts = checked_counts(matrix)
    k = len(counts)
    names = class_names("confusion_matrix", classes, k)
    longest = max(map(len, names))
    ax = axes_or_new(
        ax, 1.0 + 0.11 * longest + 0.62 * k + (1.9 + 0.15 * longest) * (named > 0), 1.5 + 0.62 * k
    )
    ax.imshow(cell_colours(counts))
    for (row, column), count in np.ndenumerate(counts):
        dark = row == column and count > 0.6 * counts.diagonal().max(initial=0)
        colour = "white" if dark else INK if count else "#b4bcc4"
        ax.text(column, row, str(count), ha="center", va="center", fontsize=11, color=colour)
    name_axes(ax, names)
    name_mistakes(ax, counts, names, named)
    total, right = int(counts.sum()), int(counts.trace())
    ax.set_title(
        f"Right: {right} of {total} ({100 * right / max(total, 1):.1f} %)" if title is None else title
    )
    return ax


def checked_counts(matrix: ArrayLike) -> NDArray[np.int64]:
    """The matrix as integers, or an error."""
    counts = np.asarray(matrix)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or counts.size == 0:
        raise ShapeError(
            f"confusion_matrix: matrix is {counts.shape}; needed (k, k); try rows actual, columns predicted"
        )
    whole = counts.astype(np.int64)
    if (whole != counts).any() or (whole < 0).any():
        raise ArgumentError(
            "confusion_matrix: got values that are no counts; needed whole numbers >= 0; try the raw counts"
        )
    return whole


def largest_mistakes(counts: NDArray[np.int64], most: int) -> list[tuple[int, int, int]]:
    """The (actual, predicted, count) of the `most` largest mistakes, largest first, without zeros."""
    off = counts.copy()
    np.fill_diagonal(off, 0)
    order = np.argsort(-off, axis=None, kind="stable")[: max(most, 0)]
    cells = [
        (int(i), int(j), int(off[i, j])) for i, j in zip(*np.unravel_index(order, off.shape), strict=True)
    ]
    return [cell for cell in cells if cell[2] > 0]


def cell_colours(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """A colour (k, k, 3) per cell: white to blue on the diagonal, white to orange elsewhere."""
    from matplotlib.colors import to_rgb

    diagonal = np.eye(len(counts), dtype=bool)
    strength = np.empty(counts.shape)
    for part in (diagonal, ~diagonal):
        strength[part] = counts[part] / max(int(counts[part].max(initial=0)), 1)
    full = np.where(diagonal[..., None], to_rgb("#2a6fb0"), to_rgb("#f58a2c"))
    return np.asarray(1.0 - strength[..., None] * (1.0 - full))


def name_mistakes(ax: Axes, counts: NDArray[np.int64], names: list[str], most: int) -> None:
    """Frame the largest mistakes and list them at the right of the matrix."""
    from matplotlib.patches import Rectangle

    found = largest_mistakes(counts, most)
    for i, j, _ in found:
        ax.add_patch(Rectangle((j - 0.47, i - 0.47), 0.94, 0.94, fill=False, edgecolor=WRONG, linewidth=2.2))
    k = len(counts)
    if found:
        ax.text(k - 0.1, 0.0, "Largest mistakes", va="center", weight="bold", color=WRONG)
    for place, (i, j, count) in enumerate(found):
        ax.text(k - 0.1, 0.55 * (place + 1), f"{names[i]} taken for {names[j]}: {count}", va="center")


def name_axes(ax: Axes, names: list[str]) -> None:
    """Rows actual, columns predicted; long names lean, so that they do not run into one another."""
    k = len(names)
    if max(map(len, names)) > 3:
        ax.set_xticks(range(k), names, rotation=40, ha="right", rotation_mode="anchor")
    else:
        ax.set_xticks(range(k), names)
    ax.set_yticks(range(k), names)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set(xlim=(-0.5, k - 0.5), ylim=(k - 0.5, -0.5), aspect="equal", xlabel="predicted", ylabel="actual")
    ax.set_anchor("W")


def checked_predictions(
    who: str, images: ArrayLike, labels: ArrayLike, probabilities: ArrayLike
) -> tuple[NDArray[Any], NDArray[np.int64], NDArray[np.float64]]:
    """Pictures, labels (n,) and probabilities (n, k) that fit one another."""
    pictures = to_pictures(who, images)
    actual = np.asarray(labels).astype(np.int64)
    p = np.asarray(probabilities, dtype=np.float64)
    if p.ndim != 2 or actual.shape != p.shape[:1] or len(pictures) != len(p):
        raise ShapeError(
            f"{who}: got {len(pictures)} images, labels {actual.shape} and probabilities {p.shape}; "
            f"needed n images, (n,) and (n, classes); try the same samples for all three"
        )
    if actual.size and not 0 <= actual.min() <= actual.max() < p.shape[1]:
        raise ArgumentError(
            f"{who}: labels run from {actual.min()} to {actual.max()} but there are {p.shape[1]} classes; "
            f"needed 0..{p.shape[1] - 1}; try probabilities with one column per class"
        )
    return pictures, actual, p


def top_samples(actual: NDArray[np.int64], probabilities: NDArray[np.float64]) -> dict[tuple[int, int], int]:
    """The index of the most confident sample of each (actual, predicted) cell that has one."""
    predicted = probabilities.argmax(axis=1)
    confidence = probabilities.max(axis=1)
    best: dict[tuple[int, int], int] = {}
    for index in np.argsort(-confidence, kind="stable"):
        best.setdefault((int(actual[index]), int(predicted[index])), int(index))
    return best


@styled
def confusion_grid(
    images: ArrayLike,
    labels: ArrayLike,
    probabilities: ArrayLike,
    classes: Sequence[str] | None = None,
    *,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw the confusion matrix in pictures: in each cell the sample the classifier was most confident about.

    Rows are actual, columns predicted classes; under each picture its confidence in per cent. An empty cell
    means that no sample was taken so.

    Parameters
    ----------
    images
        (n, h, w), (n, 1, h, w) or (n, 3, h, w).
    labels
        Actual classes (n,).
    probabilities
        (n, k).

    Returns
    -------
    The matplotlib Axes; it holds one image per cell that occurs.

    Examples
    --------
    >>> import numpy as np
    >>> from tinynn import viz
    >>> ax = viz.confusion_grid(np.zeros((3, 8, 8)), [0, 0, 1], [[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]])
    >>> len(ax.images)
    2
    """
    from matplotlib.patches import Rectangle

    pictures, actual, p = checked_predictions("confusion_grid", images, labels, probabilities)
    k = p.shape[1]
    names = class_names("confusion_grid", classes, k)
    longest = max(map(len, names))
    ax = axes_or_new(ax, 0.9 + 0.1 * longest + 0.95 * k, 1.2 + 0.06 * longest + 0.95 * k)
    for (row, column), index in sorted(top_samples(actual, p).items()):
        right = row == column
        put_picture(ax, pictures[index], (column - 0.36, column + 0.36, row + 0.26, row - 0.46))
        frame = Rectangle(
            (column - 0.36, row - 0.46),
            0.72,
            0.72,
            fill=False,
            edgecolor=RIGHT if right else WRONG,
            linewidth=1.6,
        )
        ax.add_patch(frame)
        percent = f"{100 * p[index, column]:.0f} %"
        ax.text(column, row + 0.38, percent, ha="center", va="center", fontsize=9.5, color=SOFT)
    name_axes(ax, names)
    own = "The most confident sample of every cell, its confidence under it"
    ax.set_title(own if title is None else title, wrap=True)
    return ax
