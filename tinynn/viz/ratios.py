"""How many times faster, workload by workload, and who was first at an accuracy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tinynn.errors import ShapeError
from tinynn.viz.style import INK, SOFT, axes_or_new, line_colour, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BAR = 0.8  # of the place that a workload has


@styled
def ratio_bars(
    ratios: Mapping[str, Mapping[str, float | None]], *, ax: Axes | None = None, title: str | None = None
) -> Axes:
    """Draw a bar per workload and setting, from 1 (equally fast) to the ratio, on a logarithmic axis.

    Parameters
    ----------
    ratios
        Workload -> setting ("1 thread", "2 threads", ...) -> time of the peer over ours; None where there is
        none.

    Returns
    -------
    The matplotlib Axes, bars to the right of 1 where we are faster, each with its ratio beside it.

    Raises
    ------
    ShapeError
        There are no workloads.

    Examples
    --------
    >>> from tinynn import viz
    >>> ax = viz.ratio_bars({"W1": {"1 thread": 2.0, "2 threads": 0.5}})
    >>> [float(patch.get_width()) for patch in ax.patches]
    [1.0, -0.5]
    """
    if not ratios:
        raise ShapeError("ratio_bars: got no workloads; needed at least one name -> ratios")
    settings = list(dict.fromkeys(setting for row in ratios.values() for setting in row))
    ax = axes_or_new(ax, 9.0, 1.6 + 0.36 * len(ratios) * max(len(settings), 1))
    height = BAR / max(len(settings), 1)
    for index, setting in enumerate(settings):
        for place, row in enumerate(ratios.values()):
            value = row.get(setting)
            if value is None:
                continue
            y = place + (index + 0.5) * height - BAR / 2
            ax.barh(
                y,
                value - 1,
                0.9 * height,
                left=1,
                color=line_colour(index),
                label=setting if not place else "",
            )
            beside: Any = (
                {"ha": "left", "xytext": (5, 0)} if value >= 1 else {"ha": "right", "xytext": (-5, 0)}
            )
            ax.annotate(
                f"{value:.2f}", (value, y), va="center", textcoords="offset points", fontsize=10, **beside
            )
    present = [v for row in ratios.values() for v in row.values() if v is not None] or [1.0]
    ax.set_xscale("log")
    ax.set_xlim(min([0.5, *present]) / 1.5, max([2.0, *present]) * 1.5)
    ticks = [t for t in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100) if ax.get_xlim()[0] < t < ax.get_xlim()[1]]
    ax.set_xticks(ticks, [f"{t:g}" for t in ticks])
    ax.set_xticks([], minor=True)
    ax.set_yticks(range(len(ratios)), list(ratios))
    ax.set_ylim(len(ratios) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.axvline(1, color=INK, linewidth=1.5)
    ax.grid(axis="x")
    ax.set_xlabel("time of the best peer / time of tinynn")
    if len(settings) > 1:
        ax.legend(loc="best")
    ax.set_title("Right of the line, tinynn is faster" if title is None else title)
    return ax


@styled
def time_bars(
    microseconds: Mapping[str, float],
    *,
    first: str | None = None,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw how long one call takes, a bar per side, on a logarithmic axis.

    Parameters
    ----------
    microseconds
        Side -> microseconds of one call, above 0.
    first
        The side to which the others are compared; drawn in the first colour.

    Returns
    -------
    The matplotlib Axes; beside each bar its time and, of the others, how many times as long `first` takes.

    Raises
    ------
    ShapeError
        There are no sides, or `first` is none of them.

    Examples
    --------
    >>> from tinynn import viz
    >>> ax = viz.time_bars({"yours": 80.0, "tinynn": 20.0}, first="yours")
    >>> [text.get_text() for text in ax.texts]
    ['80.0 us', '20.0 us  (yours takes 4.0 x as long)']
    """
    if not microseconds or (first is not None and first not in microseconds):
        raise ShapeError(
            f"time_bars: got sides {list(microseconds)} and first {first!r}; needed it among them"
        )
    ax = axes_or_new(ax, 9.0, 1.7 + 0.55 * len(microseconds))
    lowest = min(microseconds.values()) / 4
    for place, (name, time) in enumerate(microseconds.items()):
        ax.barh(place, time - lowest, 0.62, left=lowest, color=line_colour(0) if name == first else SOFT)
        words = f"{time:.1f} us" if time < 1000 else f"{time / 1000:.2f} ms"
        if first is not None and name != first:
            words += f"  ({first} takes {microseconds[first] / time:.1f} x as long)"
        ax.annotate(words, (time, place), (6, 0), va="center", textcoords="offset points", fontsize=11)
    ax.set_xscale("log")
    ax.set_xlim(lowest, max(microseconds.values()) * 12)  # room for the words
    ax.set_yticks(range(len(microseconds)), list(microseconds))
    ax.set_ylim(len(microseconds) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x")
    ax.set_xlabel("microseconds of one call: shorter is better")
    ax.set_title("How long one call takes" if title is None else title)
    return ax


@styled
def race(
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    target: float,
    *,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw accuracy over time, a line per runner, and the accuracy that they were to reach.

    Parameters
    ----------
    curves
        Name -> (seconds, accuracy), one of each per epoch; accuracy within 0..1.
    target
        The accuracy to reach, within 0..1.

    Returns
    -------
    The matplotlib Axes: a line per runner, named at its end, after the line of the target.

    Raises
    ------
    ShapeError
        There are no runners, or one has not as many seconds as accuracies.

    Examples
    --------
    >>> from tinynn import viz
    >>> ax = viz.race({"tinynn": ([1.0, 2.0], [0.9, 0.98])}, 0.97)
    >>> ax.get_title(loc="left")
    '97 %: tinynn after 2.0 s'
    """
    if not curves:
        raise ShapeError("race: got no curves; needed at least one name -> (seconds, accuracy)")
    ax = axes_or_new(ax, 7.5, 4.6)
    ax.axhline(100 * target, color=SOFT, linewidth=1.2, linestyle=(0, (4, 3)))
    reached = []
    for index, (name, (seconds, accuracy)) in enumerate(curves.items()):
        if len(seconds) != len(accuracy) or not len(seconds):
            raise ShapeError(
                f"race: {name!r} has {len(seconds)} seconds and {len(accuracy)} accuracies; needed as many, "
                "one of each per epoch"
            )
        colour = line_colour(index)
        ax.plot(seconds, [100 * value for value in accuracy], color=colour, marker="o", label=name)
        ax.annotate(
            name,
            (seconds[-1], 100 * accuracy[-1]),
            (7, 0),
            textcoords="offset points",
            va="center",
            color=colour,
        )
        first = reach(seconds, accuracy, target)
        reached.append(f"{name} after {first:.1f} s" if first is not None else f"{name} never")
    ax.margins(x=0.18)
    ax.set_xlim(left=0.0)
    ax.grid(axis="y")
    ax.set(xlabel="seconds of training", ylabel="test accuracy, %")
    ax.set_title(f"{100 * target:g} %: {', '.join(reached)}" if title is None else title)
    return ax


def reach(seconds: Sequence[float], accuracy: Sequence[float], target: float) -> float | None:
    """When the accuracy was first at least `target`, None if never.

    Examples
    --------
    >>> reach([1.0, 2.0, 3.0], [0.5, 0.9, 0.8], 0.8)
    2.0
    """
    return next((s for s, a in zip(seconds, accuracy, strict=True) if a >= target), None)
