"""A kernel on its way over its input: one window at a time, one output each.

Legend: l places of a sequence, h x w pixels of an image, k of a kernel; zeros of the padding are hollow.
"""

from __future__ import annotations

from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinynn.errors import ShapeError
from tinynn.viz.gif import write_gif
from tinynn.viz.style import DIVERGING, INK, SOFT, bare, line_colour, new_figure, styled

WINDOW = line_colour(1)
OUTPUT = line_colour(2)


@styled
def slide_over_sequence(
    x: ArrayLike,
    w: ArrayLike,
    y: ArrayLike,
    path: str | PathLike[str],
    *,
    stride: int = 1,
    padding: tuple[int, int] = (0, 0),
    flip: bool = False,
    fps: float = 10.0,
    title: str = "",
) -> int:
    """Write a GIF: the window moves over x, its kernel drawn in it, and below y grows number by number.

    Parameters
    ----------
    x, w, y
        Sequence (l,), kernel (k,), and what the convolution gave (outputs,).
    path
        The file to write.
    stride, padding, flip
        As they were for y. With `flip` the kernel is drawn backwards, as it was used.
    fps
        Windows per second.
    title
        Stands over it all.

    Returns
    -------
    The number of frames: one per output.

    Raises
    ------
    ShapeError
        y is not what such a convolution of x and w gives.
    """
    signal = np.pad(np.asarray(x, np.float64), padding)
    kernel, given = np.asarray(w, np.float64), np.asarray(y, np.float64)
    count = (len(signal) - len(kernel)) // stride + 1
    if signal.ndim != 1 or kernel.ndim != 1 or given.shape != (count,):
        raise ShapeError(f"slide_over_sequence: x is {np.shape(x)}, w {kernel.shape} and y {given.shape}; "
                         f"needed y ({count},) with stride {stride} and padding {padding}")  # fmt: skip
    used = kernel[::-1] if flip else kernel
    figure = new_figure(8.0, 4.8)
    top, bottom = figure.subplots(2, 1)
    at = np.arange(len(signal)) - padding[0]  # x_0 stands at 0, the zeros before it left of 0
    real = at[padding[0] : len(signal) - padding[1]]
    zeros = np.setdiff1d(at, real)
    top.vlines(real, 0, np.asarray(x), color=SOFT, linewidth=1.2)
    top.plot(real, np.asarray(x), "o", color=INK, markersize=4)
    top.plot(zeros, 0 * zeros, "o", color=SOFT, markersize=5, markerfacecolor="white")
    reach = 1.15 * max(np.abs(signal).max(), np.abs(kernel).max(), 1e-12)
    top.set(xlim=(at[0] - 0.8, at[-1] + 0.8), ylim=(-reach, reach), ylabel="x, and w")
    band = top.axvspan(0, 1, color=WINDOW, alpha=0.18, linewidth=0)
    (line,) = top.plot([], [], color=WINDOW, marker="s", markersize=5, linewidth=2)
    height = 1.15 * max(np.abs(given).max(), 1e-12)
    bottom.set(xlim=(-0.8, count - 0.2), ylim=(-height, height), ylabel="y")
    for ax in (top, bottom):
        ax.axhline(0, color=SOFT, linewidth=0.8)
        ax.locator_params(nbins=5, axis="y")
        ax.locator_params(integer=True, axis="x")
    (done,) = bottom.plot([], [], "o", color=OUTPUT, markersize=4)
    (now,) = bottom.plot([], [], "o", color=WINDOW, markersize=9)
    if title:
        figure.suptitle(title, x=0.01, ha="left")
    heading = bottom.set_title(" ", fontsize=13)
    places = np.arange(len(kernel))

    def change(i: int) -> None:
        start = at[i * stride]
        band.set_bounds(start - 0.5, -reach, len(kernel), 2 * reach)
        line.set_data(start + places, used)
        done.set_data(np.arange(i + 1), given[: i + 1])
        now.set_data([i], [given[i]])
        heading.set_text(f"$y_{{{i}}}$ = {rounded(given[i])}, output {i + 1} of {count}")

    band.set_transform(top.transData)
    return write_gif(figure, (band, line, done, now, heading), change, range(count), path, fps=fps)


