"""A cost as a landscape of two parameters, with the way down; and the coefficients where it ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinynn.errors import ShapeError
from tinynn.viz.plane import Extent
from tinynn.viz.spread import beside
from tinynn.viz.style import INK, axes_or_new, line_colour, new_figure, styled
from tinynn.viz.transform import COST_COLOURS, draw_path, path_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@styled
def landscape(
    cost: Callable[[NDArray[np.float64]], ArrayLike],
    paths: Mapping[str, ArrayLike],
    extent: Extent,
    *,
    labels: tuple[str, str, str] = ("$u_1$", "$u_2$", "cost"),
    view: tuple[float, float] = (32.0, -60.0),
    resolution: int = 49,
    ax: Any = None,
    title: str | None = None,
) -> Any:
    """Draw a cost of two parameters as a surface over their plane, and paths on it.

    Parameters
    ----------
    cost
        Takes places (m, 2) and gives their costs (m,).
    paths
        Name -> (steps, 2).
    extent
        (left, right, bottom, top).
    labels
        Names of the three axes.
    view
        Degrees above the ground and around the vertical.
    ax
        Axes with projection="3d".

    Returns
    -------
    The matplotlib Axes3D: the surface, and a line per path.

    Raises
    ------
    ShapeError
        Where a path is not (steps, 2).

    Examples
    --------
    >>> from tinynn import viz
    >>> ax = viz.landscape(lambda u: (u**2).sum(1), {"down": [[1, 1], [0, 0]]}, (-1, 1, -1, 1))
    >>> len(ax.lines)
    1
    """
    checked = {name: path_of("landscape", name, path, 2) for name, path in paths.items()}
    if ax is None:
        ax = new_figure(7.0, 6.0).add_subplot(projection="3d")
    grid = np.meshgrid(np.linspace(*extent[:2], resolution), np.linspace(*extent[2:], resolution))
    places = np.stack(grid, -1).reshape(-1, 2)
    height = np.asarray(cost(places), dtype=np.float64).reshape(grid[0].shape)
    ax.computed_zorder = False  # the paths lie on the surface: drawn after it, they are not swallowed
    ax.plot_surface(*grid, height, cmap=COST_COLOURS, alpha=0.75, linewidth=0.25, edgecolor="white",
                    rstride=2, cstride=2, zorder=1)  # fmt: skip
    for index, (name, path) in enumerate(checked.items()):
        draw_path(ax, np.column_stack([path, np.asarray(cost(path))]), name, index)
    ax.set(xlabel=labels[0], ylabel=labels[1])
    ax.set_zlabel(labels[2])
    ax.view_init(*view)
    ax.tick_params(labelsize=9)
    ax.locator_params(nbins=5)
    ax.set_title("The cost as a landscape" if title is None else title)
    return ax


@styled
def coefficients(
    names: Sequence[str],
    found: ArrayLike,
    reference: ArrayLike,
    truth: ArrayLike | None = None,
    *,
    reference_name: str = "reference",
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw what many runs found for each coefficient, and around every dot the ring of what it should be.

    Parameters
    ----------
    names
        Of the coefficients (k,).
    found, reference
        (runs, k): a dot and a ring for each.
    truth
        What the data were made with (k,): a bar.

    Returns
    -------
    The matplotlib Axes: rings and dots per coefficient, in turns.

    Raises
    ------
    ShapeError

    Examples
    --------
    >>> from tinynn import viz
    >>> ax = viz.coefficients(["b", "w"], [[0.1, 2.0]], [[0.1, 2.0]], [0.0, 2.0])
    >>> len(ax.collections)
    4
    """
    dots, rings = np.asarray(found, np.float64), np.asarray(reference, np.float64)
    if dots.ndim != 2 or dots.shape != rings.shape or dots.shape[1] != len(names):
        raise ShapeError(f"coefficients: found are {dots.shape} and the reference {rings.shape}; "
                         f"needed (runs, {len(names)}) of both")  # fmt: skip
    ax = axes_or_new(ax, max(7.0, 2.4 + 1.4 * len(names)), 5.0)
    for i in range(len(names)):
        x = i + beside(dots[:, i], bins=24)
        first: dict[str, Any] = {"label": reference_name} if i == 0 else {}
        ax.scatter(x, rings[:, i], s=95, facecolor="none", edgecolor=line_colour(1), linewidths=1.3, **first)
        first = {"label": "the neuron"} if i == 0 else {}
        ax.scatter(x, dots[:, i], s=22, color=line_colour(0), linewidths=0, **first)
        if truth is not None:
            level = float(np.asarray(truth)[i])
            first = {"label": "truth"} if i == 0 else {}
            ax.plot([i - 0.42, i + 0.42], [level, level], color=INK, linewidth=2, **first)
    ax.set_xticks(range(len(names)), list(names))
    ax.tick_params(axis="x", length=0, labelsize=14)
    ax.set(ylabel="coefficient", xlim=(-0.6, len(names) - 0.4))
    ax.grid(axis="y")
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    ax.set_title("Every data set a dot" if title is None else title, wrap=True)
    return ax
