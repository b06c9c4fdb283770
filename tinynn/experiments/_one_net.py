"""One net of fold-width, followed layer by layer: where its points go, and who pushed them there."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn import data, viz
from tinynn.experiments._plane_nets import PlaneNet, lattice
from tinynn.experiments._pushed import most_lost_by_biases
from tinynn.experiments._starts import Cell
from tinynn.experiments.registry import Metrics, Run


def draw_collapse(run: Run, start: str, cell: Cell, points: data.Dataset) -> Metrics:
    """One net, layer by layer, with the points that it lost in grey, and who pushed them out."""
    x = np.asarray(points.x, np.float32)
    gone = most_lost_by_biases(cell.after, x)
    net = PlaneNet.from_nets(cell.after, gone.net, float(cell.accuracy[gone.net]))
    stages = net.stages(lattice(), x.astype(np.float64))
    told = []
    for title, grid, places in stages:
        count = gone.by_layer[int(title[-1]) - 1][0] if title.startswith("ReLU") else 0
        below: Any = np.flatnonzero((places <= 0).all(0)) if title.startswith("affine") else []
        note = f": {count} to (0, 0)" if count else f": unit {below[0] + 1} all < 0" if len(below) else ""
        told.append((f"{title}{note}", grid, places))
    lost = f"the grey {gone.points.sum()} of 300 points lose their place"
    title = f"One net, begun with {start}, {net.accuracy:.0%} right: {lost}"
    run.save("collapse", viz.folding_strip(told, np.where(gone.points, 3, points.y), title=title))
    layers = [{"lost": count, "most_by": by} for count, by in gone.by_layer]
    return {"net": gone.net, "accuracy": net.accuracy, "together": int(gone.points.sum()), "layers": layers}
