"""A figure that moves, written as a GIF, or as an MP4 where its name ends so: draw, change, draw again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from os import PathLike
from typing import Any

import numpy as np

from tinynn.viz.mp4 import is_mp4, write_mp4

#: Colours of one palette for all frames: to choose them anew for each takes longer than to draw it.
COLOURS = 64


def write_gif(
    figure: Any,
    moving: Sequence[Any],
    change: Callable[[int], Any],
    frames: Iterable[int],
    path: str | PathLike[str],
    *,
    fps: float = 10.0,
    hold: float = 1.2,
) -> int:
    """Write what `figure` looks like after each `change(frame)`; the last stands still for `hold` seconds.

    Only the `moving` artists are drawn anew, over a background that is drawn once.

    Returns
    -------
    The number of frames written.
    """
    if is_mp4(path):
        order = list(frames)

        def show(frame: int) -> float:
            change(frame)
            return hold if frame == order[-1] else 0.0

        return write_mp4(figure, show, order, path, fps=round(fps))
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    canvas: Any = FigureCanvasAgg(figure)
    for artist in moving:
        artist.set_animated(True)
    canvas.draw()
    background = canvas.copy_from_bbox(figure.bbox)
    pictures: list[Any] = []
    for frame in frames:
        change(frame)
        canvas.restore_region(background)
        for artist in moving:
            figure.draw_artist(artist)
        pictures.append(Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3].copy()))
    half = pictures[len(pictures) // 2], pictures[-1]
    both = Image.fromarray(np.concatenate([np.asarray(p) for p in half]))
    palette = both.quantize(COLOURS, dither=Image.Dither.NONE)
    pictures = [p.quantize(palette=palette, dither=Image.Dither.NONE) for p in pictures]
    colours = np.array(palette.getpalette(), np.uint8).reshape(-1, 3)
    paper = np.bincount(np.asarray(pictures[-1]).reshape(-1)).argmax()
    colours[paper] = 255  # white, and not the mean of white and a little grey
    for picture in pictures:
        picture.putpalette(colours.tobytes())
    durations = [round(1000 / fps)] * (len(pictures) - 1) + [round(1000 * hold)]
    pictures[0].save(
        path, format="GIF", save_all=True, append_images=pictures[1:], duration=durations, loop=0
    )
    return len(pictures)