@styled
def slide_over_image(
    x: ArrayLike,
    w: ArrayLike,
    y: ArrayLike,
    path: str | PathLike[str],
    *,
    stride: int = 1,
    padding: int = 0,
    flip: bool = False,
    fps: float = 8.0,
    title: str = "",
) -> int:
    """Write a GIF: the window moves over the image row by row, and beside it the output grows.

    Parameters
    ----------
    x, w, y
        Image (h, w), kernel (kh, kw), output (rows, columns).
    path, stride, padding, flip, fps, title
        As for `slide_over_sequence`.

    Returns
    -------
    The number of frames: one per output.

    Raises
    ------
    ShapeError
    """
    image = np.pad(np.asarray(x, np.float64), padding)
    kernel, given = np.asarray(w, np.float64), np.asarray(y, np.float64)
    if image.ndim != 2 or kernel.ndim != 2:
        raise ShapeError(f"slide_over_image: x is {image.shape} and w {kernel.shape}; needed (h, w)")
    rows, columns = ((n - k) // stride + 1 for n, k in zip(image.shape, kernel.shape, strict=True))
    if given.shape != (rows, columns):
        raise ShapeError(f"slide_over_image: y is {given.shape}; needed ({rows}, {columns})")
    from matplotlib.patches import Rectangle

    figure = new_figure(10.5, 4.6)
    axes = figure.subplots(1, 3, width_ratios=[1.25, 0.55, 1.0])
    fixed = (("x", image), ("w, as it is used" if flip else "w", kernel[::-1, ::-1] if flip else kernel))
    for ax, (name, picture) in zip(axes, fixed, strict=False):
        put_numbers(ax, picture, name)
    shown = np.full(given.shape, np.nan)
    reach = float(np.abs(given).max()) or 1.0
    output: Any = axes[2].imshow(shown, cmap=DIVERGING, vmin=-reach, vmax=reach)
    bare(axes[2])
    axes[2].add_patch(Rectangle((-0.5, -0.5), columns, rows, fill=False, color=SOFT))
    kh, kw = kernel.shape
    window = axes[0].add_patch(Rectangle((0, 0), kw, kh, fill=False, color=WINDOW, linewidth=4))
    place = axes[2].add_patch(Rectangle((0, 0), 1, 1, fill=False, color=WINDOW, linewidth=4))
    if padding:
        h, width = image.shape
        inner = Rectangle((padding - 0.5, padding - 0.5), width - 2 * padding, h - 2 * padding, fill=False)
        inner.set(edgecolor=SOFT, linestyle="--")
        axes[0].add_patch(inner)
    if title:
        figure.suptitle(title, x=0.01, ha="left")
    heading = axes[2].set_title("y", fontsize=13)

    def change(i: int) -> None:
        row, column = divmod(i, columns)
        shown[row, column] = given[row, column]
        output.set_data(shown)
        window.set_xy((column * stride - 0.5, row * stride - 0.5))
        place.set_xy((column - 0.5, row - 0.5))
        heading.set_text(f"$y_{{{row},{column}}}$ = {rounded(given[row, column])}")

    return write_gif(figure, (output, window, place, heading), change, range(rows * columns), path, fps=fps)


def rounded(value: float) -> str:
    """Two digits, and of a zero no sign."""
    return f"{round(value, 2) + 0.0:.2f}"


def put_numbers(ax: Any, picture: NDArray[np.float64], name: str) -> None:
    """A small array in colours; with its numbers where there are few."""
    reach = float(np.abs(picture).max()) or 1.0
    ax.imshow(picture, cmap=DIVERGING, vmin=-reach, vmax=reach)
    if picture.size <= 25:
        for (row, column), value in np.ndenumerate(picture):
            dark = abs(value) > 0.6 * reach
            ax.text(column, row, f"{value:g}", ha="center", va="center", color="white" if dark else INK)
    bare(ax)
    ax.set_title(name, fontsize=13)
