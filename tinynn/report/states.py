"""Plots under sliders: for every position of the sliders, what the plots show was computed beforehand.

A control is a slider or a list; its position is a number 0..top. A part of a plot that moves names the
controls that it depends on and has a frame for each of their positions, the last control fastest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from tinynn.errors import ShapeError
from tinynn.report.block import Block, choice, place, slider


@dataclass(frozen=True)
class Control:
    """A slider, or with listed=True a list; `values` are its positions in words."""

    name: str
    label: str
    values: Sequence[str]
    start: int = 0
    listed: bool = False

    def render(self) -> str:
        """The control as HTML."""
        if self.listed:
            options = {str(i): value for i, value in enumerate(self.values)}
            return f'<div class="row">{choice(self.name, self.label, options, str(self.start))}</div>'
        return slider(self.name, self.label, len(self.values) - 1, self.start)


@dataclass(frozen=True)
class Moving:
    """What moves: the glyph `part` of a plot, the columns of its frames, and the controls it depends on.

    A column "image" of bytes (rows, columns) is the probability of the second of two classes, 0..255.
    """

    plot: str
    part: str
    by: Sequence[str]
    frames: Sequence[Mapping[str, Any]]


def states(
    title: str,
    words: str,
    controls: Sequence[Control],
    plots: Mapping[str, tuple[Any, str]],
    moving: Sequence[Moving],
    told: tuple[Sequence[str], Sequence[str]],
) -> Block:
    """A block: controls, plots side by side, and a sentence on what is to be seen.

    Parameters
    ----------
    title, words : str
    controls : sequence of Control
    plots : name -> (Bokeh figure, alternative text)
    moving : sequence of Moving
    told : (controls, sentences)
        As in Moving: one sentence per position.

    Raises
    ------
    ShapeError
        Something that moves has not one frame per position of its controls.
    """
    sizes = {control.name: len(control.values) for control in controls}
    for by, frames, what in [(m.by, m.frames, f"{m.plot}.{m.part}") for m in moving] + [(*told, "sentences")]:
        if len(frames) != prod(sizes[name] for name in by):
            raise ShapeError(
                f"states: {what} has {len(frames)} frames; needed one per position of {list(by)}"
            )
    parts = "".join(f"<div>{place(name, alt)}</div>" for name, (_, alt) in plots.items())
    html = (
        f'{"".join(control.render() for control in controls)}<p class="number told" aria-live="polite"></p>'
        f'<div class="{"two" if len(plots) > 1 else "one"}">{parts}</div>'
    )
    data = {
        "controls": [
            {"name": c.name, "values": list(c.values), "listed": c.listed, "start": c.start} for c in controls
        ],
        "moving": [
            {"plot": m.plot, "part": m.part, "by": list(m.by), "frames": [dict(f) for f in m.frames]}
            for m in moving
        ],
        "told": {"by": list(told[0]), "sentences": list(told[1])},
    }
    return Block("states", title, words, html, data, {name: drawn for name, (drawn, _) in plots.items()})
