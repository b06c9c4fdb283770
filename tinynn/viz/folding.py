"""How a net folds the plane: the same grid and points after every affine map and every activation.

An affine map turns, shears and shifts the plane; the ReLU then presses what is left of x = 0 onto that axis
and what is below y = 0 onto the other. Done again and again this folds a spiral until straight lines part its
arms.

Legend: a stage is (title, grid (R, C, 2), points (n, 2)): where the grid over the input plane and the data
points are now. The grid may be finer than the lines drawn, so that a line shows its kinks where they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinynn.errors import ArgumentError, ShapeError
from tinynn.viz.plane import Extent, around, checked_points, put_points, quiet_axes, zero_axes
from tinynn.viz.style import grid_or_new, grid_title, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Stage = tuple[str, ArrayLike, ArrayLike]
CheckedStage = tuple[str, NDArray[np.float64], NDArray[np.float64]]

#: Grid lines that came from vertical and from horizontal lines of the input plane.
ACROSS, UP = "#8ba3b8", "#c3ab8d"


@styled
def folding_strip(
    stages: Sequence[Stage],
    labels: ArrayLike,
    *,
    lines: int = 21,
    columns: int = 5,
    zero_lines: bool = True,
    axes: Any = None,
    title: str | None = None,
) -> NDArray[Any]:
    """Draw the plane at every stage, in reading order.

    Parameters
    ----------
    stages
        (title, grid (R, C, 2), points (n, 2)) for each stage.
    labels
        Classes of the points (n,).
    lines
        Grid lines drawn in each direction.
    columns
        Pictures in a row.
    zero_lines
        Draw x = 0 and y = 0, where a ReLU folds; not for a projection, where they mean nothing.

    Returns
    -------
    A flat array of matplotlib Axes, one per stage.

    Raises
    ------
    ShapeError
        Where a grid is not (R, C, 2) or the points do not fit the labels.

    Examples
    --------
    >>> import numpy as np
    >>> from tinynn import viz
    >>> grid = np.stack(np.meshgrid(np.linspace(-1, 1, 5), np.linspace(-1, 1, 5)), axis=-1)
    >>> points = np.array([[-0.5, 0.5], [0.5, 0.5]])
    >>> stages = [("input", grid, points), ("ReLU", np.maximum(grid, 0), np.maximum(points, 0))]
    >>> [ax.get_title(loc="left") for ax in viz.folding_strip(stages, [0, 1])]
    ['input', 'ReLU']
    """
    checked = checked_stages("folding_strip", stages, labels)
    classes = np.asarray(labels).astype(np.int64)
    flat = grid_or_new("folding_strip", axes, len(checked), columns, cell=(2.9, 3.1))
    for ax, (name, grid, points) in zip(flat, checked, strict=True):
        draw_stage(ax, grid, points, classes, lines, zero_lines)
        ax.set_title(name, fontsize=13, pad=5)
    heading = (
        "How the net folds the plane: a grid and the points after every step" if title is None else title
    )
    grid_title(flat, axes, heading)
    return flat


def checked_stages(who: str, stages: Sequence[Stage], labels: ArrayLike) -> list[CheckedStage]:
    """Stages as float arrays whose grids have one shape, or an error."""
    if not stages:
        raise ArgumentError(f"{who}: got no stages; needed at least one (title, grid, points)")
    checked: list[CheckedStage] = []
    for name, grid, points in stages:
        lattice = np.asarray(grid, dtype=np.float64)
        first = checked[0][1].shape if checked else lattice.shape
        if lattice.ndim != 3 or lattice.shape[2] != 2 or lattice.shape != first or min(lattice.shape) < 2:
            raise ShapeError(
                f"{who}: the grid of stage {name!r} is {lattice.shape}; needed (R, C, 2), R and C at least 2 "
                f"and the same at every stage; try a projection onto two dimensions"
            )
        checked.append((str(name), lattice, checked_points(f"{who}: stage {name!r}", points, labels)[0]))
    return checked


def grid_lines(grid: NDArray[np.float64], lines: int) -> tuple[list[NDArray[Any]], list[NDArray[Any]]]:
    """`lines` polylines of a grid (R, C, 2) each way: along its rows, along its columns."""
    rows, columns = grid.shape[:2]
    pick_rows = np.unique(np.linspace(0, rows - 1, lines).round().astype(int))
    pick_columns = np.unique(np.linspace(0, columns - 1, lines).round().astype(int))
    return [grid[row] for row in pick_rows], [grid[:, column] for column in pick_columns]


def draw_stage(
    ax: Axes,
    grid: NDArray[np.float64],
    points: NDArray[np.float64],
    labels: NDArray[np.int64],
    lines: int,
    zero_lines: bool,
) -> tuple[Any, Any, Any]:
    """Grid, zero axes, points; returns the artists that move: row lines, column lines, dots."""
    from matplotlib.collections import LineCollection

    along, up = grid_lines(grid, lines)
    rows = ax.add_collection(LineCollection(along, colors=UP, linewidths=0.8, zorder=1), autolim=False)
    columns = ax.add_collection(LineCollection(up, colors=ACROSS, linewidths=0.8, zorder=1), autolim=False)
    if zero_lines:
        zero_axes(ax)
    dots = put_points(ax, points, labels, size=14.0)
    box = view_of(grid, points)
    ax.set(xlim=box[:2], ylim=box[2:])
    quiet_axes(ax)
    return rows, columns, dots


def view_of(grid: NDArray[np.float64], points: NDArray[np.float64]) -> Extent:
    """What to show of a stage: the points and the origin with room around them; the grid may run out of it.

    Each axis has its own scale: a trained net's planes are often ten times longer than wide, and on one scale
    nothing would be seen of the fold. Straight lines stay straight.
    """
    return around(np.concatenate([points, np.zeros((1, 2))]), square=False) if len(points) else around(grid)
