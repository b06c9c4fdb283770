"""Views: the same numbers under another shape. Backward is the way back."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from tinynn.autograd import Array, Backward, op
from tinynn.errors import ShapeError
from tinynn.functional.checks import Axis, need_array, need_axes, need_axis, shape_of
from tinynn.functional.layout import contiguous
from tinynn.functional.reduce import sum_to

Shape = tuple[int, ...]


@op
def reshape(x: Any, /, shape: int | Shape) -> tuple[Array, Backward]:
    """The same numbers in row-major order under `shape`; one size may be -1.

    Raises
    ------
    ShapeError
        The sizes do not multiply to the same number.

    Examples
    --------
    >>> reshape(np.arange(6.0), (2, -1))
    array([[0., 1., 2.],
           [3., 4., 5.]])
    """
    need_array("reshape", "x", x)
    try:
        y = x.reshape(shape) if x.dtype.kind != "f" else contiguous(x).reshape(shape)
    except (ValueError, TypeError):
        raise ShapeError(f"reshape: x is {x.shape}, {x.size} numbers; they do not fit {shape}") from None

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array]:
        return (contiguous(dy).reshape(x.shape),)

    return y, backward


def flatten(x: Any, start_dim: int = 0) -> Any:
    """Join all axes from `start_dim` on into one.

    Examples
    --------
    >>> flatten(np.zeros((8, 3, 2, 2)), 1).shape
    (8, 12)
    """
    shape = shape_of(x)
    if not 0 <= start_dim <= max(len(shape) - 1, 0):
        raise ShapeError(f"flatten: start_dim is {start_dim} but x is {shape}")
    tail = prod(shape[start_dim:])  # spelled out: -1 is ambiguous for an empty batch
    return reshape(x, (*shape[:start_dim], tail))


@op
def transpose(x: Any, /, axes: Shape | None = None) -> tuple[Array, Backward]:
    """The axes in another order: axis i of y is axis axes[i] of x; by default all reversed.

    Raises
    ------
    ShapeError
        `axes` is no permutation of the axes of x.

    Examples
    --------
    >>> transpose(np.zeros((2, 3, 4)), (2, 0, 1)).shape
    (4, 2, 3)
    """
    need_array("transpose", "x", x)
    order = (
        tuple(range(x.ndim))[::-1]
        if axes is None
        else tuple([need_axis("transpose", a, x.ndim) for a in axes])
    )
    if sorted(order) != list(range(x.ndim)):
        raise ShapeError(f"transpose: axes is {axes} but x is {x.shape}; needed each axis once")

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array]:
        return (dy.transpose(np.argsort(order)),)

    return x.transpose(order), backward


@op
def swapaxes(x: Any, /, axis1: int, axis2: int) -> tuple[Array, Backward]:
    """Two axes exchanged.

    Examples
    --------
    >>> swapaxes(np.zeros((2, 3, 4)), 0, -1).shape
    (4, 3, 2)
    """
    need_array("swapaxes", "x", x)
    i, j = need_axis("swapaxes", axis1, x.ndim), need_axis("swapaxes", axis2, x.ndim)

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array]:
        return (dy.swapaxes(i, j),)

    return x.swapaxes(i, j), backward


@op
def expand_dims(x: Any, /, axis: int | Shape) -> tuple[Array, Backward]:
    """Axes of size 1 put in, at these places of the result.

    Examples
    --------
    >>> expand_dims(np.zeros((2, 3)), -1).shape
    (2, 3, 1)
    """
    need_array("expand_dims", "x", x)
    axes = need_axes("expand_dims", axis, x.ndim + (len(axis) if isinstance(axis, tuple) else 1))

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array]:
        return (dy.squeeze(axes),)

    return np.expand_dims(x, axes), backward


@op
def squeeze(x: Any, /, axis: Axis = None) -> tuple[Array, Backward]:
    """Axes of size 1 left out: these, or by default all of them.

    Raises
    ------
    ShapeError
        An axis named has another size.

    Examples
    --------
    >>> squeeze(np.zeros((2, 1, 3, 1))).shape
    (2, 3)
    """
    need_array("squeeze", "x", x)
    axes = need_axes("squeeze", axis, x.ndim)
    if axis is None:
        axes = tuple([i for i in axes if x.shape[i] == 1])
    if any(x.shape[i] != 1 for i in axes):
        raise ShapeError(f"squeeze: x is {x.shape}; axis {axis} needed size 1")

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array]:
        return (np.expand_dims(dy, axes),)

    return x.squeeze(axes), backward


@op
def broadcast_to(x: Any, /, shape: int | Shape) -> tuple[Array, Backward]:
    """x repeated along axes of size 1 and along new ones on the left; dy is summed over them.

    Raises
    ------
    ShapeError
        x does not broadcast to `shape`.

    Examples
    --------
    >>> broadcast_to(np.array([[1.0], [2.0]]), (2, 3))
    array([[1., 1., 1.],
           [2., 2., 2.]])
    """
    need_array("broadcast_to", "x", x)
    try:
        y = np.broadcast_to(x, shape)
    except ValueError:
        raise ShapeError(f"broadcast_to: x is {x.shape}; it does not broadcast to {shape}") from None

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array]:
        return (sum_to(dy, x.shape),)

    return y, backward


permute = transpose
unsqueeze = expand_dims
