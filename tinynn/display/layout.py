"""Where the boxes of a graph go: in layers from top to bottom, with few crossings, near what they belong to.

Three steps, after Sugiyama, Tagawa and Toda (1981):
 1. the layer of a box is the length of the longest path to it; a leaf waits until just before its first use;
 2. a line over several layers gets a place in each (one for all lines of a box, which part as late as they
    can); each layer is sorted by the mean place of its neighbours, downwards and upwards, a few times;
 3. within that order every place moves as near to the mean of its neighbours as the widths allow: the least
    squares, by pooling adjacent violators.

Legend: a slot is a box, or the place where a line passes a layer.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tinynn.display.graph import OP, Box, Graph

SWEEPS = 8


@dataclass(eq=False)
class Slot:
    """A place in a layer: x is its middle, `above` and `below` what it is joined to."""

    layer: int
    width: float
    box: Box | None = None
    x: float = 0.0
    above: list[Slot] = field(default_factory=list)
    below: list[Slot] = field(default_factory=list)

    @property
    def weight(self) -> float:
        """How much it insists on its place: lines and arrays from outside make room for ops."""
        if self.box is None:
            return 2.0
        return 16.0 if self.box.kind == OP else 1.0


@dataclass(eq=False)
class Path:
    """A line: the slots it goes through, from box to box, and the argument it ends at."""

    slots: list[Slot]
    name: str
    number: int  # of that argument among the lines into the box


@dataclass
class Layout:
    """The layers of slots from top to bottom, the lines, and the width of all."""

    layers: list[list[Slot]]
    paths: list[Path]
    width: float


def lay_out(graph: Graph, widths: dict[Box, float], gap: float, thin: float) -> Layout:
    """Places for the boxes of a graph.

    Parameters
    ----------
    graph : Graph
    widths : dict
        Of each box.
    gap, thin : float
        Between slots of a layer; the width of a line that passes.
    """
    ranks = layers_of(graph)
    slots = {box: Slot(ranks[box], widths[box], box) for box in graph.boxes}
    layers: list[list[Slot]] = [[] for _ in range(max(ranks.values()) + 1)]
    for slot in slots.values():
        layers[slot.layer].append(slot)
    paths = _paths(graph, slots, layers, thin)
    _order(layers)
    _place(layers, gap)
    left = min(s.x - s.width / 2 for layer in layers for s in layer)
    right = max(s.x + s.width / 2 for layer in layers for s in layer)
    for layer in layers:
        for slot in layer:
            slot.x -= left
    return Layout(layers, paths, right - left)


def layers_of(graph: Graph) -> dict[Box, int]:
    """The layer of each box: ops by the longest path, all others just above the first op that uses them."""
    longest: dict[Box, int] = {}
    for box in graph.boxes:  # a box comes after those it uses
        longest[box] = 1 + max((longest[line.source] for line in box.lines_in), default=-1)
    first_use: dict[Box, int] = {}
    for box in graph.boxes:
        for line in box.lines_in:
            first_use[line.source] = min(first_use.get(line.source, longest[box]), longest[box])
    return {b: longest[b] if b.kind == OP else first_use[b] - 1 for b in graph.boxes}


def _paths(graph: Graph, slots: dict[Box, Slot], layers: list[list[Slot]], thin: float) -> list[Path]:
    """The lines; those that leave one box share their places on the way."""
    trunks: dict[Box, list[Slot]] = {}
    paths = []
    for box in graph.boxes:
        for i, line in enumerate(box.lines_in):
            end = slots[box]
            trunk = trunks.setdefault(line.source, [slots[line.source]])
            while trunk[-1].layer < end.layer - 1:
                passing = Slot(trunk[-1].layer + 1, thin)
                _join(trunk[-1], passing)
                layers[passing.layer].append(passing)
                trunk.append(passing)
            way = trunk[: end.layer - trunk[0].layer]
            _join(way[-1], end)
            paths.append(Path([*way, end], line.name, i))
    return paths


def _join(upper: Slot, lower: Slot) -> None:
    upper.below.append(lower)
    lower.above.append(upper)


def _order(layers: list[list[Slot]]) -> None:
    """Sort every layer by the mean place of its neighbours above, then below, and so on."""
    at = {slot: float(i) for layer in layers for i, slot in enumerate(layer)}
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        for layer in layers if down else reversed(layers):
            means = {}
            for slot in layer:
                near = slot.above if down else slot.below
                means[slot] = sum(at[s] for s in near) / len(near) if near else at[slot]
            layer.sort(key=means.__getitem__)  # stable: equals stay as they were
            for i, slot in enumerate(layer):
                at[slot] = i - (len(layer) - 1) / 2  # layers of different lengths share a middle


def _place(layers: list[list[Slot]], gap: float) -> None:
    """x of every slot, the order within a layer being fixed."""
    for layer in layers:
        _spread(layer, [0.0] * len(layer), gap)
    for sweep in range(2 * SWEEPS):
        down = sweep % 2 == 0
        for layer in layers if down else reversed(layers):
            _spread(layer, [_wish(slot, down) for slot in layer], gap)


def _wish(slot: Slot, down: bool) -> float:
    """Where a slot would stand by its neighbours; ops follow ops, so that a chain of them is straight."""
    near = (slot.above if down else slot.below) or slot.above or slot.below
    near = [s for s in near if s.weight > 2] or near
    return sum(s.x for s in near) / len(near) if near else slot.x


def _spread(layer: list[Slot], wanted: list[float], gap: float) -> None:
    """The x nearest to those wanted (weighted least squares) at which no slot touches the next."""
    offsets, at = [], 0.0
    for before, slot in zip([None, *layer], layer, strict=False):
        at += 0.0 if before is None else (before.width + slot.width) / 2 + gap
        offsets.append(at)
    pools: list[tuple[float, float, int]] = []  # (mean, weight, how many slots): means must rise
    for slot, x, offset in zip(layer, wanted, offsets, strict=True):
        mean, weight, count = x - offset, slot.weight, 1
        while pools and pools[-1][0] > mean:
            other, more, slots = pools.pop()
            mean = (mean * weight + other * more) / (weight + more)
            weight, count = weight + more, count + slots
        pools.append((mean, weight, count))
    means = [mean for mean, _, count in pools for _ in range(count)]
    for slot, mean, offset in zip(layer, means, offsets, strict=True):
        slot.x = mean + offset
