"""The graph: a Variable is an array with a link into it, a Node is one op that was run.

    x --\\
         linear --> relu --> cross_entropy --> loss
    w --/

Every op that runs while something upstream requires a gradient leaves a Node: the backward function
it returned, and where its inputs came from. Nodes are numbered at birth; since an op can only use
what exists already, falling numbers are a topological order, and that is all `backward` needs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Gradients = Sequence[Array | None]
Backward = Callable[[Array, tuple[bool, ...]], Gradients]
Hook = Callable[[Array], Array | None]

_birth = count()


class Variable:
    """An array, its gradient, and the node that made it (None for a leaf)."""

    __slots__ = ("__weakref__", "_requires_grad", "data", "grad", "hooks", "node")
    data: Array
    grad: Any
    node: Node | None
    hooks: dict[int, Hook] | None
    _requires_grad: bool
    face: ClassVar[type[Variable]]  # what users see and functions are given: Tensor, once it is defined

    @property
    def requires_grad(self) -> bool:
        """Whether backward computes a gradient for it or through it."""
        return self._requires_grad or self.node is not None

    @classmethod
    def wrap(cls, data: Array, node: Node | None = None) -> Self:
        """A new variable around `data`: how an op returns its result."""
        new = cls.__new__(cls)
        new.data = data
        new.grad = None
        new.node = node
        new.hooks = None
        new._requires_grad = False
        return new


Variable.face = Variable


class Node:
    """One op that was run: `backward` maps the gradient of its output to those of its inputs.

    Attributes
    ----------
    name : str
        The op's name.
    parents : tuple
        Per positional input: the Node that made it, the leaf Variable itself, or None where no
        gradient is wanted.
    backward : callable or None
        None once it has been used and freed.
    shape, dtype
        Of the output, for checks and for drawing.
    """

    __slots__ = ("backward", "dtype", "hooks", "name", "number", "parents", "shape")

    def __init__(
        self,
        name: str,
        backward: Backward,
        parents: tuple[Node | Variable | None, ...],
        y: Array,
    ) -> None:
        self.number = next(_birth)
        self.name = name
        self.backward: Backward | None = backward
        self.parents = parents
        self.shape = y.shape
        self.dtype: np.dtype[Any] = y.dtype
        self.hooks: dict[int, Hook] | None = None

    @property
    def needs(self) -> tuple[bool, ...]:
        """Which inputs want a gradient; handed to `backward`, so that nothing is computed for nothing."""
        return tuple([parent is not None for parent in self.parents])

    def __repr__(self) -> str:
        return f"<Node {self.number}: {self.name} -> {self.shape}>"
