"""What happens to an answer when the picture moves, and where the detectors behind it fire.

Legend: h x w pixels; a shift is (down, right) in pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinynn.errors import ShapeError
from tinynn.viz.pictures import put_picture
from tinynn.viz.style import (
    FAINT,
    INK,
    axes_or_new,
    bare,
    class_names,
    grid_or_new,
    grid_title,
    line_colour,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@styled
def shift_accuracy(
    accuracy: ArrayLike,
    shifts: Sequence[int],
    *,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw accuracy over all shifts of a picture: 50 % is white, 100 % dark.

    Parameters
    ----------
    accuracy
        (rows, columns) within 0..1: [i, j] for the shift shifts[i] down, shifts[j] right.
    shifts
        Pixels, rising.

    Returns
    -------
    The matplotlib Axes, with one image.

    Raises
    ------
    ShapeError

    Examples
    --------
    >>> from tinynn import viz
    >>> viz.shift_accuracy([[0.5, 0.9], [1.0, 0.7]], [0, 1]).get_title(loc="left")
    'Right: 50.0 to 100.0 %'
    """
    table, places = np.asarray(accuracy, dtype=np.float64), np.asarray(shifts)
    if table.shape != (len(places), len(places)) or not table.size:
        raise ShapeError(f"shift_accuracy: the table is {table.shape}; needed ({len(places)}, {len(places)})")
    ax = axes_or_new(ax, 6.2, 5.4)
    low, high = places[0] - 0.5, places[-1] + 0.5
    image = ax.imshow(100 * table, extent=(low, high, high, low), cmap="Blues", vmin=40, vmax=100)
    ax.figure.colorbar(image, ax=ax, label="right, %", shrink=0.85)
    ax.set(xlabel="pixels to the right", ylabel="pixels down")
    ax.locator_params(integer=True)
    told = f"Right: {100 * table.min():.1f} to {100 * table.max():.1f} %"
    ax.set_title(told if title is None else title)
    return ax


@styled
def responses(
    pictures: ArrayLike,
    fired: ArrayLike,
    names: Sequence[str],
    *,
    axes: Any = None,
    title: str | None = None,
) -> NDArray[Any]:
    """Draw pictures, and a ring of its own colour where each detector fires; larger rings, stronger answers.

    Parameters
    ----------
    pictures
        (n, h, w), bright on black, within 0..1 or uint8.
    fired
        (n, detectors, h, w): 0 where a detector is silent.
    names
        Of the detectors.

    Returns
    -------
    A flat array of matplotlib Axes, one per picture; a collection of rings per detector.

    Raises
    ------
    ShapeError

    Examples
    --------
    >>> import numpy as np
    >>> from tinynn import viz
    >>> axes = viz.responses(np.eye(4)[None], np.zeros((1, 2, 4, 4)), ["one", "two"])
    >>> len(axes[0].collections)
    2
    """
    letters, maps = np.asarray(pictures), np.asarray(fired, dtype=np.float64)
    if letters.ndim != 3 or maps.ndim != 4 or maps[:, 0].shape != letters.shape:
        raise ShapeError(f"responses: the pictures are {letters.shape} and the answers {maps.shape}; "
                         "needed (n, h, w) and (n, detectors, h, w)")  # fmt: skip
    labels = class_names("responses", names, maps.shape[1])
    scale = letters / 255.0 if letters.dtype == np.uint8 else letters
    flat = grid_or_new("responses", axes, len(letters), 4, cell=(3.9, 4.0))
    strongest = maps.max(axis=(0, 2, 3), initial=1e-12)
    for ax, letter, answers in zip(flat, scale, maps, strict=True):
        put_picture(ax, 0.45 * letter)
        for index, answer in enumerate(answers):
            at = np.argwhere(answer > 0)
            sizes = 420 * answer[answer > 0] / strongest[index]
            ax.scatter(at[:, 1], at[:, 0], s=sizes, facecolors="none", linewidths=2.2,
                       edgecolors=line_colour(index), label=labels[index])  # fmt: skip
        bare(ax)
        for spine in ax.spines.values():  # the frame, in which a shift is seen
            spine.set(visible=True, color=FAINT)
    for index, label in enumerate(labels):
        flat[0].text(0.02, 0.98 - 0.075 * index, label, transform=flat[0].transAxes, va="top",
                     color=line_colour(index) if maps.shape[1] > 1 else INK)  # fmt: skip
    grid_title(flat, axes, "Where the detectors fire" if title is None else title)
    return flat
