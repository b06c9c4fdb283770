"""Classes as regions of a plane.

Legend: n points (n, 2); k classes; a region is where one class has the largest probability.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinynn.errors import ArgumentError, ShapeError
from tinynn.viz.style import INK, SOFT, axes_or_new, class_colour, class_names, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Extent = tuple[float, float, float, float]

#: How much of a class's colour is left where the classifier is certain; the points on top keep all of it.
DEPTH_OF_COLOUR = 0.4


@styled
def decision_regions(
    predict: Callable[[NDArray[np.float64]], Any],
    x: ArrayLike,
    y: ArrayLike,
    *,
    extent: Extent | None = None,
    resolution: int = 400,
    classes: Sequence[str] | None = None,
    equal: bool = True,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw which class a classifier gives to every place of the plane, and the points it learned from.

    A place has the colour of its likeliest class, the paler the less certain:
    strength = (p_max - 1/k) / (1 - 1/k).

    Parameters
    ----------
    predict
        Takes places (m, 2) and gives probabilities (m, k), or class numbers (m,) for hard regions.
    x, y
        Points (n, 2) and their classes (n,).
    extent
        (left, right, bottom, top); a margin around the points without.
    resolution
        Places along each side.
    classes
        Class names for a legend; none without.
    equal
        One scale for both axes.

    Returns
    -------
    The matplotlib Axes; its first image holds the regions.

    Raises
    ------
    ShapeError
        Where points, classes or probabilities do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from tinynn import viz
    >>> ax = viz.decision_regions(lambda p: (p[:, 0] > 0).astype(int), [[-1, 0], [1, 0]], [0, 1])
    >>> ax.get_title(loc="left")
    '2 of 2 points in the region of their class'
    """
    points, labels = checked_points("decision_regions", x, y)
    if resolution < 2:
        raise ArgumentError(
            f"decision_regions: got resolution={resolution}; needed at least 2; try resolution=400"
        )
    box = around(points, square=equal) if extent is None else extent
    k = int(labels.max(initial=0)) + 1
    p = probabilities_at(predict, places(box, resolution), k)
    k = p.shape[1]
    if labels.size and not 0 <= labels.min() <= labels.max() < k:
        raise ArgumentError(
            f"decision_regions: classes run from {labels.min()} to {labels.max()} but predict gave {k}; "
            f"needed 0..{k - 1}; try one probability per class"
        )
    field = p.reshape(resolution, resolution, k)
    ax = axes_or_new(ax, 6.6, 6.4)
    ax.imshow(region_colours(field), extent=box, origin="lower", interpolation="bilinear", zorder=0)
    draw_borders(ax, field, box)
    names = class_names("decision_regions", classes, k) if classes is not None else None
    put_points(ax, points, labels, names, outline=INK)  # on a region of nearly their own colour
    ax.set(xlim=box[:2], ylim=box[2:], aspect="equal" if equal else "auto")
    quiet_axes(ax)
    right = int((probabilities_at(predict, points, k).argmax(axis=1) == labels).sum()) if len(points) else 0
    ax.set_title(f"{right} of {len(points)} points in the region of their class" if title is None else title)
    return ax


