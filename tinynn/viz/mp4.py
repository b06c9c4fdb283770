"""A figure that moves, written as an MP4 by matplotlib's writer, where ffmpeg is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from os import PathLike, fspath
from typing import Any

from tinynn.errors import ArgumentError

DPI = 100


def is_mp4(path: str | PathLike[str]) -> bool:
    """Whether the name of a file asks for an MP4."""
    return fspath(path).lower().endswith(".mp4")


def write_mp4(
    figure: Any,
    change: Callable[[Any], float],
    frames: Iterable[Any],
    path: str | PathLike[str],
    *,
    fps: int,
) -> int:
    """Write what `figure` looks like after each `change(frame)`, which returns the seconds that it is held.

    Returns
    -------
    The number of frames written; one that is held counts as often as it is shown.

    Raises
    ------
    ArgumentError
        No ffmpeg is on this machine.
    """
    from matplotlib.animation import FFMpegWriter

    if not FFMpegWriter.isAvailable():
        raise ArgumentError(f"animation: {fspath(path)!r} needs ffmpeg, which is not installed; try a .gif")
    writer: Any = FFMpegWriter(
        fps=fps, extra_args=["-pix_fmt", "yuv420p", "-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2"]
    )
    written = 0
    with writer.saving(figure, fspath(path), DPI):
        for frame in frames:
            shown = max(1, round(change(frame) * fps))
            for _ in range(shown):
                writer.grab_frame()
            written += shown
    return written
