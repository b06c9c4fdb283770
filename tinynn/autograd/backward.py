"""backward: visit the nodes from the loss to the leaves, adding up what arrives at each.

Iterative, so a chain of 100,000 ops is no deeper than one of two. A node is visited when all that
depend on it have been: falling birth numbers guarantee it.
"""

from __future__ import annotations

import numpy as np

from tinynn.autograd.node import Array, Hook, Node, Variable
from tinynn.errors import GraphError, ShapeError


def backward(root: Variable, cotangent: Array | None = None, *, retain_graph: bool = False) -> None:
    """Add d(root)/d(leaf) times the cotangent to `.grad` of every leaf that requires it.

    Parameters
    ----------
    root : Variable
        Where to start; a scalar unless a cotangent is given.
    cotangent : array, optional
        The gradient of whatever follows with respect to root, shaped like root. Default 1.
    retain_graph : bool
        Keep what the ops saved, so that backward can run again.

    Raises
    ------
    GraphError
        root has no graph, is no scalar and has no cotangent, or its graph was freed.
    ShapeError
        The cotangent does not have root's shape.
    """
    dy, owned = _starting_gradient(root, cotangent)
    if root.node is None:
        _add_to_leaf(root, dy, owned)
        return
    arrived: dict[Node, tuple[Array, bool]] = {root.node: (dy, owned)}
    for node in _falling(root.node):
        dy, _ = arrived.pop(node)
        dy = _apply(node.hooks, dy)
        if node.backward is None:
            raise GraphError(
                f"backward: the graph through {node.name} was freed by an earlier backward; "
                "try backward(retain_graph=True) the first time"
            )
        gradients = node.backward(dy, node.needs)
        if not retain_graph:
            node.backward = None
        for parent, g in zip(node.parents, gradients, strict=True):
            if parent is None:
                continue
            if g is None:
                raise GraphError(f"backward: {node.name} returned None for an input that needs a gradient")
            fresh = g is not dy and g.base is None
            if isinstance(parent, Node):
                arrived[parent] = _plus(arrived.get(parent), g, fresh)
            else:
                _add_to_leaf(parent, g, fresh)


def _starting_gradient(root: Variable, cotangent: Array | None) -> tuple[Array, bool]:
    if not root.requires_grad:
        raise GraphError(
            "backward: this tensor has no graph; needed one that depends on a tensor with requires_grad=True"
        )
    if cotangent is None:
        if root.data.size != 1:
            raise GraphError(
                f"backward: got a tensor of shape {root.data.shape}; needed a scalar; try .sum() or backward(cotangent)"
            )
        return np.ones_like(root.data), True
    dy = np.asarray(cotangent, dtype=root.data.dtype)
    if dy.shape != root.data.shape:
        raise ShapeError(f"backward: the cotangent is {dy.shape} but the tensor is {root.data.shape}")
    return dy, False


def _falling(root: Node) -> list[Node]:
    """All nodes that root depends on, itself included, the youngest first."""
    seen = {root}
    stack = [root]
    while stack:
        for parent in stack.pop().parents:
            if isinstance(parent, Node) and parent not in seen:
                seen.add(parent)
                stack.append(parent)
    return sorted(seen, key=lambda node: node.number, reverse=True)


def _plus(old: tuple[Array, bool] | None, g: Array, fresh: bool) -> tuple[Array, bool]:
    """What arrived before plus g; added in place only where nobody else holds the array."""
    if old is None:
        return g, fresh
    total, owned = old
    if owned and total.shape == g.shape:
        total += g
        return total, True
    return total + g, True


def _add_to_leaf(leaf: Variable, g: Array, fresh: bool) -> None:
    hooked = _apply(leaf.hooks, g)
    if leaf.grad is None:
        leaf.grad = type(leaf).wrap(g if fresh and hooked is g else hooked.copy())
    else:
        leaf.grad.data += hooked


def _apply(hooks: dict[int, Hook] | None, g: Array) -> Array:
    """Run the hooks on a gradient; one that returns something replaces it."""
    for hook in list((hooks or {}).values()):
        new = hook(g)
        if new is not None:
            g = new
    return g
