"""Sums, means and extremes along axes.   `axis`: an integer, a tuple of integers, or None for all.

A kernel reduces the middle axis of (outer, r, inner). Several axes are taken in groups of neighbours,
the last group first: each step is then a view of an array whose rows lie one after the other.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from tinynn.autograd import Array, Backward, op
from tinynn.autograd.broadcast import repeated_axes
from tinynn.backends import kernels
from tinynn.errors import ShapeError
from tinynn.functional.checks import Axis, need_array, need_axes, need_axis, need_float
from tinynn.functional.dtypes import as_float
from tinynn.functional.layout import contiguous

Groups = list[tuple[int, int, int]]
Shape = tuple[int, ...]


def _groups(shape: Shape, axes: Shape) -> Groups:
    """The (outer, r, inner) of the reductions that one after the other remove `axes` (rising)."""
    groups: Groups = []
    inner = 1
    i = len(shape) - 1
    while i >= 0:
        r = 1
        if i not in axes:
            inner *= shape[i]
            i -= 1
            continue
        while i in axes:
            r *= shape[i]
            i -= 1
        groups.append((prod(shape[: i + 1]), r, inner))
    return groups


def kept_shape(shape: Shape, axes: Shape, keepdims: bool) -> Shape:
    """The shape of the result."""
    if keepdims:
        return tuple([1 if i in axes else size for i, size in enumerate(shape)])
    return tuple([size for i, size in enumerate(shape) if i not in axes])


def sum_axes(x: Array, axes: Shape, scale: float = 1.0) -> Array:
    """Sum over `axes`, which go away."""
    shape = x.shape
    for outer, r, inner in _groups(shape, axes):
        x = kernels.reduce_sum(contiguous(x).reshape(outer, r, inner), scale=scale)
        scale = 1.0
    return x.reshape(kept_shape(shape, axes, False))


def spread_axes(dy: Array, shape: Shape, axes: Shape, scale: float = 1.0) -> Array:
    """Give every number that was summed its share: the way back of `sum_axes`."""
    for outer, r, inner in reversed(_groups(shape, axes)):
        dy = kernels.reduce_sum_backward(contiguous(dy).reshape(outer, inner), r, scale=scale)
        scale = 1.0
    return dy.reshape(shape)


def sum_to(dy: Array, shape: Shape) -> Array:
    """The gradient of broadcasting: sum over what was repeated, so that dy gets `shape`."""
    if dy.shape == shape:
        return dy
    return sum_axes(dy, repeated_axes(shape, dy.shape)).reshape(shape)


@op
def sum(x: Any, /, axis: Axis = None, keepdims: bool = False) -> tuple[Array, Backward | None]:
    """The sum over `axis`; every summed number receives dy.

    Parameters
    ----------
    x : (...) float; integers and booleans are summed exactly, as int64, without a gradient
    axis : int, tuple of int, or None for all
    keepdims : bool
        Leave the axes in the shape, with size 1.

    Raises
    ------
    ShapeError
        No such axis.

    Examples
    --------
    >>> sum(np.array([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    array([4., 6.])
    """
    need_array("sum", "x", x)
    axes = need_axes("sum", axis, x.ndim)
    if x.dtype.kind in "biu":
        return x.sum(axis=axes, keepdims=keepdims), None
    need_float("sum", x=x)
    y = sum_axes(x, axes).reshape(kept_shape(x.shape, axes, keepdims))

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array]:
        return (spread_axes(dy, x.shape, axes),)

    return y, backward


@op
def mean(x: Any, /, axis: Axis = None, keepdims: bool = False) -> tuple[Array, Backward]:
    """The mean over `axis`: sum / n; every number receives dy / n.

    Parameters
    ----------
    x, axis, keepdims
        As in `sum`; integers and booleans become float32 first.

    Raises
    ------
    ShapeError
        No such axis; a mean over nothing.

    Examples
    --------
    >>> mean(np.array([[1.0, 2.0], [3.0, 4.0]]), axis=1)
    array([1.5, 3.5])
    """
    x = as_float("mean", x)
    axes = need_axes("mean", axis, x.ndim)
    n = prod([x.shape[i] for i in axes])
    if n == 0:
        raise ShapeError(f"mean: x is {x.shape}; the mean over nothing is undefined")
    y = sum_axes(x, axes, 1 / n).reshape(kept_shape(x.shape, axes, keepdims))

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array]:
        return (spread_axes(dy, x.shape, axes, 1 / n),)

    return y, backward


def largest(who: str, x: Array, axes: Shape) -> tuple[Array, Callable[[Array], Array]]:
    """The maximum over `axes`, which go away, and the function that carries dy back to where it stood."""
    if any(x.shape[i] == 0 for i in axes):
        raise ShapeError(f"{who}: x is {x.shape}; there is no {who} of nothing")
    shape, steps = x.shape, []
    for outer, r, inner in _groups(shape, axes):
        x, arg = kernels.reduce_max(contiguous(x).reshape(outer, r, inner))
        steps.append((arg, r))

    def back(dy: Array) -> Array:
        for arg, r in reversed(steps):
            dy = kernels.reduce_max_backward(contiguous(dy).reshape(arg.shape), arg, r)
        return dy.reshape(shape)

    return x.reshape(kept_shape(shape, axes, False)), back


@op
def max(x: Any, /, axis: Axis = None, keepdims: bool = False) -> tuple[Array, Backward | None]:
    """The largest number along `axis`; dy goes to the first of equals. NaN counts as the largest.

    Parameters
    ----------
    x, axis, keepdims
        As in `sum`.

    Raises
    ------
    ShapeError
        No such axis; the maximum of nothing.

    Examples
    --------
    >>> max(np.array([[1.0, 5.0], [3.0, 4.0]]), axis=1)
    array([5., 4.])
    """
    need_array("max", "x", x)
    axes = need_axes("max", axis, x.ndim)
    if x.dtype.kind in "biu" and x.size:
        return x.max(axis=axes, keepdims=keepdims), None
    need_float("max", x=x)
    y, back = largest("max", x, axes)

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array]:
        return (back(dy),)

    return y.reshape(kept_shape(x.shape, axes, keepdims)), backward


@op
def min(x: Any, /, axis: Axis = None, keepdims: bool = False) -> tuple[Array, Backward | None]:
    """The smallest number along `axis`: -max(-x); dy goes to the first of equals.

    Parameters
    ----------
    x, axis, keepdims
        As in `sum`.

    Raises
    ------
    ShapeError
        No such axis; the minimum of nothing.

    Examples
    --------
    >>> min(np.array([[1.0, 5.0], [3.0, 4.0]]), axis=1)
    array([1., 3.])
    """
    need_array("min", "x", x)
    axes = need_axes("min", axis, x.ndim)
    if x.dtype.kind in "biu" and x.size:
        return x.min(axis=axes, keepdims=keepdims), None
    need_float("min", x=x)
    top, back = largest("min", kernels.unary_forward(x, op="neg"), axes)
    y = kernels.unary_forward(top, op="neg")

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array]:
        return (back(dy),)  # the two signs cancel

    return y.reshape(kept_shape(x.shape, axes, keepdims)), backward


@op
def argmax(x: Any, /, axis: int | None = None, keepdims: bool = False) -> tuple[Array, None]:
    """Where the maximum stands, the first of equals, as int64; a constant for backward.

    Parameters
    ----------
    x, keepdims
        As in `sum`.
    axis : int, or None for the place in x.reshape(-1)

    Examples
    --------
    >>> argmax(np.array([[1.0, 5.0], [3.0, 2.0]]), axis=1)
    array([1, 0])
    """
    return _place("argmax", x, axis, keepdims), None


@op
def argmin(x: Any, /, axis: int | None = None, keepdims: bool = False) -> tuple[Array, None]:
    """Where the minimum stands, the first of equals; see `argmax`.

    Examples
    --------
    >>> argmin(np.array([[1.0, 5.0], [3.0, 2.0]]), axis=1)
    array([0, 1])
    """
    return _place("argmin", x, axis, keepdims), None


def _place(who: str, x: Any, axis: int | None, keepdims: bool) -> Array:
    need_array(who, "x", x)
    axes = tuple(range(x.ndim)) if axis is None else (need_axis(who, axis, x.ndim),)
    if any(x.shape[i] == 0 for i in axes):
        raise ShapeError(f"{who}: x is {x.shape}; there is no {who} of nothing")
    if x.dtype.kind in "biu":
        function = np.argmax if who == "argmax" else np.argmin
        return np.asarray(function(x, axis=axis, keepdims=keepdims), dtype=np.int64)
    need_float(who, x=x)
    signed = x if who == "argmax" else kernels.unary_forward(x, op="neg")
    shape = (1, x.size, 1) if axis is None else _groups(x.shape, axes)[0]
    place: Array = kernels.reduce_max(contiguous(signed).reshape(shape))[1]
    return place.reshape(kept_shape(x.shape, axes, keepdims))
