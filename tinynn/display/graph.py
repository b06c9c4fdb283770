"""The graph behind a tensor as boxes and lines, read from its nodes without changing anything.

A Node knows its parents, its name and its shape. Its backward function is a closure over what the op kept,
and the names there are those of the op's arguments: so the arrays that want no gradient, which are not
parents, are found too, and many values in between. Where backward has run, these are gone with the closure.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinynn.autograd import Array, Node, Variable
from tinynn.autograd.op import registry

OP, LEAF, GIVEN, CUT = "op", "leaf", "given", "cut"  # an op; wants a gradient; wants none; left out


@dataclass(eq=False)
class Box:
    """One box: `kind` as above, lines of text, and what is told when it is pointed at."""

    kind: str
    title: str
    shape: str = ""
    value: str = ""
    told: str = ""
    lines_in: list[Line] = field(default_factory=list)


@dataclass(eq=False)
class Line:
    """An array on its way from a box to the argument `name` of another."""

    source: Box
    name: str


@dataclass
class Graph:
    """The boxes, those that are drawn first before those that use them, and how many ops were left out."""

    boxes: list[Box]
    left_out: int


def graph_of(root: Variable, names: Mapping[int, str], limit: int) -> Graph:
    """The graph behind `root`.

    Parameters
    ----------
    root : Variable
        That a node made.
    names : dict
        id of a leaf -> its name.
    limit : int
        How many ops at most: the youngest, since an op is younger than all that it uses.
    """
    assert root.node is not None
    nodes = sorted(_all_nodes(root.node), key=lambda node: node.number)
    drawn = nodes[-limit:]
    kept = {node: _closure(node) for node in drawn}
    values = _values(drawn, kept) | {root.node: root.data}
    reader = _Reader(names, kept, values)
    for node in drawn:
        reader.add(node)
    return Graph(reader.boxes, len(nodes) - len(drawn))


def _all_nodes(root: Node) -> set[Node]:
    seen, stack = {root}, [root]
    while stack:
        for parent in stack.pop().parents:
            if isinstance(parent, Node) and parent not in seen:
                seen.add(parent)
                stack.append(parent)
    return seen


def _closure(node: Node) -> dict[str, Any]:
    """What the backward function of an op holds, by name; nothing where it was freed."""
    code, cells = getattr(node.backward, "__code__", None), getattr(node.backward, "__closure__", None)
    found = {}
    for name, cell in zip(code.co_freevars if code else (), cells or (), strict=False):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # a variable that was never set
            continue
    return found


def argument_names(op: str) -> Iterator[str]:
    """The names of an op's arguments; 0, 1, 2, ... where it takes any number, or is not tinynn's own."""
    function = registry.get(op)
    parameters = inspect.signature(function).parameters.values() if function else ()
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    yield from names
    yield from (str(i) for i in range(len(names), 1 << 30))


def _values(nodes: list[Node], kept: Mapping[Node, Mapping[str, Any]]) -> dict[Node, Array]:
    """The results that some op kept as its argument."""
    found = {}
    for node in nodes:
        for parent, name in zip(node.parents, argument_names(node.name), strict=False):
            value = kept[node].get(name)
            if isinstance(parent, Node) and isinstance(value, np.ndarray) and value.shape == parent.shape:
                found[parent] = value
    return found


class _Reader:
    """Makes boxes of nodes, the oldest first."""

    def __init__(
        self,
        names: Mapping[int, str],
        kept: Mapping[Node, Mapping[str, Any]],
        values: Mapping[Node, Array],
    ) -> None:
        self.names, self.kept, self.values = names, kept, values
        self.boxes: list[Box] = []
        self.known: dict[int, Box] = {}  # by the id of node, leaf or array: all are alive while we read

    def add(self, node: Node) -> None:
        kept = self.kept[node]
        box = Box(
            OP, _op_title(node, kept), shape_text(node.shape), value_text(self.values.get(node)),
            _op_told(node, kept),
        )  # fmt: skip
        for parent, name in zip(node.parents, argument_names(node.name), strict=False):
            source = self._source(parent, name, kept.get(name))
            if source is not None:
                box.lines_in.append(Line(source, name))
        self.known[id(node)] = box
        self.boxes.append(box)

    def _source(self, parent: Node | Variable | None, name: str, value: Any) -> Box | None:
        """The box that an argument comes from; None where there is no argument, or nobody kept it."""
        thing: Any = value if parent is None else parent
        if parent is None and not isinstance(value, np.ndarray):
            return None
        if id(thing) not in self.known:
            self.known[id(thing)] = box = self._outer(thing, name)
            self.boxes.append(box)
        return self.known[id(thing)]

    def _outer(self, thing: Any, name: str) -> Box:
        if isinstance(thing, Node):
            return Box(CUT, "...", shape_text(thing.shape), told=f"{thing.name} and what is before it")
        if isinstance(thing, Variable):
            title = self.names.get(id(thing), name)
            return Box(LEAF, title, shape_text(thing.data.shape), value_text(thing.data), _leaf_told(thing))
        told = f"{thing.dtype} {shape_text(thing.shape)}; wants no gradient"
        return Box(GIVEN, name, shape_text(thing.shape), value_text(thing), told)


def shape_text(shape: tuple[int, ...]) -> str:
    """(64, 10) as `64 x 10`, () as `number`."""
    return " × ".join(map(str, shape)) or "number"  # noqa: RUF001 - the sign, as on a blackboard


def value_text(array: Array | None) -> str:
    """A number or up to three of them; "" for larger arrays."""
    if array is None or array.size > 3 or not array.size:
        return ""
    numbers = [f"{value:.3g}" if array.dtype.kind == "f" else str(value) for value in array.ravel()]
    return numbers[0] if array.ndim == 0 else f"[{', '.join(numbers)}]"


def _op_title(node: Node, kept: Mapping[str, Any]) -> str:
    """The op's name, with the activation that is fused into it."""
    fused = kept.get("activation")
    if not isinstance(fused, str) or fused == "identity":
        return node.name
    return fused if node.name == "activation" else f"{node.name} + {fused}"


def _op_told(node: Node, kept: Mapping[str, Any]) -> str:
    """The op's own first sentence, its result, what it holds for the way back."""
    function = registry.get(node.name)
    said = [(inspect.getdoc(function) or "").partition("\n")[0]] if function else []
    said.append(f"result: {node.dtype} {shape_text(node.shape)}")
    if node.backward is None:
        return "\n".join([*said, "backward has run and freed what it kept"])
    arrays = [f"{k} ({shape_text(v.shape)})" for k, v in kept.items() if isinstance(v, np.ndarray)]
    options = [
        f"{key}={value!r}"
        for key, value in kept.items()
        if isinstance(value, (str, int, float)) and key not in ("name", "activation")
    ]
    said.append(f"kept for backward: {', '.join(arrays) or 'nothing'}")
    return "\n".join(said + ([", ".join(options)] if options else []))


def _leaf_told(leaf: Variable) -> str:
    said = f"{leaf.data.dtype} {shape_text(leaf.data.shape)}; collects its gradient"
    gradient = getattr(leaf.grad, "data", None)
    if not isinstance(gradient, np.ndarray):
        return said
    value = value_text(gradient)
    largest = f"largest {np.abs(gradient).max():.3g}" if gradient.size else "of no numbers"
    return f"{said}\n.grad: {value or largest}"
