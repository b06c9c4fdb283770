"""A small net as a graph of single numbers, walked through one op at a time, forward and then backward.

Legend: a node is a number; it was given, or an op made it of its inputs. Coming back, an edge carries

    downstream = upstream x local

from the op to one of its inputs, and an input that is used twice gets the sum.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from tinynn.errors import ArgumentError
from tinynn.report.block import Block, choice, slider

ACROSS, DOWN = 112, 66  # SVG units between two columns and two rows
WIDE, HIGH = 68, 46
SIGNS = {"mul": "\u00d7", "add": "+", "sub": "\u2212", "square": "a\u00b2"}
RUNGS = {
    "numpy": "NumPy",
    "cython": "Cython",
    "reference": "C++, the oracle",
    "simd": "C++ with vectors",
}


def stepper(nodes: Sequence[Mapping[str, Any]], sources: Mapping[str, Any]) -> Block:
    """A block: the graph, the step that was made in words and numbers, and the kernel that makes it.

    Parameters
    ----------
    nodes
        In the order in which they come about, each with name, value, grad, column, row; of those that an op
        made also op, inputs, locals (the local derivative by each input), formula and rules.
    sources
        op -> "forward" or "backward" -> rung -> pieces (path, first, text, marks).

    Raises
    ------
    ArgumentError
        An input of a node is not there before it.
    """
    known: set[str] = set()
    for node in nodes:
        if missing := set(node["inputs"]) - known:
            raise ArgumentError(f"stepper: {node['name']} is made of {sorted(missing)}, which come later")
        known.add(node["name"])
    ops = [node for node in nodes if node["op"]]
    controls = (
        '<div class="row no-print"><button type="button" class="back">Back</button>'
        '<button type="button" class="next">Next step</button>'
        f"{choice('rung', 'Kernel on the rung', RUNGS, 'reference')}</div>"
        + slider("step", "Step", 2 * len(ops), 0)
    )
    html = (
        f'{controls}<div class="scroll graph" tabindex="0">{graph(nodes)}</div>'
        '<div class="two"><div class="told" aria-live="polite"></div><div class="source"></div></div>'
    )
    words = (
        "Forward, every op computes one number. Backward, every op hands on to each of its inputs what came "
        "from above, times its own derivative by that input; what is used twice adds both up. Black: values, "
        "red and blue: how the cost C would change. It is what loss.backward() does, in the same order."
    )
    return Block(
        "stepper", "Backpropagation, step by step", words, html, {"nodes": nodes, "sources": sources}
    )


def graph(nodes: Sequence[Mapping[str, Any]]) -> str:
    """The graph as SVG, all of it there and to be filled in."""
    at = {node["name"]: place(node) for node in nodes}
    edges, carried = [], []
    for node in nodes:
        for n, name in enumerate(node["inputs"]):
            (x1, y1), (x2, y2) = at[name], at[node["name"]]
            x1, x2 = x1 + WIDE / 2, x2 - WIDE / 2
            middle = (y1 + y2) / 2 - (HIGH / 2 + 7 if y1 == y2 else 2)  # over the boxes, not on them
            what = f'data-from="{name}" data-to="{node["name"]}" data-input="{n}"'
            way = f"M{x1},{y1} C{x1 + 24},{y1} {x2 - 24},{y2} {x2},{y2}"
            edges.append(f'<path class="edge" {what} d="{way}" fill="none"/>')
            carried.append(
                f'<text class="edge" x="{(x1 + x2) / 2}" y="{middle}" text-anchor="middle"></text>'
            )
    boxes = "".join(box(node, *at[node["name"]]) for node in nodes)
    right = max(x for x, _ in at.values()) + WIDE
    top, bottom = (f(y for _, y in at.values()) for f in (min, max))
    view = f"{-WIDE} {top - HIGH} {right + WIDE} {bottom - top + 2 * HIGH}"
    parts = "".join([*edges, boxes, *carried])
    return f'<svg viewBox="{view}" role="img" aria-label="The net as a graph of numbers">{parts}</svg>'


def place(node: Mapping[str, Any]) -> tuple[float, float]:
    return ACROSS * float(node["column"]), DOWN * float(node["row"])


def box(node: Mapping[str, Any], x: float, y: float) -> str:
    """A node: its name and what makes it, its value, its gradient below."""
    name, sign = str(node["name"]), SIGNS.get(str(node["op"]), str(node["op"]))
    return (
        f'<g class="node {"op" if node["op"] else "leaf"}" data-name="{name}">'
        f'<rect x="{x - WIDE / 2}" y="{y - HIGH / 2}" width="{WIDE}" height="{HIGH}" rx="7"/>'
        f'<text x="{x - WIDE / 2 + 5}" y="{y - 8}" class="name">{escape(name)}</text>'
        f'<text x="{x + WIDE / 2 - 5}" y="{y - 8}" text-anchor="end" class="sign">{escape(sign)}</text>'
        f'<text x="{x}" y="{y + 6}" text-anchor="middle" class="value"></text>'
        f'<text x="{x}" y="{y + 19}" text-anchor="middle" class="grad"></text></g>'
    )
