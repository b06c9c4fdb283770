"""The page of fold-width: the cause in words, whether depth helps, every cell under sliders, and captions.

All numbers in it are those of the run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from tinynn import report
from tinynn.autograd import Array
from tinynn.experiments._starts import Cell, interval, starts_in_words
from tinynn.experiments.registry import Metrics
from tinynn.report.plots import LINES, plot
from tinynn.report.states import Control, Moving

Key = tuple[str, str, int, int]  # activation, start, hidden layers, width
Cells = Mapping[Key, Cell]
NAMES = {"relu": "ReLU", "tanh": "tanh"}
EDGES = np.arange(30, 103, 3)  # of the histogram: 33.3 % is in its second bin, 99 % and more in its last

WHY = """A ReLU unit answers 0 wherever its sum is negative. In a layer of two, a point that is negative in \
one unit lands on an axis and keeps one of its two coordinates; negative in both, it lands in the \
origin, and all points there are one point from then on: no later layer can part them, and all get \
the same answer.

A unit that is negative for every point is silent: one silent unit of two puts all points on a line, \
two make them one point. The slope of ReLU is 0 there, so that no gradient reaches the unit's \
weights; only a change in the layers before could wake it. In [activations] ReLUs die in the same \
way."""


def per_cent(share: float) -> str:
    """A share as it is written in a sentence."""
    value = 100 * share
    return f"{value:.1f} %" if 0 < value < 10 else f"{value:.0f} %"


def one_answer(accuracy: Array) -> int:
    """Nets that are right for one class of three and no more."""
    return int(np.isclose(accuracy, 1 / 3).sum())


def cause(rows: Sequence[Metrics], cells: Cells) -> report.Block:
    """Why two units are hard to train: the reason, and what of it was measured."""
    columns: dict[str, Callable[[Metrics], float]] = {
        "nets with a silent unit before the first step": lambda row: row["silent"]["nets_before"],
        "of these units, silent after the last step": lambda row: row["silent"]["still"],
        "nets with one answer for all points": lambda row: row["one_answer"],
        "nets with 99 % right": lambda row: row["share_of_99_percent"],
    }
    lines = "".join(table_row(row["start"], *(value(row) for value in columns.values())) for row in rows)
    heads = "".join(f"<th>{head}</th>" for head in ("start", *columns))
    table = f"<thead><tr>{heads}</tr></thead><tbody>{lines}</tbody>"
    depths, widths = sides(cells)
    depth = middle(depths)
    wider = [per_cent(share(cells["relu", "wide", depth, width])) for width in widths]
    measured = (
        f"Measured on four layers of two ReLU units, {rows[0]['nets']} nets from each of two starts: "
        f"{starts_in_words(row['start'] for row in rows)} Two such nets can be watched in [fold-plane]. "
        f"With more units one of them nearly always lets a point pass: {depth} ReLU layers of "
        f"{listed(widths)} units get 99 % right in {listed(wider)} of the nets (wide start, below)."
    )
    html = f'<table class="rows">{table}</table>'
    return report.Block("", "Why two ReLU units are hard to train", f"{WHY}\n\n{measured}", html)


def table_row(name: str, *shares: float, end: str = "") -> str:
    """A row of a table: a name, shares, and words."""
    cells = "".join(f"<td>{per_cent(value)}</td>" for value in shares)
    return f"<tr><th>{name}</th>{cells}{f'<td>{end}</td>' if end else ''}</tr>"


def share(cell: Cell) -> float:
    return float((cell.accuracy >= 0.99).mean())


