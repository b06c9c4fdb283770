"""Descent in two spaces at once: on u, and on the w = H(u) that the net uses.

Legend: a path is (steps, 2) in u-space, (steps, 3) in w-space; the surface is where H can reach.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinynn.errors import ArgumentError, ShapeError
from tinynn.viz.plane import Extent
from tinynn.viz.style import INK, SOFT, axes_or_new, line_colour, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Low cost is light, high cost dark: a path is read on both, and the colours stay apart in grey.
COST_COLOURS = "YlGnBu"
MARKS = "os^D"


@styled
def cost_paths(
    cost: Callable[[NDArray[np.float64]], ArrayLike],
    paths: Mapping[str, ArrayLike],
    extent: Extent,
    *,
    resolution: int = 160,
    labels: tuple[str, str] = ("$u_1$", "$u_2$"),
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw the level lines of a cost over a plane, and the paths of descents on it.

    Parameters
    ----------
    cost
        Takes places (m, 2) and gives their costs (m,).
    paths
        Name -> (steps, 2). The first is drawn widest, so that one that lies on it is seen too.
    extent
        (left, right, bottom, top).
    labels
        Names of the axes.

    Returns
    -------
    The matplotlib Axes: a line per path.

    Raises
    ------
    ShapeError
        Where a path is not (steps, 2).

    Examples
    --------
    >>> from tinynn import viz
    >>> ax = viz.cost_paths(lambda u: (u**2).sum(1), {"down": [[1, 1], [0, 0]]}, (-1, 1, -1, 1))
    >>> len(ax.lines)
    1
    """
    checked = {name: path_of("cost_paths", name, path, 2) for name, path in paths.items()}
    ax = axes_or_new(ax, 6.4, 5.8)
    x, y = np.linspace(*extent[:2], resolution), np.linspace(*extent[2:], resolution)
    places = np.stack(np.meshgrid(x, y), axis=-1)
    height = np.asarray(cost(places.reshape(-1, 2))).reshape(resolution, resolution)
    levels = np.quantile(height, np.linspace(0, 1, 14))
    ax.contourf(x, y, height, np.unique(levels), cmap=COST_COLOURS, alpha=0.75)
    ax.contour(x, y, height, np.unique(levels), colors="white", linewidths=0.8)
    for index, (name, path) in enumerate(checked.items()):
        draw_path(ax, path, name, index)
    ax.set(xlim=extent[:2], ylim=extent[2:], xlabel=labels[0], ylabel=labels[1])
    ax.legend(loc="best", frameon=True, framealpha=0.9, edgecolor="none")
    ax.set_title("Down the cost" if title is None else title)
    return ax


def path_of(who: str, name: str, path: ArrayLike, d: int) -> NDArray[np.float64]:
    """A path as floats (steps, d)."""
    array = np.asarray(path, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] != d or not len(array):
        raise ShapeError(f"{who}: the path {name!r} is {array.shape}; needed (steps, {d}); try np.stack(...)")
    return array


def draw_path(ax: Any, path: NDArray[np.float64], name: str, index: int) -> None:
    """One path, its marks smaller than those of the path before, so that both are seen where they meet."""
    size = max(9.0 - 4.0 * index, 2.5)
    colour = (INK, line_colour(1), line_colour(2))[index % 3]
    hollow = "white" if index == 0 else colour
    ax.plot(*path.T, color=colour, marker=MARKS[index % 4], markersize=size, markerfacecolor=hollow,
            linewidth=2.2 - 0.5 * index, label=name, zorder=4 + index)  # fmt: skip


