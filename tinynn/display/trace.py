"""Trace: the picture that `tn.trace` returns."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from tinynn.autograd import Variable
from tinynn.display.graph import OP, Graph, graph_of
from tinynn.display.svg import picture
from tinynn.errors import ArgumentError, DtypeError, GraphError


class Trace:
    """The graph behind a tensor, as it was when it was traced.

    Attributes
    ----------
    graph : Graph
        Boxes, the lines into them, and how many ops were left out.
    svg : str
        The picture; str() gives it too.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.svg = picture(graph)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the SVG to a file.

        Raises
        ------
        OSError
        """
        Path(path).write_text(f"{self.svg}\n", encoding="utf-8")

    def __str__(self) -> str:
        return self.svg

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_html_(self) -> str:
        """The picture in a box that scrolls where the page is narrower; what a notebook takes first."""
        return f'<div style="overflow-x:auto;max-width:100%">{self.svg}</div>'

    def __repr__(self) -> str:
        boxes = self.graph.boxes
        ops, lines = sum(box.kind == OP for box in boxes), sum(len(box.lines_in) for box in boxes)
        leaves = len(boxes) - ops
        return (
            f"Trace({ops} op{'s' * (ops != 1)}, {leaves} lea{'f' if leaves == 1 else 'ves'}, "
            f"{lines} line{'s' * (lines != 1)})"
        )


def draw(loss: Any, model: Any, limit: int) -> Trace:
    """See `tn.trace`."""
    if not isinstance(loss, Variable):
        raise DtypeError(f"trace: got {type(loss).__name__}; needed a Tensor that ops made; try trace(loss)")
    if loss.node is None:
        raise GraphError("trace: this tensor has no graph; needed one with requires_grad=True behind it")
    if isinstance(limit, bool) or not isinstance(limit, (int, np.integer)) or limit < 1:
        raise ArgumentError(f"trace: limit is {limit!r}; needed a positive integer")
    return Trace(graph_of(loss, _names(model), int(limit)))


def _names(model: Any) -> dict[int, str]:
    """id -> name of every parameter."""
    if model is None:
        return {}
    if not callable(getattr(model, "named_parameters", None)):
        raise DtypeError(f"trace: the model is {type(model).__name__}; needed an nn.Module")
    return {id(parameter): str(name) for name, parameter in model.named_parameters()}