@styled
def linear_regions(
    w: ArrayLike,
    b: ArrayLike,
    points: ArrayLike,
    labels: ArrayLike,
    *,
    extent: Extent | None = None,
    classes: Sequence[str] | None = None,
    zero_lines: bool = True,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw the last hidden plane: the regions where each class of softmax(h w' + b) wins, and the points.

    All the layers before only moved the points to where straight lines can part them: these are the lines.
    Each axis has its own scale, as in `folding_strip`.

    Parameters
    ----------
    w, b
        Weights (k, 2) and biases (k,) of the last layer.
    points
        The points after the last hidden layer, (n, 2).
    labels
        Their classes (n,).
    zero_lines
        Draw x = 0 and y = 0, where a ReLU folds; not for a projection.

    Returns
    -------
    The matplotlib Axes.

    Raises
    ------
    ShapeError
        Where w is not (k, 2) or the points are not (n, 2).

    Examples
    --------
    >>> import numpy as np
    >>> from tinynn import viz
    >>> ax = viz.linear_regions(np.eye(2), np.zeros(2), [[1.0, 0.0], [0.0, 1.0]], [0, 1])
    >>> len(ax.images)
    1
    """
    weights, biases = np.asarray(w, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if weights.ndim != 2 or weights.shape[1] != 2 or biases.shape != weights.shape[:1]:
        raise ShapeError(
            f"linear_regions: w is {weights.shape} and b is {biases.shape}; needed (k, 2) and (k,); "
            f"try a net whose last hidden layer has 2 units, or a projection"
        )

    def predict(h: NDArray[np.float64]) -> NDArray[np.float64]:
        z = h @ weights.T + biases
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return np.asarray(e / e.sum(axis=1, keepdims=True))

    heading = f"The last hidden plane: {len(biases)} linear regions" if title is None else title
    ax = decision_regions(
        predict, points, labels, extent=extent, classes=classes, equal=False, ax=ax, title=heading
    )
    if zero_lines:
        zero_axes(ax)
    return ax


def checked_points(who: str, x: ArrayLike, y: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Points (n, 2) and classes (n,), or an error."""
    points, labels = np.asarray(x, dtype=np.float64), np.asarray(y)
    if points.ndim != 2 or points.shape[1] != 2 or labels.shape != points.shape[:1]:
        raise ShapeError(
            f"{who}: points are {points.shape} and classes {labels.shape}; needed (n, 2) and (n,); "
            f"try a projection onto two dimensions"
        )
    if not np.isfinite(points).all():
        raise ArgumentError(
            f"{who}: got points with NaN or infinity; needed finite ones; try training with a smaller lr"
        )
    return points, labels.astype(np.int64)


def around(points: NDArray[np.float64], margin: float = 0.12, *, square: bool = True) -> Extent:
    """A box with a margin around the points (..., 2)."""
    flat = points.reshape(-1, 2)
    if not len(flat):
        return (-1.0, 1.0, -1.0, 1.0)
    low, high = flat.min(axis=0), flat.max(axis=0)
    reach = np.full(2, (high - low).max()) if square else high - low
    half = np.where(reach > 0, (0.5 + margin) * reach, 1.0)
    (left, bottom), (right, top) = (low + high) / 2 - half, (low + high) / 2 + half
    return (float(left), float(right), float(bottom), float(top))


def places(box: Extent, resolution: int) -> NDArray[np.float64]:
    """The pixel centres of a picture of `box`, row by row from the bottom, (resolution^2, 2)."""
    left, right, bottom, top = box
    step = (np.arange(resolution) + 0.5) / resolution
    gx, gy = np.meshgrid(left + (right - left) * step, bottom + (top - bottom) * step)
    return np.stack([gx.ravel(), gy.ravel()], axis=1)


def probabilities_at(
    predict: Callable[[NDArray[np.float64]], Any], where: NDArray[Any], k: int
) -> NDArray[np.float64]:
    """What `predict` says at (m, 2), as probabilities (m, k); class numbers become certainties."""
    said = np.asarray(predict(where))
    if said.shape == (len(where),):
        whole = said.astype(np.int64)
        return np.eye(max(k, int(whole.max(initial=0)) + 1))[whole]
    if said.ndim != 2 or len(said) != len(where):
        raise ShapeError(
            f"decision_regions: predict gave {said.shape} for {len(where)} places; "
            f"needed ({len(where)}, classes) or ({len(where)},); try softmax of the net's scores"
        )
    return said.astype(np.float64)


def region_colours(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Colours (..., 3) of probabilities (..., k): the likeliest class's, white where it is a toss-up."""
    from matplotlib.colors import to_rgb

    k = p.shape[-1]
    palette = np.asarray([to_rgb(class_colour(index)) for index in range(k)])
    certainty = (p.max(axis=-1) - 1.0 / k) / (1.0 - 1.0 / k) if k > 1 else np.ones(p.shape[:-1])
    strength = DEPTH_OF_COLOUR * np.clip(certainty, 0.0, 1.0)[..., None]
    return np.asarray(1.0 - strength * (1.0 - palette[p.argmax(axis=-1)]))


def draw_borders(ax: Axes, field: NDArray[np.float64], box: Extent) -> None:
    """A thin line where the likeliest class changes: per class, where its lead over the others is zero."""
    resolution, _, k = field.shape
    left, right, bottom, top = box
    step = (np.arange(resolution) + 0.5) / resolution
    gx, gy = left + (right - left) * step, bottom + (top - bottom) * step
    for index in range(k if k > 2 else k - 1):
        lead = field[..., index] - np.delete(field, index, axis=-1).max(axis=-1)
        if lead.min() < 0 < lead.max():
            ax.contour(gx, gy, lead, levels=[0.0], colors=[INK], linewidths=0.9, zorder=1)


def put_points(
    ax: Axes,
    points: NDArray[np.float64],
    labels: NDArray[np.int64],
    names: list[str] | None = None,
    size: float = 30.0,
    outline: str = "white",
) -> Any:
    """Points in their class colours, outlined so that they stand out from what is behind them."""
    colours = [class_colour(int(label)) for label in labels]
    dots = ax.scatter(
        points[:, 0], points[:, 1], s=size, c=colours, edgecolors=outline, linewidths=size / 60, zorder=3
    )
    for index, name in enumerate(names or []):
        ax.scatter([], [], s=size, color=class_colour(index), label=name)
    if names:
        ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), handletextpad=0.2)
    return dots


def zero_axes(ax: Axes) -> None:
    """The lines x = 0 and y = 0: where a ReLU folds."""
    ax.axhline(0.0, color=INK, linewidth=1.0, zorder=2)
    ax.axvline(0.0, color=INK, linewidth=1.0, zorder=2)


def quiet_axes(ax: Axes) -> None:
    """Few ticks, no frame: the plane is the picture."""
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(4))
    ax.yaxis.set_major_locator(MaxNLocator(4))
    ax.tick_params(length=0, labelsize=10, labelcolor=SOFT)
    ax.tick_params(axis="x", pad=7)  # clear of the lowest label of y, where both stand in the corner
    for spine in ax.spines.values():
        spine.set_visible(False)