@styled
def surface_paths(
    surface: ArrayLike,
    height: ArrayLike,
    paths: Mapping[str, ArrayLike],
    *,
    view: tuple[float, float] = (18.0, -48.0),
    ax: Any = None,
    title: str | None = None,
) -> Any:
    """Draw the surface {H(u)} in a w-space of three dimensions, coloured by the cost, and paths near it.

    Parameters
    ----------
    surface
        Where H sends a grid over the u-plane, (R, C, 3).
    height
        The cost there, (R, C).
    paths
        Name -> (steps, 3).
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
        Where the surface is not (R, C, 3), the cost is not (R, C), or a path not (steps, 3).

    Examples
    --------
    >>> import numpy as np
    >>> from tinynn import viz
    >>> u = np.stack(np.meshgrid([0.0, 1.0], [0.0, 1.0]), -1)
    >>> w = np.concatenate([u, u[..., :1]], -1)
    >>> len(viz.surface_paths(w, u.sum(-1), {"down": w[:, 0]}).lines)
    1
    """
    from matplotlib import colormaps
    from matplotlib.colors import Normalize

    w, cost = np.asarray(surface, dtype=np.float64), np.asarray(height, dtype=np.float64)
    if w.ndim != 3 or w.shape[2] != 3 or cost.shape != w.shape[:2]:
        raise ShapeError(f"surface_paths: the surface is {w.shape} and its cost {cost.shape}; "
                         "needed (R, C, 3) and (R, C)")  # fmt: skip
    checked = {name: path_of("surface_paths", name, path, 3) for name, path in paths.items()}
    if ax is None:
        ax = new_figure(7.0, 6.4).add_subplot(projection="3d")
    shade = Normalize()(np.argsort(np.argsort(cost, axis=None)).reshape(cost.shape))  # as the level lines
    colours = colormaps[COST_COLOURS](np.asarray(shade))
    ax.computed_zorder = False  # the paths are nearer than the surface, wherever their middle lies
    ax.plot_surface(*np.moveaxis(w, -1, 0), facecolors=colours, alpha=0.55, linewidth=0.2,
                    edgecolor="white", rstride=2, cstride=2, shade=False, zorder=1)  # fmt: skip
    for index, (name, path) in enumerate(checked.items()):
        draw_path(ax, path, name, index)
    ax.set(xlabel="$w_1$", ylabel="$w_2$", zlabel="$w_3$")
    ax.view_init(*view)
    ax.set_aspect("equal")
    ax.tick_params(labelsize=9)
    ax.locator_params(nbins=4)
    ax.legend(loc="upper left")
    ax.set_title("What H can reach, and the way down" if title is None else title)
    return ax


@styled
def error_order(
    sizes: ArrayLike,
    errors: Mapping[str, ArrayLike],
    *,
    order: float = 2.0,
    label: str = r"learning rate $\eta$",
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw errors against step sizes, both logarithmic: an error of order p falls on a line of slope p.

    Parameters
    ----------
    sizes
        Step sizes (n,), above 0.
    errors
        Name -> (n,). Errors of 0 are left out.
    order
        The slope of the grey line to compare with, drawn beside the first errors.

    Returns
    -------
    The matplotlib Axes; the grey line is its last.

    Raises
    ------
    ShapeError, ArgumentError

    Examples
    --------
    >>> import numpy as np
    >>> from tinynn import viz
    >>> eta = np.array([0.01, 0.1, 1.0])
    >>> viz.error_order(eta, {"w-rule": 3 * eta**2}).get_xscale()
    'log'
    """
    x = np.asarray(sizes, dtype=np.float64)
    if x.ndim != 1 or len(x) < 2 or not (x > 0).all():
        raise ArgumentError(f"error_order: got sizes {x.shape}; needed at least two numbers above 0")
    ax = axes_or_new(ax, 8.0, 5.4)
    for index, (name, given) in enumerate(errors.items()):
        y = np.asarray(given, dtype=np.float64)
        if y.shape != x.shape:
            raise ShapeError(f"error_order: {name!r} is {y.shape}; needed {x.shape}, one error per size")
        seen = y > 0
        ax.loglog(x[seen], y[seen], color=line_colour(index), marker="o", markersize=6, label=name)
    first = np.asarray(next(iter(errors.values())), dtype=np.float64)
    ax.loglog(x, 0.25 * first[-1] * (x / x[-1]) ** order, color=SOFT, linestyle="--", linewidth=1.5,
              label=f"slope {order:g}")  # fmt: skip
    ax.set(xlabel=label, ylabel="error of one step")
    ax.grid()
    ax.legend()
    ax.set_title(f"An error of order {order:g}" if title is None else title)
    return ax
