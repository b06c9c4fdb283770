"""backward: visit the nodes from the loss to the leaves, adding up what arrives at each.

Iterative, so a chain of 100,000 ops is no deeper than one of two. A node is visited when all that
depend on it have been: falling birth numbers guarantee it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from operator import attrgetter
from typing import Any

import numpy as np
from numpy import ndarray

from tinynn.autograd.node import Array, Gradients, Hook, Node, Variable
from tinynn.errors import DtypeError, GraphError, ShapeError

_number = attrgetter("number")


def backward(
    root: Variable,
    cotangent: Array | None = None,
    *,
    retain_graph: bool = False,
    add: Callable[[Array, Array], Array] = np.add,
    copy: Callable[[Array], Array] = np.copy,
) -> None:
    """Add d(root)/d(leaf) times the cotangent to `.grad` of every leaf that requires it.

    Parameters
    ----------
    root : Variable
        Where to start; a scalar unless a cotangent is given.
    cotangent : array, optional
        The gradient of whatever follows with respect to root, shaped like root. Default 1.
    retain_graph : bool
        Keep what the ops saved, so that backward can run again.
    add, copy : functions on arrays
        The only arithmetic the engine needs. Both return a fresh array: nothing that somebody else may
        hold is ever changed.

    Raises
    ------
    GraphError
        root has no graph, is no scalar and has no cotangent, or its graph was freed.
    ShapeError, DtypeError
        The cotangent does not have root's shape, or holds no numbers; a leaf's `.grad` was set to something
        that does not fit it.
    """
    dy = _starting_gradient(root, cotangent)
    if root.node is None:
        _add_to_leaves([(root, dy if cotangent is None else copy(dy))], add, copy)
        return
    arrived: dict[Node, Array] = {root.node: dy}
    leaves: dict[int, tuple[Variable, Array]] = {}
    for node in _falling(root.node):
        dy = arrived.pop(node)
        if node.hooks:
            dy = _apply(node.hooks, dy)
        gradients = _gradients(node, dy)
        if not retain_graph:
            node.backward = None
        for parent, g in zip(node.parents, gradients, strict=True):
            if parent is None:
                continue
            if isinstance(parent, Node):
                if type(g) is not ndarray or g.shape != parent.shape or g.dtype is not parent.dtype:
                    g = _fitting(node, parent, g, parent.shape, parent.dtype)
                old = arrived.get(parent)
                arrived[parent] = g if old is None else add(old, g)
                continue
            x = parent.data
            if type(g) is not ndarray or g.shape != x.shape or g.dtype is not x.dtype:
                g = _fitting(node, parent, g, x.shape, x.dtype)
            leaf = leaves.get(id(parent))
            if leaf is not None:
                g = add(leaf[1], g)
            elif g is dy or (g.base is not None and _share(g, dy)):
                g = copy(g)  # dy may go to others, too
            leaves[id(parent)] = parent, g
    _add_to_leaves(leaves.values(), add, copy)


def _starting_gradient(root: Variable, cotangent: Array | None) -> Array:
    if not root.requires_grad:
        raise GraphError(
            "backward: this tensor has no graph; needed one that depends on a tensor with requires_grad=True"
        )
    if cotangent is None:
        if root.data.size != 1:
            raise GraphError(
                f"backward: got a tensor of shape {root.data.shape}; needed a scalar; "
                "try .sum() or backward(cotangent)"
            )
        return np.ones_like(root.data)
    dy = np.asarray(cotangent)
    if dy.dtype.kind not in "fiub":
        raise DtypeError(f"backward: the cotangent is {dy.dtype}; needed numbers")
    dy = dy.astype(root.data.dtype, copy=False)
    if dy.shape != root.data.shape:
        raise ShapeError(f"backward: the cotangent is {dy.shape} but the tensor is {root.data.shape}")
    return dy


def _falling(root: Node) -> list[Node]:
    """All nodes that root depends on, itself included, the youngest first."""
    seen = {root}
    stack = [root]
    while stack:
        for parent in stack.pop().parents:
            if isinstance(parent, Node) and parent not in seen:
                seen.add(parent)
                stack.append(parent)
    return sorted(seen, key=_number, reverse=True)


def _gradients(node: Node, dy: Array) -> Gradients:
    """What the op's own backward function says."""
    if node.backward is None:
        raise GraphError(
            f"backward: the graph through {node.name} was freed by an earlier backward; "
            "try backward(retain_graph=True) the first time"
        )
    gradients = node.backward(dy, node.needs)
    if len(gradients) != len(node.parents):
        raise GraphError(
            f"backward: {node.name} returned {len(gradients)} gradients; "
            f"needed {len(node.parents)}, one per array"
        )
    return gradients


def _fitting(
    node: Node, parent: Node | Variable, g: Any, shape: tuple[int, ...], dtype: np.dtype[Any]
) -> Array:
    """A gradient as the graph needs it: an op written with NumPy may give a scalar, or another dtype."""
    if g is None or np.shape(g) != shape:
        got = "None" if g is None else f"a gradient of shape {np.shape(g)}"
        i = next(i for i, p in enumerate(node.parents) if p is parent)
        raise GraphError(f"backward: {node.name} returned {got} for its array {i}; needed shape {shape}")
    return np.asarray(g, dtype=dtype)


def _share(a: Array, b: Array) -> bool:
    """Whether one is a view of the other, or both are views of a third."""
    return _memory(a) is _memory(b)


def _memory(a: Array) -> Array:
    """The array that `a` is a view of; its own base may be a buffer of another library."""
    while isinstance(a.base, ndarray):
        a = a.base
    return a


def _add_to_leaves(
    leaves: Collection[tuple[Variable, Array]],
    add: Callable[[Array, Array], Array],
    copy: Callable[[Array], Array],
) -> None:
    """Run the leaves' hooks, each once with its whole gradient; add to `.grad`, which nobody shares."""
    for leaf, _ in leaves:
        if leaf.grad is not None:
            _check_collected(leaf)
    taken: set[int] = set()
    for leaf, g in leaves:
        if leaf.hooks:
            hooked = _apply(leaf.hooks, g)
            g = g if hooked is g else copy(hooked)
        if leaf.grad is not None:
            leaf.grad.data = add(leaf.grad.data, g)
            continue
        owner = id(_memory(g))
        if owner in taken or not g.flags.c_contiguous:  # a careless op gave one array to two leaves
            g = copy(g)
        taken.add(owner)
        leaf.grad = leaf.wrap(g)


def _check_collected(leaf: Variable) -> None:
    """What is in `.grad`, where anybody may have put something, is a gradient of this leaf."""
    old, own = getattr(leaf.grad, "data", None), leaf.data
    if type(old) is not ndarray or old.dtype != own.dtype:
        got = old.dtype if type(old) is ndarray else type(leaf.grad).__name__
        raise DtypeError(f"backward: .grad is {got} but its tensor {own.dtype}; try .grad = None")
    if old.shape != own.shape:
        raise ShapeError(f"backward: .grad is {old.shape} but its tensor {own.shape}; try .grad = None")


def _apply(hooks: dict[int, Hook], g: Array) -> Array:
    """Run the hooks on a gradient; one that returns something replaces it."""
    for hook in list(hooks.values()):
        new = hook(g)
        if new is not None:
            g = new
    return g
