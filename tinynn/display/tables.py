"""Tensor and Module as a notebook shows them: plain HTML tables that bring their colours, text escaped.

They are readable in light and dark notebooks: what is written on a shade names its own colour of ink, the
rest takes the page's.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

import numpy as np

from tinynn.autograd import Array
from tinynn.display.graph import shape_text
from tinynn.display.pixels import image, shades

CELLS, PIXELS, PLANES = 12, 64, 8  # numbers to a side of a table; of a picture; how many pictures
CELL = "padding:2px 7px;text-align:right;font-variant-numeric:tabular-nums"
HEAD = "padding:3px 10px 3px 0;text-align:left;vertical-align:top"


def tensor_html(kind: str, array: Array, notes: str) -> str:
    """A tensor: its form, and its numbers as shaded cells, as pictures, or in a few words.

    Parameters
    ----------
    kind : str
        Tensor, Parameter.
    array : array
    notes : str
        What else is to be said, such as requires_grad.
    """
    said = f"{kind} {shape_text(array.shape)}, {array.dtype}{', ' + notes if notes else ''}"
    return f"<div><div><strong>{escape(said)}</strong></div>{_body(array)}</div>"


def _body(array: Array) -> str:
    if array.size == 0:
        return "<div>no numbers</div>"
    if array.ndim <= 2 and max(array.shape, default=1) <= CELLS:
        return _cells(np.atleast_2d(array))
    planes = _planes(array)
    if planes is None or array.dtype.kind == "b":
        return f"<div>{escape(_summary(array))}</div>"
    count = len(planes)
    cell = max(2, min(10, 160 // max(planes.shape[1:])))
    shown = "".join(image(p, f"plane {i} of {count}", cell) for i, p in enumerate(shades(planes)[:PLANES]))
    more = f" and {count - PLANES} more planes" if count > PLANES else ""
    return f"<div>{shown}{more}</div><div>{escape(_summary(array))}</div>"


def _planes(array: Array) -> Array | None:
    """(planes, h, w) where the last two axes make small pictures, else None."""
    if not 1 <= array.ndim <= 4 or max(array.shape[-2:]) > PIXELS:
        return None
    matrix = np.atleast_2d(array)
    return matrix.reshape(-1, *matrix.shape[-2:])


def _summary(array: Array) -> str:
    if array.dtype.kind == "b":
        return f"{int(array.sum()):,} of {array.size:,} are True"
    low, mean, high = (float(f(array.astype(np.float64))) for f in (np.min, np.mean, np.max))
    return f"{array.size:,} numbers from {low:.4g} to {high:.4g}, mean {mean:.4g}"


def _cells(matrix: Array) -> str:
    """A table of numbers on their shades."""
    number = matrix.astype(np.float64)
    rows = []
    for row, colours in zip(matrix, shades(number), strict=True):
        cells = []
        for value, colour in zip(row, colours.tolist(), strict=True):
            dark = 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2] < 140
            style = (
                f"{CELL};background:rgb({','.join(map(str, colour))});color:{'#fff' if dark else '#1f2933'}"
            )
            cells.append(f'<td style="{style}">{escape(_number(value))}</td>')
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return f'<table style="border-collapse:collapse">{"".join(rows)}</table>'


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, np.floating) else str(value)


def module_html(module: Any) -> str:
    """A model: a row for every module in it, with the arrays that it holds itself."""
    rows = "".join(_rows(module))
    heads = "".join(
        f'<th style="{HEAD}">{head}</th>' for head in ("layer", "what it is", "what it learns", "numbers")
    )
    total, free = module.num_parameters(), module.num_parameters(trainable=True)
    frozen = f", {total - free:,} of them frozen" if free < total else ""
    return (
        f'<div style="overflow-x:auto"><div><strong>{escape(type(module).__name__)}</strong>: '
        f"{total:,} parameters{frozen}</div>"
        f'<table style="border-collapse:collapse"><tr>{heads}</tr>{rows}</table></div>'
    )


def _rows(module: Any) -> Iterator[str]:
    """A row per module; a shared parameter is shown where it is met first, and counted there."""
    own: dict[str, list[tuple[str, Any]]] = {}
    for name, parameter in module.named_parameters():
        where, _, short = name.rpartition(".")
        own.setdefault(where, []).append((short, parameter))
    for name, child in module.named_modules():
        held = own.get(name, [])
        if not name and not held and any(True for _ in child.named_children()):
            continue  # the model itself, which only holds the others
        depth = name.count(".")
        leaf = not any(True for _ in child.named_children())
        said = repr(child) if leaf else type(child).__name__
        count = sum(p.size for _, p in held)
        cells = (
            f'<span style="padding-left:{depth}em">{escape(name or "the model")}</span>',
            escape(said),
            "<br>".join(_parameter(short, p) for short, p in held),
            f"{count:,}" if held else "",
        )
        yield "<tr>" + "".join(f'<td style="{HEAD}">{cell}</td>' for cell in cells) + "</tr>"


def _parameter(name: str, parameter: Any) -> str:
    """Its name and shape, and what it looks like where it is small."""
    array = parameter.data
    said = f"{name} {shape_text(array.shape)}{'' if parameter.requires_grad else ' (frozen)'}"
    planes = _planes(array) if array.size and array.ndim else None
    if planes is None or len(planes) > PLANES:
        return escape(said)
    cell = max(2, min(8, 96 // max(planes.shape[1:])))
    pictures = "".join(image(plane, escape(said, quote=True), cell) for plane in shades(planes))
    return f"{pictures}{escape(said)}"
