"""Kernel calls under the roof of the machine: how fast each is, and what holds it back.

Legend: intensity FLOPs per byte moved; speed GFLOP/s; a roof is the lesser of a peak and of bandwidth times
intensity.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinynn.errors import ShapeError
from tinynn.viz.style import INK, SOFT, axes_or_new, figure_of, line_colour, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAMED = 8  # calls that take longest; more names are not read
AROUND = ((1, 0), (1, 1), (1, -1), (0, 1.4), (0, -1.4), (-1, 0), (-1, 1), (-1, -1))
PLACES = [(far * x, far * y) for far in (9, 15, 22, 32, 45, 65) for x, y in AROUND]  # points from a dot


@styled
def roofline(
    intensity: ArrayLike,
    speed: ArrayLike,
    seconds: ArrayLike,
    *,
    peak: float,
    bandwidths: Mapping[str, float],
    names: Sequence[str],
    kinds: Sequence[str] | None = None,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw one dot per call under the roofs of the machine; the larger a dot, the longer its call takes.

    Parameters
    ----------
    intensity, speed, seconds
        (calls,): FLOPs per byte, GFLOP/s, and how long the call takes. Calls without a FLOP are left out.
    peak
        GFLOP/s of the machine.
    bandwidths
        Where the bytes come from -> GB/s; a slanted roof each.
    names
        (calls,); written beside those that take longest, where there is a name.
    kinds
        (calls,); a colour each, named at the right.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ShapeError
        The lengths differ, or no call has a FLOP.

    Examples
    --------
    >>> from tinynn import viz
    >>> ax = viz.roofline([10.0, 0.2], [90.0, 4.0], [2e-4, 1e-5], peak=117.0, bandwidths={"memory": 25.0},
    ...                   names=["linear_forward", "sgd_step"])
    >>> ax.get_xlabel()
    'FLOPs per byte'
    """
    x, y, time = (np.asarray(a, dtype=np.float64) for a in (intensity, speed, seconds))
    kinds = [""] * len(names) if kinds is None else list(kinds)
    if not (len(x) == len(y) == len(time) == len(names) == len(kinds)):
        raise ShapeError(
            f"roofline: got {len(x)} intensities, {len(y)} speeds, {len(time)} times, {len(names)} names and "
            f"{len(kinds)} kinds; needed as many of each"
        )
    seen: list[int] = np.flatnonzero((x > 0) & (y > 0)).tolist()
    if not seen:
        raise ShapeError("roofline: no call computes anything; needed FLOPs above 0")
    ax = axes_or_new(ax, 10.0, 6.2)
    colours = {kind: line_colour(i) for i, kind in enumerate(dict.fromkeys(kinds))}
    area = 30 + 700 * time / time[seen].sum()
    for kind, colour in colours.items():
        of = [i for i in seen if kinds[i] == kind]
        ax.scatter(x[of], y[of], s=area[of], color=colour, alpha=0.75, linewidths=0, label=kind, zorder=3)
    if any(kinds):
        legend = ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0))
        for handle in legend.legend_handles:
            handle.set_sizes([80])  # type: ignore[union-attr]
    slowest = sorted(seen, key=lambda i: -time[i])
    ax.set_title(f"{share(time, slowest[0])} of the time: {names[slowest[0]]}" if title is None else title)
    draw_roofs(ax, x[seen], y[seen], peak, bandwidths)
    figure: Any = figure_of(ax)
    figure.draw_without_rendering()  # only now is it known where things stand
    name_roofs(ax, peak, bandwidths)
    write_names(
        ax,
        [(names[i], x[i], y[i], colours[kinds[i]]) for i in slowest if names[i]][:NAMED],
        boxes(ax, x[seen], y[seen], area[seen]),
    )
    return ax


def share(time: NDArray[np.float64], call: int) -> str:
    """ "38 %" """
    return f"{100 * time[call] / time.sum():.0f} %"


def draw_roofs(
    ax: Axes, x: NDArray[Any], y: NDArray[Any], peak: float, bandwidths: Mapping[str, float]
) -> None:
    """The axes, the flat roof of the peak, and a slanted one for every bandwidth."""
    slow, fast = min(bandwidths.values()), max(bandwidths.values())
    left, right = min(x.min() / 3, peak / fast / 4), max(x.max() * 3, peak / slow * 4)
    ax.set(xscale="log", yscale="log", xlabel="FLOPs per byte", ylabel="GFLOP/s")
    ax.set(xlim=(left, right), ylim=(min(y.min() / 3, left * slow), peak * 3))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter("{x:g}")
    ax.grid(which="major")
    ax.plot([peak / fast, right], [peak, peak], color=INK, linewidth=2.0)
    for rate in bandwidths.values():
        ends = np.array([left, peak / rate])
        ax.plot(ends, ends * rate, color=SOFT, linewidth=1.6)


def name_roofs(ax: Axes, peak: float, bandwidths: Mapping[str, float]) -> None:
    """What each roof is, along it."""
    left = ax.get_xlim()[0]
    corner = (peak / max(bandwidths.values()), peak)  # dots crowd under the other end
    ax.annotate(f"peak {peak:.0f} GFLOP/s", corner, xytext=(4, 5), textcoords="offset points", color=INK)
    (x0, y0), (x1, y1) = ax.transData.transform([(1, 1), (10, 10)])
    for where, rate in bandwidths.items():
        begin = max(left, ax.get_ylim()[0] / rate) * 1.25
        ax.annotate(
            f"{where}: {rate:.0f} GB/s",
            (begin, begin * rate),
            xytext=(0, 5),
            textcoords="offset points",
            rotation=np.degrees(np.arctan2(y1 - y0, x1 - x0)),
            rotation_mode="anchor",
            color=SOFT,
            fontsize=11,
        )


def boxes(ax: Axes, x: NDArray[Any], y: NDArray[Any], area: NDArray[Any]) -> list[Any]:
    """The pixels that the dots cover."""
    from matplotlib.transforms import Bbox

    radius = np.sqrt(area) / 2 * figure_of(ax).dpi / 72
    centres = ax.transData.transform(np.column_stack([x, y]))
    return [Bbox([c - r, c + r]) for c, r in zip(centres, radius, strict=True)]


def write_names(ax: Axes, wanted: Sequence[tuple[str, float, float, str]], taken: list[Any]) -> None:
    """Each name beside its dot, where neither a name nor a dot stands already; a thin line leads far ones."""
    from matplotlib.text import Text

    taken = taken + [text.get_window_extent() for text in ax.texts]
    inside = ax.get_window_extent()
    for name, x, y, colour in wanted:
        for right, up in PLACES:
            far = abs(right) + abs(up) > 30
            text = ax.annotate(
                name,
                (x, y),
                xytext=(right, up),
                textcoords="offset points",
                ha="left" if right > 0 else "right" if right < 0 else "center",
                va="center",
                fontsize=11,
                color=colour,
                arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.7} if far else None,
                bbox={"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 0.5},
                zorder=4,
            )
            text.get_window_extent()  # puts it into its place
            box = Text.get_window_extent(text)  # without the line that leads to it
            within = inside.x0 < box.x0 and box.x1 < inside.x1 and inside.y0 < box.y0 and box.y1 < inside.y1
            if within and not any(box.overlaps(other) for other in taken):
                taken.append(box)
                break
            text.remove()
