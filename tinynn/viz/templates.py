"""Weights as pictures: what a neuron looks for.

A neuron that sees a whole picture has one weight per pixel, so its weights *are* a picture: its score is
w . x, largest for the x that has light where w is positive and dark where w is negative. For a classifier
without hidden layers these pictures are templates of the classes.

Legend: c channels, h x w pixels, units = neurons of the first layer, classes = neurons of the second.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinynn.errors import ArgumentError, ShapeError
from tinynn.viz.pictures import colour_template, strongest, to_weights
from tinynn.viz.style import (
    DIVERGING,
    NEGATIVE,
    POSITIVE,
    SOFT,
    axes_or_new,
    bare,
    class_names,
    grid_or_new,
    grid_title,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Pictures beside one another on one projected page; more are too small to be seen.
MOST_COLUMNS = 20

#: Height of a row of bars, where a picture is 1 wide.
ROW = 0.5
BAND = "#f3f5f7"

GREY_TITLE = "Weights as pictures: red adds to the score, blue takes from it"
COLOUR_TITLE = "Weights as pictures: the colours each score answers to"
BARS_TITLE = "What each hidden unit looks for, and how each class weighs it (red for, blue against)"


@styled
def weight_templates(
    w: ArrayLike,
    shape: tuple[int, int, int] = (1, 28, 28),
    labels: Sequence[str] | None = None,
    *,
    columns: int = 5,
    shared_scale: bool = True,
    axes: Any = None,
    title: str | None = None,
) -> NDArray[Any]:
    """Draw each row of a weight matrix as a picture.

    Parameters
    ----------
    w
        Weights (units, c*h*w), one row per neuron.
    shape
        (c, h, w). One channel: red positive, blue negative, white zero. Three: the colour
        1/2 + w / (2 scale), so that middle grey is zero and a template that looks blue answers to blue.
    labels
        A name per unit, drawn over its picture; none are drawn without.
    shared_scale
        True: one scale for all pictures, so that strong and weak neurons are seen as such.
        False: each picture fills its own range.

    Returns
    -------
    A flat array of matplotlib Axes, one per unit.

    Raises
    ------
    ShapeError
        Where w does not hold pictures of `shape`, or there are fewer axes or labels than units.

    Examples
    --------
    >>> import numpy as np
    >>> from tinynn import viz
    >>> len(viz.weight_templates(np.eye(10, 784)))
    10
    """
    pictures = to_weights("weight_templates", w, shape)
    names = None if labels is None else class_names("weight_templates", labels, len(pictures))
    size = 2.0 if len(pictures) <= 20 else 1.1
    flat = grid_or_new(
        "weight_templates", axes, len(pictures), columns, cell=(size, size + 0.35 * (names is not None))
    )
    common = strongest(pictures) if shared_scale else None
    for index, (ax, picture) in enumerate(zip(flat, pictures, strict=True)):
        put_weights(ax, picture, common or strongest(picture))
        bare(ax)
        if names is not None:
            ax.set_title(names[index], loc="center", pad=4)
    grid_title(flat, axes, (GREY_TITLE if shape[0] == 1 else COLOUR_TITLE) if title is None else title)
    return flat


def put_weights(
    ax: Any, picture: NDArray[Any], scale: float, extent: tuple[float, float, float, float] | None = None
) -> Any:
    """Draw one weight picture (c, h, w); +-scale are the ends of its colours."""
    if picture.shape[0] == 3:
        return ax.imshow(colour_template(picture, scale), extent=extent)
    return ax.imshow(picture[0], cmap=DIVERGING, vmin=-scale, vmax=scale, extent=extent)


@styled
def layer_over_bars(
    w1: ArrayLike,
    w2: ArrayLike,
    shape: tuple[int, int, int] = (1, 28, 28),
    labels: Sequence[str] | None = None,
    *,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw a net with one hidden layer: what each unit looks for, and under it what each class makes of that.

    Each row of bars is one class; the bar under a picture is the weight from that hidden unit to that class,
    so a class is read from left to right as "with this one, against that one". All bars share one scale.

    Parameters
    ----------
    w1, w2
        Weights of the first layer (units, c*h*w) and the second (classes, units).
    shape
        (c, h, w) of the pictures.
    labels
        Class names.

    Returns
    -------
    The matplotlib Axes: an image per unit, a container of bars per class.

    Raises
    ------
    ShapeError
        Where w1 does not hold pictures of `shape` or w2 does not fit w1.
    ArgumentError
        For more than 20 hidden units: their pictures would be too small.

    Examples
    --------
    >>> import numpy as np
    >>> from tinynn import viz
    >>> ax = viz.layer_over_bars(np.eye(4, 784), np.ones((10, 4)))
    >>> len(ax.images), len(ax.containers)
    (4, 10)
    """
    pictures = to_weights("layer_over_bars", w1, shape)
    bars = np.asarray(w2, dtype=np.float64)
    units = len(pictures)
    if bars.ndim != 2 or bars.shape[1] != units:
        raise ShapeError(
            f"layer_over_bars: w2 is {bars.shape} but w1 has {units} units; needed (classes, {units}); "
            f"try w2.T"
        )
    if units > MOST_COLUMNS:
        raise ArgumentError(
            f"layer_over_bars: got {units} hidden units; needed at most {MOST_COLUMNS}; "
            f"try weight_templates(w1)"
        )
    names = class_names("layer_over_bars", labels, len(bars))
    ax = axes_or_new(ax, 1.15 * units + 1.2, 1.15 * (1.1 + ROW * len(bars)) + 0.7)
    scale = strongest(pictures)
    # Pictures and bars stand in one pair of axes, one unit of width per hidden unit, and so stay in line.
    for unit, picture in enumerate(pictures):
        put_weights(ax, picture, scale, (unit - 0.46, unit + 0.46, 0.04, 0.96))
    reach = float(np.abs(bars).max(initial=0.0)) or 1.0
    for row, weights in enumerate(bars):
        bar_row(ax, -(row + 0.5) * ROW, weights / reach)
    bare(ax)
    ax.set_yticks([-(row + 0.5) * ROW for row in range(len(bars))], names)
    ax.tick_params(length=0)
    ax.set(xlim=(-0.5, units - 0.5), ylim=(-ROW * len(bars) - 0.04, 1.0), aspect="equal")
    ax.set_title(BARS_TITLE if title is None else title, wrap=True)
    return ax


def bar_row(ax: Any, middle: float, weights: NDArray[Any]) -> None:
    """One class: a bar per hidden unit, red up for a weight above 0, blue down below; -1..1 fills the row."""
    places = np.arange(len(weights))
    colours = np.where(weights >= 0, POSITIVE, NEGATIVE)
    ax.axhspan(middle - 0.47 * ROW, middle + 0.47 * ROW, color=BAND, zorder=0)
    ax.bar(places, 0.47 * ROW * weights, bottom=middle, width=0.6, color=colours, zorder=2)
    ax.axhline(middle, color=SOFT, linewidth=0.8, zorder=3)
