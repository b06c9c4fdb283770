"""A slider over the windows of a sequence: the score of each, and what it sends back to the kernel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tinynn import report
from tinynn.autograd import Array
from tinynn.report.plots import LINES, plot
from tinynn.report.states import Control, Moving

WORDS = (
    "One kernel gives every window a score; the maximum is the answer. Going back, a hard max sends all of "
    "the gradient to the window that won and nothing to the others; log-sum-exp gives each its share, and "
    "the shares add up to the gradient of the kernel."
)


def motif_page(x: Array, kernel: Array, parts: Mapping[str, tuple[Array, Array]]) -> report.Block:
    """x (l,), kernel (k,); `parts`: pool -> what each window sends (windows, k), and their sum (k,)."""
    k, pools = len(kernel), list(parts)
    scores = np.lib.stride_tricks.sliding_window_view(x, k) @ kernel
    windows, winner = len(scores), int(scores.argmax())
    controls = [
        Control("pool", "Maximum", pools, 0, listed=True),
        Control("window", "Window", [f"window {i + 1} of {windows}" for i in range(windows)], winner),
    ]
    pairs = [(pool, i) for pool in pools for i in range(windows)]
    by, places = ("pool", "window"), np.arange(k)
    size = np.abs(kernel).max()
    moving = [
        Moving("sequence", "kernel", ("window",),
               [{"x": places + i, "y": kernel / size * np.abs(x).max()} for i in range(windows)]),
        Moving("scores", "mark", ("window",), [{"x": [i + 1], "y": [scores[i]]} for i in range(windows)]),
        Moving("sent", "sent", by, [{"x": places + 1, "y": parts[pool][0][i]} for pool, i in pairs]),
        Moving("sum", "so_far", by,
               [{"x": places + 1, "y": parts[pool][0][: i + 1].sum(0)} for pool, i in pairs]),
        Moving("sum", "whole", ("pool",), [{"x": places + 1, "y": parts[pool][1]} for pool in pools]),
    ]  # fmt: skip
    texts = [told(pool, i, scores, parts[pool][0]) for pool, i in pairs]
    plots = {
        "sequence": (over_sequence(x), "The sequence as a line, the kernel in its window as bars"),
        "scores": (of_windows(scores, winner), "The score of every window; the highest is the winner"),
        "sent": (of_kernel("what this window sends", parts),
                 "The gradient that this window sends to each weight of the kernel"),
        "sum": (of_kernel("sum of the windows so far", parts, whole=True),
                "What the windows up to this one have sent, added up, and the gradient of the kernel"),
    }  # fmt: skip
    return report.states("Who is told that it was wrong", WORDS, controls, plots, moving, (by, texts))


def told(pool: str, i: int, scores: Array, terms: Array) -> str:
    """What window i scored, and how much of the gradient it sends."""
    sizes = np.abs(terms).sum(1)
    first = f"Window {i + 1}: score {scores[i]:+.4f}{', the winner' if i == scores.argmax() else ''}."
    if not sizes[i]:
        return f"{first} Behind {pool} it sends nothing: its gradient is 0."
    share = np.exp(scores - np.logaddexp.reduce(scores))[i] if pool == "log-sum-exp" else 1.0
    return (
        f"{first} Behind {pool} its share is {100 * share:.1f} %; {int((sizes > 0).sum())} of {len(terms)} "
        "windows send a gradient."
    )


def over_sequence(x: Array) -> Any:
    drawn = plot(height=300, x_label="place", y_label="sequence; bars: the kernel")
    drawn.line(np.arange(len(x)), x, line_width=2.5, color=LINES[3])
    drawn.scatter(np.arange(len(x)), x, size=8, color=LINES[3])
    drawn.vbar("x", 0.55, "y", source={"x": [0.0], "y": [0.0]}, fill_color=LINES[1], fill_alpha=0.55,
               line_color=None, name="kernel")  # fmt: skip
    return drawn


def of_windows(scores: Array, winner: int) -> Any:
    drawn = plot(height=300, x_label="window", y_label="score")
    colours = [LINES[0] if i == winner else LINES[3] for i in range(len(scores))]
    at = np.arange(len(scores)) + 1
    drawn.vbar(at, 0.6, scores, fill_color=colours, line_color=None)
    drawn.scatter("x", "y", source={"x": [1.0], "y": [0.0]}, size=14, fill_color=LINES[1], tags=["ink"],
                  name="mark")  # fmt: skip
    drawn.xaxis.ticker = at.tolist()
    return drawn


def of_kernel(label: str, parts: Mapping[str, tuple[Array, Array]], whole: bool = False) -> Any:
    """Bars over the weights of the kernel, on one scale for both plots and both maxima."""
    top = 1.1 * max(np.abs(gradient).max() for pair in parts.values() for gradient in pair)
    k = len(next(iter(parts.values()))[1])
    drawn = plot(height=300, x_label="weight of the kernel", y_label=label, x_range=(0.3, k + 0.7),
                 y_range=(-top, top))  # fmt: skip
    drawn.vbar("x", 0.6, "y", source={"x": [0.0], "y": [0.0]}, fill_color=LINES[0], line_color=None,
               name="so_far" if whole else "sent")  # fmt: skip
    if whole:
        drawn.scatter("x", "y", source={"x": [0.0], "y": [0.0]}, size=11, fill_color=None, line_width=2,
                      tags=["ink"], name="whole", legend_label="gradient of the kernel")  # fmt: skip
        drawn.add_layout(drawn.legend[0], "below")
    drawn.xaxis.ticker = list(range(1, k + 1))
    return drawn
