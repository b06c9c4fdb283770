"""What happened over time, and over depth: losses, accuracies, dying units.

Legend: one history entry per epoch (or step); layers counted from the input; seeds = repetitions that differ
in their random numbers only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinynn.errors import ArgumentError, ShapeError
from tinynn.viz.style import axes_or_new, grid_or_new, line_colour, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TRAINING, VALIDATION = line_colour(0), line_colour(1)


@styled
def loss_curves(
    history: Mapping[str, Sequence[float]], *, axes: Any = None, title: str | None = None
) -> NDArray[Any]:
    """Draw losses and, where there are any, accuracies over the epochs, each line named at its end.

    Parameters
    ----------
    history
        Lists of one value per epoch. A key that ends in "accuracy" goes to the second picture, a key that
        ends in "loss" to the first, others (learning rates, times) are left out; "validation_..." is orange.

    Returns
    -------
    A flat array of matplotlib Axes: losses, then accuracies if there are any.

    Raises
    ------
    ArgumentError
        Where the history holds neither a loss nor an accuracy.

    Examples
    --------
    >>> from tinynn import viz
    >>> axes = viz.loss_curves({"loss": [2.3, 0.4], "accuracy": [0.1, 0.9]})
    >>> [ax.get_ylabel() for ax in axes]
    ['loss', 'accuracy, %']
    """
    kinds = [
        (
            kind,
            {key: series(key, history[key]) for key in history if key.endswith(kind) and len(history[key])},
        )
        for kind in ("loss", "accuracy")
    ]
    kinds = [(kind, lines) for kind, lines in kinds if lines]
    if not kinds:
        raise ArgumentError(
            f"loss_curves: got keys {sorted(history)}; needed a non-empty list under a key that ends in "
            f"'loss' or 'accuracy'; try fit(...) for at least one epoch"
        )
    flat = grid_or_new("loss_curves", axes, len(kinds), 2, cell=(6.2, 4.2), head=0.0)
    for ax, (kind, lines) in zip(flat, kinds, strict=True):
        draw_lines(ax, kind, lines)
        ax.set_title(last_values(kind, lines) if title is None else title)
    return flat


def series(key: str, values: Sequence[float]) -> NDArray[np.float64]:
    """One line of a history, (epochs,)."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise ShapeError(
            f"loss_curves: history[{key!r}] is {array.shape}; needed (epochs,); try one number per epoch"
        )
    return array


def last_values(kind: str, lines: Mapping[str, NDArray[np.float64]]) -> str:
    """A title that says where the lines end: the validation where there is one, else the training."""
    key = next((key for key in lines if key.startswith(("validation", "test"))), next(iter(lines)))
    value = lines[key][-1]
    shown = f"{100 * value:.1f} %" if kind == "accuracy" else f"{value:.3g}"
    return f"{kind.capitalize()}: {shown} at the end ({which_data(key, kind)})"


def which_data(key: str, kind: str) -> str:
    """What a line was measured on: "validation" for "validation_loss", "training" for a plain "loss"."""
    return key.removesuffix(kind).strip("_").replace("_", " ") or "training"


def draw_lines(ax: Axes, kind: str, lines: Mapping[str, NDArray[np.float64]]) -> None:
    """The lines of one picture; names stand at the line ends, pushed apart where they would overlap."""
    longest = max(len(values) for values in lines.values())
    for key, values in lines.items():
        colour = VALIDATION if key.startswith(("validation", "test")) else TRAINING
        epochs = np.arange(1, len(values) + 1)
        ax.plot(
            epochs,
            100 * values if kind == "accuracy" else values,
            color=colour,
            marker="o" if longest <= 20 else "",
            markersize=5,
            label=which_data(key, kind),
        )
    ax.set(xlabel="epoch", ylabel="accuracy, %" if kind == "accuracy" else kind)
    ax.grid(axis="y")
    ax.locator_params(axis="x", integer=True, min_n_ticks=1)  # one epoch is 1, not 0.96 to 1.04
    ax.locator_params(axis="y", nbins=6)
    name_line_ends(ax)


def name_line_ends(ax: Axes, gap: float = 8) -> None:
    """Write each line's label in its colour beside the last point that it has, in place of a legend box."""
    lines: list[Any] = list(ax.lines)
    low, high = ax.get_ylim()
    apart = 0.065 * (high - low)
    place = -np.inf
    named = [line for line in lines if not str(line.get_label()).startswith("_") and line.get_label()]
    drawn = [(line, points[np.isfinite(points[:, 1])]) for line in named for points in [line.get_xydata()]]
    ends = [(*points[-1], line) for line, points in drawn if len(points)]
    for x, y, line in sorted(ends, key=lambda end: float(end[1])):
        place = max(y, place + apart)
        ax.annotate(
            line.get_label(),
            (x, place),
            xytext=(gap, 0),
            textcoords="offset points",
            va="center",
            color=line.get_color(),
            annotation_clip=False,
        )


