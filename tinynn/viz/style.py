"""One palette and one look for every figure of tinynn.

Drawn for a projector at the far end of a classroom: dark text on white, few lines, titles at the left that
say what is seen. Nothing here touches pyplot: a figure made by tinynn belongs to whoever asked for it and is
freed with it, and matplotlib itself is imported when the first figure is drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from os import PathLike
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from tinynn.errors import ArgumentError, ShapeError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

P = ParamSpec("P")
R = TypeVar("R")

#: Ten class colours that stay apart with every common colour vision: M. A. Petroff, "Accessible Color
#: Sequences for Data Visualization" (2021), arXiv:2107.02270, the sequence of ten. Order is part of it.
CLASS_COLOURS = (
    "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6",
    "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
)  # fmt: skip

INK = "#1f2933"  # text
SOFT = "#66727f"  # secondary text, axes
FAINT = "#dde2e7"  # grid lines
RIGHT = "#2a6fb0"  # a right answer
WRONG = "#e76300"  # a mistake

#: Lines that carry their name in their own colour: dark enough to be read as text on white.
LINE_COLOURS = ("#2f7fc9", "#e76300", "#832db6", "#5d6670", "#a96b59")

#: Red is positive, blue negative, white zero: the one map for weights, readable without red-green vision.
DIVERGING = "RdBu_r"
POSITIVE, NEGATIVE = "#c13639", "#3079b6"

RC: Any = {
    "font.size": 13.0,
    "axes.titlesize": 15.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 10.0,
    "axes.labelsize": 13.0,
    "axes.labelcolor": INK,
    "axes.edgecolor": SOFT,
    "axes.facecolor": "white",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": False,
    "axes.unicode_minus": True,
    "grid.color": FAINT,
    "grid.linewidth": 1.0,
    "text.color": INK,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 12.0,
    "ytick.labelsize": 12.0,
    "lines.linewidth": 2.4,
    "lines.solid_capstyle": "round",
    "legend.frameon": False,
    "legend.fontsize": 12.0,
    "figure.facecolor": "white",
    "figure.titlesize": 16.0,
    "figure.titleweight": "bold",
    "figure.constrained_layout.h_pad": 0.1,
    "figure.constrained_layout.w_pad": 0.1,
    "figure.constrained_layout.hspace": 0.0,
    "figure.constrained_layout.wspace": 0.0,
    "savefig.facecolor": "white",
    "image.interpolation": "nearest",
}


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Run a drawing function under the one look of this module, leaving the user's settings alone."""

    @wraps(draw)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        from matplotlib import rc_context

        with rc_context(RC):
            return draw(*args, **kwargs)

    return wrapper


def new_figure(width: float, height: float) -> Figure:
    """A figure of `width` x `height` inches that pyplot knows nothing of."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), dpi=100, layout="constrained")


def axes_or_new(ax: Axes | None, width: float = 8.0, height: float = 5.0) -> Axes:
    """The axes handed over, or those of a new figure."""
    return new_figure(width, height).add_subplot() if ax is None else ax


def grid_or_new(
    who: str,
    axes: Any,
    count: int,
    columns: int,
    *,
    cell: tuple[float, float],
    head: float = 0.7,
    solid: bool = False,
) -> NDArray[Any]:
    """`count` axes as a flat array: the first of those handed over, or those of a new grid.

    `cell` is the size of one picture in inches, `head` the height left for a title over the grid; the axes
    of a `solid` grid have three dimensions.
    """
    if axes is not None:
        given = np.asarray(axes, dtype=object).reshape(-1)
        if given.size < count:
            raise ShapeError(f"{who}: got {given.size} axes; needed {count}; try axes=None for a new figure")
        return given[:count]
    if columns < 1:
        raise ArgumentError(f"{who}: got columns={columns}; needed at least 1; try columns=5")
    columns = min(columns, max(count, 1))
    rows = -(-max(count, 1) // columns)
    figure = new_figure(columns * cell[0], rows * cell[1] + head)
    drawn = figure.subplots(rows, columns, squeeze=False, subplot_kw={"projection": "3d"} if solid else None)
    flat: NDArray[Any] = np.asarray(drawn, dtype=object).reshape(-1)
    for spare in flat[count:]:
        spare.remove()
    return flat[:count]


@styled
def grid(
    rows: int,
    columns: int,
    *,
    cell: tuple[float, float] = (4.6, 4.7),
    title: str = "",
    solid: bool = False,
) -> NDArray[Any]:
    """Axes (rows, columns) of a new figure, to hand over to functions that draw one picture each.

    With `solid` they have three dimensions.

    Examples
    --------
    >>> from tinynn import viz
    >>> axes = viz.grid(1, 2)
    >>> for ax, losses in zip(axes.flat, ([2.0, 1.0], [3.0, 0.5])):
    ...     _ = viz.loss_curves({"loss": losses}, axes=ax)
    """
    flat = grid_or_new(
        "grid", None, rows * columns, columns, cell=cell, head=0.5 if title else 0.0, solid=solid
    )
    grid_title(flat, None, title)
    return flat.reshape(rows, columns)


def grid_title(axes: Any, given: object, title: str) -> None:
    """Put `title` over a grid, at the left; somebody's own figure (`given` axes) keeps its own."""
    if given is None and title:
        put_title(axes[0].figure, title)


