"""The gradient of a weight as a ledger: what it is made of, the largest entry first, and that it adds up.

Legend: r entries; an entry is one sample and one path from the weight to an output, or, of a weight that is
shared, one of its uses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Any

import numpy as np

from tinynn.errors import ShapeError
from tinynn.report.block import Block, choice, place
from tinynn.report.plots import plot

APART, ROW, RADIUS = 130, 56, 15


def ledger(
    weights: Sequence[Mapping[str, Any]],
    *,
    sizes: Sequence[int] = (),
    title: str,
    words: str,
    chosen: int = 0,
) -> Block:
    """A block: choose a weight, see its entries and their running sum.

    Parameters
    ----------
    weights
        Each with name, gradient (by autograd) and contribution (r,); and either labels, r of them, or sample
        (r,), path (r, p), both counted from 0, and weight = (layer, out, in).
    sizes
        Neurons per layer, the inputs first: the net is drawn, and a weight chosen by its line.
    chosen
        The one to begin with.

    Raises
    ------
    ShapeError
        A ledger does not have one label, or one sample and path, per contribution.
    """
    for weight in weights:
        r = len(weight["contribution"])
        labelled = len(weight["labels"] if "labels" in weight else weight["sample"])
        if labelled != r:
            raise ShapeError(f"ledger: {weight['name']} has {r} contributions and {labelled} labels")
    names = {str(i): str(weight["name"]) for i, weight in enumerate(weights)}
    sums = plot(height=300, x_label="entries, the largest first", y_label="sum so far")
    sums.step(
        "x", "y", source={"x": [0.0], "y": [0.0]}, line_width=3, color="#2f7fc9", mode="after", name="sums"
    )
    sums.line("x", "y", source={"x": [0.0], "y": [0.0]}, line_width=2, line_dash="dashed", tags=["ink"],
              name="gradient")  # fmt: skip
    entries = (
        '<div class="scroll" tabindex="0"><table class="rows entries"><thead><tr><th>entry</th>'
        '<th class="right">contribution</th><th></th><th class="right">sum</th></tr></thead>'
        "<tbody></tbody></table></div>"
    )
    alt = "The sum of the entries as they are added, and the gradient that autograd finds, dashed"
    html = (
        f'<div class="row">{choice("weight", "Weight", names, str(chosen))}</div>'
        f'<h3 class="told" aria-live="polite"></h3><div class="two"><div>{entries}</div>'
        f"<div>{net(sizes) if sizes else ''}{place('sums', alt)}</div></div>"
    )
    data = {"weights": list(weights), "sizes": list(sizes)}
    return Block("ledger", title, words, html, data, {"sums": sums})


def net(sizes: Sequence[int]) -> str:
    """The net as SVG; every line is a weight and can be chosen."""
    tallest = max(sizes)
    at = [[(APART * layer, ROW * (i + (tallest - n) / 2)) for i in range(n)] for layer, n in enumerate(sizes)]
    lines = [
        f'<line class="wire choose" data-layer="{layer}" data-out="{j}" data-in="{i}" x1="{at[layer][i][0]}" '
        f'y1="{at[layer][i][1]}" x2="{at[layer + 1][j][0]}" y2="{at[layer + 1][j][1]}"/>'
        for layer, (n, m) in enumerate(pairwise(sizes))
        for j in range(m)
        for i in range(n)
    ]
    dots = [
        f'<circle class="neuron" cx="{x}" cy="{y}" r="{RADIUS}"/>'
        f'<text x="{x}" y="{y + 4}" text-anchor="middle" font-size="12">{i + 1}</text>'
        for layer in at
        for i, (x, y) in enumerate(layer)
    ]
    across, down = APART * (len(sizes) - 1) + 4 * RADIUS, ROW * (tallest - 1) + 2 * RADIUS + 16
    view = f"{-2 * RADIUS} {-RADIUS - 8} {across} {down}"
    told = escape(f"A net of {'-'.join(map(str, sizes))}: the weight in black, the way of an entry in blue")
    return f'<svg viewBox="{view}" role="img" aria-label="{told}" class="net">{"".join(lines + dots)}</svg>'


def paths(found: Any, gradient: float, name: str) -> dict[str, Any]:
    """A ledger with sample, path, contribution and weight as what `ledger` takes."""
    return {
        "name": name,
        "gradient": float(gradient),
        "contribution": np.asarray(found.contribution, np.float64),
        "sample": np.asarray(found.sample, np.int32),
        "path": np.asarray(found.path, np.int32),
        "weight": list(found.weight),
    }