def depth_colours(count: int) -> list[Any]:
    """From light (near the input) to dark (near the output)."""
    from matplotlib import colormaps

    return [colormaps["viridis_r"](place) for place in np.linspace(0.3, 0.95, count)]


def dead_share(activations: ArrayLike) -> float:
    """The share of units that give 0 for every sample: they pass no gradient and can no longer learn.

    Parameters
    ----------
    activations
        What a ReLU layer gave, (samples, units), or (samples, units, ...) where a unit has several places.

    Examples
    --------
    >>> from tinynn import viz
    >>> viz.dead_share([[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0]])
    0.5
    """
    y = np.asarray(activations)
    if y.ndim < 2 or y.size == 0:
        raise ShapeError(f"dead_share: activations are {y.shape}; needed (samples, units); try a whole batch")
    silent = (y <= 0).all(axis=(0, *range(2, y.ndim)))
    return float(silent.mean())


@styled
def dead_units(
    share: ArrayLike,
    steps: ArrayLike | None = None,
    *,
    names: Sequence[str] | None = None,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw the share of dead ReLUs of each layer over the training steps.

    Parameters
    ----------
    share
        (layers, steps), each within 0..1; `dead_share` computes one.
    steps
        The step each column was measured at, (steps,); 0, 1, 2, ... without.
    names
        A name per layer; "layer 1", "layer 2", ... without.

    Returns
    -------
    The matplotlib Axes, one line per layer, in per cent.

    Raises
    ------
    ShapeError
        Where the shapes do not fit.
    ArgumentError
        Where a share is outside 0..1.

    Examples
    --------
    >>> from tinynn import viz
    >>> len(viz.dead_units([[0.0, 0.1, 0.4], [0.0, 0.3, 0.5]]).lines)
    2
    """
    shares = np.asarray(share, dtype=np.float64)
    if shares.ndim != 2 or shares.size == 0:
        raise ShapeError(
            f"dead_units: share is {shares.shape}; needed (layers, steps); try share[None, :] for one layer"
        )
    if not ((shares >= 0) & (shares <= 1)).all():
        raise ArgumentError(
            f"dead_units: shares run from {shares.min()} to {shares.max()}; needed 0..1; "
            f"try dead counts / units"
        )
    layers, count = shares.shape
    x = np.arange(count) if steps is None else np.asarray(steps)
    if x.shape != (count,):
        raise ShapeError(f"dead_units: steps is {x.shape} but share is {shares.shape}; needed ({count},)")
    labels = (
        [f"layer {index + 1}" for index in range(layers)] if names is None else [str(name) for name in names]
    )
    if len(labels) != layers:
        raise ShapeError(f"dead_units: got {len(labels)} names; needed {layers}, one per layer")
    ax = axes_or_new(ax)
    for label, values, colour in zip(labels, shares, depth_colours(layers), strict=True):
        ax.plot(x, 100 * values, color=colour, label=label)
    ax.set(xlabel="step", ylabel="dead units, %", ylim=(0.0, max(5.0, 108 * float(shares.max()))))
    ax.grid(axis="y")
    name_line_ends(ax)
    worst = int(shares[:, -1].argmax())
    heading = f"Dead at the end: {100 * shares[worst, -1]:.0f} % of {labels[worst]}"
    ax.set_title(heading if title is None else title)
    return ax


@styled
def traces(
    lines: Mapping[str, ArrayLike],
    x: ArrayLike | None = None,
    *,
    label: str = "value",
    x_label: str = "step",
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw numbers over time, each line named at its end; lines that lie on one another share the name.

    Parameters
    ----------
    lines
        Name -> (steps,).
    x
        Where they were measured, (steps,); 0, 1, 2, ... without.
    label, x_label
        What the values are, and what x is.

    Returns
    -------
    The matplotlib Axes, one line per name.

    Raises
    ------
    ShapeError
        A line is not (steps,).

    Examples
    --------
    >>> from tinynn import viz
    >>> len(viz.traces({"w1": [1.0, 0.5], "w2": [1.0, 0.2]}).lines)
    2
    """
    ax = axes_or_new(ax)
    seen: list[tuple[Any, Any]] = []
    for index, (name, given) in enumerate(lines.items()):
        values = np.asarray(given, dtype=np.float64)
        places = np.arange(len(values)) if x is None else np.asarray(x)
        if values.ndim != 1 or places.shape != values.shape:
            raise ShapeError(f"traces: {name!r} is {values.shape}; needed {places.shape}, a number per step")
        twin = next((line for line, other in seen if np.array_equal(other, values)), None)
        (line,) = ax.plot(places, values, color=line_colour(index), label=name if twin is None else "")
        if twin is not None:
            line.set_linestyle((0, (2, 2)))
            twin.set_label(f"{twin.get_label()}, {name}")
        seen.append((line, values))
    ax.set(xlabel=x_label, ylabel=label)
    ax.grid(axis="y")
    name_line_ends(ax)
    ax.set_title("Over time" if title is None else title)
    return ax