def middle(values: Sequence[int]) -> int:
    return values[len(values) // 2]


def listed(values: Sequence[object]) -> str:
    """a, b and c."""
    words = [str(value) for value in values]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def in_short(cells: Cells) -> str:
    """For the card: the narrowest nets and the widest."""
    depths, widths = sides(cells)
    depth = middle(depths)
    few, many = (per_cent(share(cells["relu", "wide", depth, width])) for width in (widths[0], widths[-1]))
    return f"{depth} ReLU layers of {widths[0]}: {few} of the nets get 99 % right, of {widths[-1]}: {many}"


def sides(cells: Cells) -> tuple[list[int], list[int]]:
    """The depths and the widths of the table."""
    return sorted({key[2] for key in cells}), sorted({key[3] for key in cells})


def depth_block(cells: Cells) -> report.Block:
    """Whether more layers help, for every activation and width from the wide start."""
    depths, widths = sides(cells)
    rows = ""
    for activation, width in [(a, w) for a in NAMES for w in widths]:
        shares = [share(cells[activation, "wide", depth, width]) for depth in depths]
        name = f"{NAMES[activation]}, width {width}"
        rows += table_row(name, *shares, end=verdict(depths, shares))
    heads = "".join(f"<th>{depth} layers</th>" for depth in depths)
    head = f"<thead><tr><th>net</th>{heads}<th>do more help?</th></tr></thead>"
    words = (
        "Shares of nets that get 99 % right, from the wide start. Every ReLU layer can press more points "
        "together and none parts them again, so that depth does not make up for width."
    )
    tanh = cells["tanh", "wide", middle(depths), widths[0]].accuracy
    if len(missed := tanh[tanh < 0.99]):
        words += (
            " tanh presses nothing into one point and fails more gently: "
            f"{per_cent(len(missed) / len(tanh))} of the nets of {middle(depths)} layers of {widths[0]} "
            f"miss 99 %, but half of these have more than {per_cent(float(np.median(missed)))} right. They "
            "have lost nothing; the descent has ended before it found the fold."
        )
    table = f'<table class="rows">{head}<tbody>{rows}</tbody></table>'
    return report.Block("", "Do more layers help?", words, table)


def verdict(depths: Sequence[int], shares: Sequence[float]) -> str:
    """What the shares over depth say, in words."""
    best = int(np.argmax(shares))
    if max(shares) < 0.05:
        return "no: hardly any net at any depth"
    if min(shares) >= 0.9:
        return "not needed"
    if best == 0 or shares[best] - shares[0] < 0.05:
        return "no"
    if best == len(depths) - 1:
        return "yes"
    again = "worse again" if shares[best] - shares[-1] >= 0.05 else "no better"
    return f"{depths[best]} do, {depths[-1]} do {again}"


def shapes(cells: Cells, count: int, steps: int) -> report.Block:
    """One cell of the table at a time: what became of all its nets."""
    starts = list(dict.fromkeys(key[1] for key in cells))
    depths, widths = sides(cells)
    controls = [
        Control("activation", "Activation", list(NAMES.values()), 0, listed=True),
        Control("start", "Start", [f"{start} start" for start in starts], 0, listed=True),
        Control("layers", "Layers", [f"{depth} hidden layers" for depth in depths], min(1, len(depths) - 1)),
        Control("width", "Width", [f"{width} units a layer" for width in widths], 0),
    ]
    all_by = ("activation", "start", "layers", "width")
    bars = [{"top": np.histogram(100 * cell.accuracy, EDGES)[0].tolist()} for cell in cells.values()]
    tables = []
    for _, group in groupby(cells.items(), key=lambda item: item[0][:2]):
        shares = [share(cell) for _, cell in group]
        tables.append({"share": shares, "text": [per_cent(value) for value in shares]})
    here = [{"x": [str(depth)], "y": [str(width)]} for depth in depths for width in widths]
    moving = [
        Moving("nets", "bars", all_by, bars),
        Moving("table", "cells", ("activation", "start"), tables),
        Moving("table", "texts", ("activation", "start"), tables),
        Moving("table", "here", ("layers", "width"), here),
    ]
    plots = {
        "nets": (histogram(count), "How many nets of this shape have which share of the points right"),
        "table": (shares_table(depths, widths), "The share of nets with 99 %, for every width and depth"),
    }
    words = (
        f"Each shape of net is trained from {count} seeds, {steps:,} steps of Adam on all 300 points. A "
        f"start is what the first weights are drawn from; {starts_in_words(starts)} What counts is the "
        "share of nets that get 99 % of the points right: as the arms meet in one point, 99.3 % is the "
        "most there is."
    )
    told = [sentence(key, cell) for key, cell in cells.items()]
    return report.states("Every shape of net", words, controls, plots, moving, (all_by, told))


def sentence(key: Key, cell: Cell) -> str:
    """What became of the nets of one cell."""
    activation, start, depth, width = key
    nets, value = len(cell.accuracy), share(cell)
    low, high = interval(value, nets)
    return (
        f"{NAMES[activation]}, {depth} layers of {width}, {start} start: {round(value * nets)} of {nets} "
        f"nets get 99 % "
        f"right, {per_cent(value)} ({per_cent(low)} to {per_cent(high)} with 95 % confidence). The median "
        f"net has "
        f"{per_cent(float(np.median(cell.accuracy)))} right; {one_answer(cell.accuracy)} give all points one "
        f"answer."
    )


def histogram(count: int) -> Any:
    """Nets over accuracy, those with 99 % in another colour."""
    drawn = plot(height=330, x_label="points right, %", y_label="nets", y_range=(0, 1.04 * count))
    left, right = EDGES[:-1].tolist(), EDGES[1:].tolist()
    colour = [*[LINES[0]] * (len(left) - 1), LINES[1]]
    source = {"left": left, "right": right, "top": [0] * len(left), "colour": colour}
    drawn.quad("left", "right", "top", 0, source=source, fill_color="colour", line_color=None, name="bars")
    return drawn


def shares_table(depths: Sequence[int], widths: Sequence[int]) -> Any:
    """A square for every width and depth, and a frame around the one that the sliders have chosen."""
    columns, rows = [str(depth) for depth in depths], [str(width) for width in widths]
    drawn = plot(height=330, x_label="hidden layers", y_label="width", x_range=columns, y_range=rows[::-1])
    x, y = (list(each) for each in zip(*[(c, r) for c in columns for r in rows], strict=True))
    source = {"x": x, "y": y, "share": [0.0] * len(x), "text": [""] * len(x)}
    square = {"width": 0.96, "height": 0.96}
    centred = {"text_align": "center", "text_baseline": "middle", "tags": ["ink"]}
    inside = {"fill_color": LINES[0], "fill_alpha": "share", "line_color": None}
    frame = {"fill_color": None, "line_width": 3, "tags": ["ink"]}
    drawn.rect("x", "y", **square, source=dict(source), name="cells", **inside)
    drawn.text("x", "y", "text", source=dict(source), name="texts", **centred)
    drawn.rect("x", "y", **square, source={"x": x[:1], "y": y[:1]}, name="here", **frame)
    drawn.grid.visible = False
    return drawn


def seen(rows: Sequence[Metrics], count: int) -> dict[str, str]:
    """Name of a figure -> what is to be seen on it."""
    one, nets = rows[0]["one_net"], rows[0]["nets"]
    lowest = listed([f"{round(row['one_answer'] * nets)} with {row['start']}" for row in rows])
    starts = starts_in_words(row["start"] for row in rows)
    lost = [
        f"layer {n} puts {layer['lost']} into the origin, mostly {who(layer['most_by'])}"
        for n, layer in enumerate(one["layers"], 1)
        if layer["lost"]
    ]
    return {
        "success": f"The share of nets that get 99 % right, {count} nets in every cell: from the top down "
        "layers grow wider, from left to right nets grow deeper.",
        "median": f"The same cells: points that the median net gets right; half of the {count} nets are "
        "better. 33 means that it gives all points one answer.",
        "starts": f"Two ReLU units, four layers, {nets} nets from each start, every net a dot. The bottom "
        f"row, 33.3 %, gives all points one answer: {lowest}. The starts: {starts} They train longer than "
        "the nets of the table and from other starts, so that their medians differ; [fold-plane] has more "
        "of biases +1.",
        "pushed-out": "The same nets, their points counted after each layer. Solid line: points that lie "
        "in one place with others, wherever that is by then; it can only rise. Bars: points in the origin "
        "just now, in colour those that would not be were it not for a bias. Dotted line: those on an "
        "axis, too.",
        "collapse": f"One net that began with {rows[0]['start']} and ends with {per_cent(one['accuracy'])} "
        f"right; grey points lose their place: {'; '.join(lost) or 'none'}. Where a unit is negative for "
        "all points, ReLU makes the plane a line. Each picture has its own scale.",
    }


def who(by: str) -> str:
    """What pushed points out, in words: W, b1, b2, or b1 or b2."""
    return "by the weights alone" if by == "W" else f"by the bias of unit {by.replace('b', '')}"
