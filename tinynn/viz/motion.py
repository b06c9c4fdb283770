"""The folding of the plane as a moving picture.

Between two stages every grid point and data point moves continuously. Where the step was an affine map of
the plane, it moves as one: the plane turns by a growing angle while it stretches and shifts, so that a
quarter turn looks like one and not like a shrinking. Where it was not (an activation), every point goes
straight to its place.

Legend: a stage is (title, grid (R, C, 2), points (n, 2)), as in folding.py; t runs from 0 to 1 between two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinynn.errors import ArgumentError
from tinynn.viz.folding import (
    ACROSS,
    UP,
    CheckedStage,
    Stage,
    checked_stages,
    draw_stage,
    grid_lines,
    view_of,
)
from tinynn.viz.mp4 import is_mp4, write_mp4
from tinynn.viz.plane import Extent
from tinynn.viz.style import CLASS_COLOURS, INK, bare, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Frame = tuple[float, str, NDArray[np.float64], NDArray[np.float64], Extent]
Mover = Callable[[float], tuple[NDArray[np.float64], NDArray[np.float64]]]


@styled
def fold_animation(
    stages: Sequence[Stage],
    labels: ArrayLike,
    path: str | PathLike[str],
    *,
    lines: int = 21,
    frames_per_stage: int = 16,
    fps: int = 16,
    hold: float = 0.6,
    size: float = 5.2,
    zero_lines: bool = True,
    title: str = "",
) -> int:
    """Write the fold as a GIF that plays for ever, or as an MP4 where the name of the file ends so.

    Parameters
    ----------
    stages, labels, lines, zero_lines
        As for `folding_strip`.
    path
        The file to write.
    frames_per_stage
        Frames from one stage to the next.
    fps
        Frames per second.
    hold
        Seconds for which each stage stands still.
    size
        Inches along the side, 100 pixels each.
    title
        Stands before the name of every stage.

    Returns
    -------
    The number of frames written.

    Raises
    ------
    ShapeError
        As `folding_strip`.
    ArgumentError
        For fewer than two stages, less than one frame between them, or a time below 0; for an MP4 without
        ffmpeg.
    """
    checked = checked_stages("fold_animation", stages, labels)
    if len(checked) < 2 or frames_per_stage < 1 or not 0 < fps <= 50 or hold < 0:
        raise ArgumentError(
            f"fold_animation: got {len(checked)} stages, frames_per_stage={frames_per_stage}, hold={hold}, "
            f"fps={fps}; needed two stages, one frame between them and at most 50 a second; "
            f"try the stages of folding_strip"
        )
    figure = new_figure(size, size + 0.4)
    classes = np.asarray(labels).astype(np.int64)
    moving = MovingStage(figure.add_subplot(), checked[0], classes, lines, zero_lines, title)
    if is_mp4(path):

        def show(frame: Frame) -> float:
            moving.move(*frame[1:])
            return hold if frame[0] == 0.0 else 0.0

        return write_mp4(figure, show, frames(checked, frames_per_stage), path, fps=fps)
    pictures: list[Any] = []
    durations: list[int] = []
    palette = palette_picture()
    for t, name, grid, points, view in frames(checked, frames_per_stage):
        moving.move(name, grid, points, view)
        pictures.append(moving.picture(palette))
        durations.append(round(1000 / fps) + (round(1000 * hold) if t == 0.0 else 0))
    pictures[0].save(
        path, format="GIF", save_all=True, append_images=pictures[1:], duration=durations, loop=0
    )
    return len(pictures)


def palette_picture() -> Any:
    """A palette for all frames: the colours that occur, each in ten shades to white.

    To choose the colours of each frame anew takes longer than to draw it, and loses the rare ones.
    """
    from matplotlib.colors import to_rgb
    from PIL import Image

    full = np.array([to_rgb(colour) for colour in (*CLASS_COLOURS, INK, ACROSS, UP)])
    shades = np.linspace(0.0, 1.0, 11)[1:, None, None]
    colours = np.concatenate([np.ones((1, 3)), (1 - shades * (1 - full)).reshape(-1, 3)])
    picture = Image.new("P", (1, 1))
    picture.putpalette((255 * colours).round().astype(np.uint8).tobytes())
    return picture


def frames(stages: list[CheckedStage], between: int) -> Iterator[Frame]:
    """Yield (t, title, grid, points, view) of every frame; movement starts and ends softly: 3t^2 - 2t^3.

    The view follows the points, so that none leaves the picture on its way.
    """
    for before, after in pairwise(stages):
        mover = affine_mover(before, after) or straight_mover(before, after)
        for t in np.arange(between) / between:
            soft = float(t * t * (3 - 2 * t))
            grid, points = mover(soft)
            yield soft, before[0] if t == 0 else after[0], grid, points, view_of(grid, points)
    name, grid, points = stages[-1]
    yield 0.0, name, grid, points, view_of(grid, points)


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

    def __init__(
        self,
        ax: Axes,
        stage: CheckedStage,
        labels: NDArray[np.int64],
        lines: int,
        zero_lines: bool,
        heading: str,
    ) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        name, grid, points = stage
        self.ax, self.lines, self.heading = ax, lines, heading
        self.rows, self.columns, self.dots = draw_stage(ax, grid, points, labels, lines, zero_lines)
        self.title: Any = ax.set_title(heading + name)
        bare(ax)
        # Laid out once: a new layout for every frame would shake the picture and take half of the time.
        figure: Any = ax.figure
        self.canvas: Any = FigureCanvasAgg(figure)
        figure.draw_without_rendering()
        figure.set_layout_engine("none")

    def move(self, name: str, grid: NDArray[Any], points: NDArray[Any], view: Extent) -> None:
        """Put grid and points where they are now."""
        along, up = grid_lines(grid, self.lines)
        self.rows.set_segments(along)
        self.columns.set_segments(up)
        self.dots.set_offsets(points)
        self.ax.set(xlim=view[:2], ylim=view[2:])
        self.title.set_text(self.heading + name)

    def picture(self, palette: Any) -> Any:
        """The picture as it is, in the colours of a palette."""
        from PIL import Image

        self.canvas.draw()
        pixels = np.asarray(self.canvas.buffer_rgba())[..., :3].copy()
        return Image.fromarray(pixels).quantize(palette=palette, dither=Image.Dither.NONE)