def put_title(figure: Any, title: str) -> None:
    """A title over all the figure, broken where it would run out of it; lines past the first add height."""
    text = figure.suptitle("one line", x=0.01, ha="left", wrap=True)
    line = text.get_window_extent().height
    text.set_text(title)
    more = text.get_window_extent().height - line
    figure.set_figheight(figure.get_figheight() + more / figure.dpi)


def class_colour(index: int) -> str:
    """The colour of class `index`; the sequence starts again after ten."""
    return CLASS_COLOURS[index % len(CLASS_COLOURS)]


def text_on(colour: str) -> str:
    """The colour of text that can be read on this one: white, or ink where it is light."""
    from matplotlib.colors import to_rgb

    return INK if np.dot(to_rgb(colour), (0.299, 0.587, 0.114)) > 0.6 else "white"


def line_colour(index: int) -> str:
    """The colour of line `index`; the sequence starts again after five."""
    return LINE_COLOURS[index % len(LINE_COLOURS)]


def class_names(who: str, names: Any, count: int) -> list[str]:
    """`names` as `count` strings; the class numbers where there are none."""
    if names is None:
        return [str(index) for index in range(count)]
    listed = [str(name) for name in names]
    if len(listed) != count:
        raise ShapeError(
            f"{who}: got {len(listed)} class names; needed {count}, one per class; try classes=None"
        )
    return listed


def bare(ax: Axes) -> None:
    """Take ticks and frame off axes that hold a picture."""
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(False)


def figure_of(drawn: Any) -> Figure | SubFigure:
    """The figure that holds `drawn`: axes, an array of axes, or the figure itself."""
    if isinstance(drawn, np.ndarray):
        if drawn.size == 0:
            raise ShapeError("save: got an empty array of axes; needed at least one")
        drawn = drawn.reshape(-1)[0]
    return drawn.figure if hasattr(drawn, "get_xlim") else drawn  # type: ignore[no-any-return]


def put_note(figure: Any, note: str) -> None:
    """A line over all else, and the height that it takes: for what must not be overlooked."""
    title = figure.get_suptitle()
    if not title:
        figure.set_figheight(figure.get_figheight() + 0.4)  # for a first line
    put_title(figure, f"{note}\n{title}" if title else note)


@styled
def save(drawn: Any, path: str | PathLike[str], *, dpi: int = 120, note: str = "") -> None:
    """Write the figure that holds `drawn` (what a function of tinynn.viz returned) to `path`.

    A `note` is put over it first, above its own title.

    Examples
    --------
    >>> import tempfile, os
    >>> from tinynn import viz
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     viz.save(viz.loss_curves({"loss": [2.3, 0.4]}), os.path.join(folder, "loss.png"))
    ...     os.listdir(folder)
    ['loss.png']
    """
    figure: Any = figure_of(drawn)
    if note:
        put_note(figure, note)
    figure.savefig(path, dpi=dpi)
