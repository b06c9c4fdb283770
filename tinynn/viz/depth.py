"""What another layer buys, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinynn.errors import ShapeError
from tinynn.viz.curves import name_line_ends
from tinynn.viz.style import grid_or_new, line_colour, styled


@styled
def accuracy_vs_depth(
    depths: Sequence[int],
    accuracy: ArrayLike | Mapping[str, ArrayLike],
    cost: ArrayLike | Mapping[str, ArrayLike],
    *,
    cost_label: str = "training time, seconds",
    axes: Any = None,
    title: str | None = None,
) -> NDArray[Any]:
    """Draw accuracy against depth, every seed a dot and their median a line, and beside it the cost.

    Parameters
    ----------
    depths
        Weight layers of the nets, (d,).
    accuracy
        (d, seeds), within 0..1; or one such array per data set, by name.
    cost
        (d,) or (d, seeds); by name where accuracy is.

    Returns
    -------
    A flat array of matplotlib Axes: accuracy, one per data set because each needs its own scale, then cost.

    Raises
    ------
    ShapeError
        Where a first dimension is not the number of depths.

    Examples
    --------
    >>> from tinynn import viz
    >>> axes = viz.accuracy_vs_depth([1, 2], [[0.92, 0.93], [0.97, 0.98]], [1.0, 2.0])
    >>> axes[0].get_title(loc="left")
    'Best median 97.5 % with 2 layers'
    """
    scores = {name: table("accuracy", depths, values) for name, values in by_name(accuracy).items()}
    costs = {name: table("cost", depths, values) for name, values in by_name(cost).items()}
    flat = grid_or_new("accuracy_vs_depth", axes, len(scores) + 1, 3, cell=(5.9, 4.4), head=0.0)
    for index, (ax, (name, values)) in enumerate(zip(flat[:-1], scores.items(), strict=True)):
        draw_spread(ax, depths, 100 * values, line_colour(index), name)
        ax.set(xlabel="weight layers", ylabel="test accuracy, %")
        ax.set_title(best_depth(depths, name, values) if title is None else title)
    for index, (name, values) in enumerate(costs.items()):
        draw_spread(flat[-1], depths, values, line_colour(index), name)
    flat[-1].set(xlabel="weight layers", ylabel=cost_label)
    flat[-1].set_ylim(bottom=0.0)
    flat[-1].set_title("What it costs")
    if any(costs):
        name_line_ends(flat[-1], gap=15)
    return flat


def by_name(values: Any) -> dict[str, Any]:
    """One unnamed array as a mapping of one."""
    return dict(values) if isinstance(values, Mapping) else {"": values}


def table(what: str, depths: Sequence[int], values: ArrayLike) -> NDArray[np.float64]:
    """(d, seeds), from (d, seeds) or (d,)."""
    array = np.asarray(values, dtype=np.float64)
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim != 2 or len(array) != len(depths) or array.size == 0:
        raise ShapeError(
            f"accuracy_vs_depth: {what} is {array.shape}; needed ({len(depths)}, seeds), a row per depth; "
            f"try {what}.T"
        )
    return array


def draw_spread(ax: Any, depths: Sequence[int], values: NDArray[np.float64], colour: str, name: str) -> None:
    """Dots for the seeds, fanned out sideways so that equal ones are counted, under the line of medians."""
    seeds = values.shape[1]
    fan = np.linspace(-0.12, 0.12, seeds) if seeds > 1 else np.zeros(1)
    x = np.asarray(depths, dtype=np.float64)[:, None] + fan
    ax.scatter(x, values, s=26, color=colour, alpha=0.55, linewidths=0)
    ax.plot(depths, np.median(values, axis=1), color=colour, label=name)
    ax.set_xticks(list(depths))
    ax.grid(axis="y")


def best_depth(depths: Sequence[int], name: str, values: NDArray[np.float64]) -> str:
    """A title that says where the median is highest."""
    median = np.median(values, axis=1)
    best = int(median.argmax())
    start = f"{name}: best" if name else "Best"
    layers = "layer" if depths[best] == 1 else "layers"
    return f"{start} median {100 * median[best]:.1f} % with {depths[best]} {layers}"
