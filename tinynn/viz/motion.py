"""The folding of the plane as a moving picture.

Between two stages every grid point and data point moves continuously. Where the step was an affine map of
the plane, it moves as one: the plane turns by a growing angle while it stretches and shifts, so that a
quarter turn looks like one and not like a shrinking. Where it was not (an activation), every point goes
straight to its place.

Legend: a stage is (title, grid (R, C, 2), points (n, 2)), as in folding.py; t runs from 0 to 1 between two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinynn.errors import ArgumentError
from tinynn.viz.folding import CheckedStage, Stage, checked_stages, draw_stage, grid_lines, view_of
from tinynn.viz.style import bare, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Mover = Callable[[float], tuple[NDArray[np.float64], NDArray[np.float64]]]


@styled
def fold_animation(
    stages: Sequence[Stage],
    labels: ArrayLike,
    path: str | PathLike[str],
    *,
    lines: int = 21,
    frames_per_stage: int = 16,
    hold: int = 8,
    fps: int = 16,
    size: float = 5.2,
) -> int:
    """Write the fold as a GIF.

    Parameters
    ----------
    stages, labels, lines
        As for `folding_strip`.
    path
        The file to write.
    frames_per_stage
        Frames from one stage to the next.
    hold
        Frames for which each stage stands still.
    fps
        Frames per second.
    size
        Inches along the side, 100 pixels each.

    Returns
    -------
    The number of frames drawn.

    Raises
    ------
    ShapeError
        As `folding_strip`.
    ArgumentError
        For fewer than two stages, or less than one frame between them.
    """
    checked = checked_stages("fold_animation", stages, labels)
    if len(checked) < 2 or min(frames_per_stage, fps) < 1 or hold < 0:
        raise ArgumentError(
            f"fold_animation: got {len(checked)} stages, frames_per_stage={frames_per_stage}, hold={hold}, "
            f"fps={fps}; needed two stages and at least one frame; try the stages of folding_strip"
        )
    from matplotlib.animation import PillowWriter

    figure = new_figure(size, size + 0.4)
    moving = MovingStage(figure.add_subplot(), checked[0], np.asarray(labels).astype(np.int64), lines)
    writer = PillowWriter(fps=fps)
    drawn = 0
    with writer.saving(figure, str(path), dpi=100):
        for frame in frames(checked, frames_per_stage, hold):
            moving.move(*frame)
            writer.grab_frame()
            drawn += 1
    return drawn


def frames(
    stages: list[CheckedStage], between: int, hold: int
) -> Iterator[tuple[str, NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]]:
    """Yield (title, grid, points, view) of every frame; movement starts and ends softly, by 3t^2 - 2t^3."""
    for index, (name, grid, points) in enumerate(stages):
        view = np.asarray(view_of(grid, points))
        for _ in range(hold + 1):
            yield name, grid, points, view
        if index + 1 == len(stages):
            return
        title, next_grid, next_points = stages[index + 1]
        next_view = np.asarray(view_of(next_grid, next_points))
        mover = affine_mover(stages[index], stages[index + 1]) or straight_mover(
            stages[index], stages[index + 1]
        )
        for t in np.arange(1, between) / between:
            soft = float(t * t * (3 - 2 * t))
            yield title, *mover(soft), (1 - soft) * view + soft * next_view


def straight_mover(before: CheckedStage, after: CheckedStage) -> Mover:
    """Every point on a straight line to its place."""

    def at(t: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return (1 - t) * before[1] + t * after[1], (1 - t) * before[2] + t * after[2]

    return at


def affine_mover(before: CheckedStage, after: CheckedStage) -> Mover | None:
    """The affine map x A' + b between two stages as a growing turn and stretch; None where it is none.

    A = turn(angle) S by polar decomposition; at t the plane has turned by t angle and been stretched by
    (1 - t) I + t S. No turn reaches a map that mirrors: there the plane goes straight, once edge-on.
    """
    source, target = before[1].reshape(-1, 2), after[1].reshape(-1, 2)
    design = np.concatenate([source, np.ones((len(source), 1))], axis=1)
    solution, _, rank, _ = np.linalg.lstsq(design, target, rcond=None)
    scale = float(np.abs(target).max()) or 1.0
    if rank < 3 or np.abs(design @ solution - target).max() > 1e-5 * scale:
        return None
    a, b = solution[:2].T, solution[2]
    u, stretch, v = np.linalg.svd(a)
    turned, stretched = u @ v, v.T @ np.diag(stretch) @ v
    if np.linalg.det(turned) < 0:
        return None
    angle = np.arctan2(turned[1, 0], turned[0, 0])

    def at(t: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        c, s = np.cos(t * angle), np.sin(t * angle)
        partly = np.array([[c, -s], [s, c]]) @ ((1 - t) * np.eye(2) + t * stretched)
        return before[1] @ partly.T + t * b, before[2] @ partly.T + t * b

    return at


class MovingStage:
    """One picture whose grid and points can be moved without drawing it anew."""

    def __init__(self, ax: Axes, stage: CheckedStage, labels: NDArray[np.int64], lines: int) -> None:
        name, grid, points = stage
        self.ax, self.lines = ax, lines
        self.rows, self.columns, self.dots = draw_stage(ax, grid, points, labels, lines)
        self.title: Any = ax.set_title(name)
        bare(ax)
        # Laid out once: a new layout for every frame would shake the picture and take half of the time.
        figure: Any = ax.figure
        figure.draw_without_rendering()
        figure.set_layout_engine("none")

    def move(self, name: str, grid: NDArray[Any], points: NDArray[Any], view: NDArray[Any]) -> None:
        """Put grid and points where they are now."""
        along, up = grid_lines(grid, self.lines)
        self.rows.set_segments(along)
        self.columns.set_segments(up)
        self.dots.set_offsets(points)
        self.ax.set(xlim=tuple(view[:2]), ylim=tuple(view[2:]))
        self.title.set_text(name)
