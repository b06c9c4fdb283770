"""Picking: y = x[key] as in NumPy, and its relatives.

A key of integers, slices, None and ... alone gives a view. Index arrays and masks gather: the number at
a place that is picked twice receives both gradients, a place never picked receives 0.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from tinynn.autograd import Array, Backward, Variable, op
from tinynn.autograd.broadcast import broadcast_shape
from tinynn.backends import kernels
from tinynn.errors import DtypeError, PickError, ShapeError
from tinynn.functional.checks import in_range, need_array, need_axis, need_count, shape_of
from tinynn.functional.layout import contiguous
from tinynn.functional.shape import reshape

Key = tuple[Any, ...]
Shape = tuple[int, ...]


@op
def getitem(x: Any, /, key: Any) -> tuple[Array, Backward | None]:
    """x[key].

    Parameters
    ----------
    x : (...) float; of integers and booleans too, without a gradient
    key : as in NumPy; index arrays and masks may be Tensors

    Raises
    ------
    PickError
        An index out of range, too many of them, or something that is no index.

    Examples
    --------
    >>> getitem(np.array([10.0, 20.0, 30.0]), [2, 0, 2])
    array([30., 10., 30.])
    """
    need_array("getitem", "x", x)
    plain = plain_key(key)
    gathers = not all(map(_is_basic, plain)) and x.dtype.kind == "f"
    try:
        if not gathers:
            y = x[plain]
        else:
            places, used = _places(x.shape, plain)
    except (IndexError, ValueError, TypeError) as error:
        raise PickError(f"getitem: x is {x.shape}; {error}") from None
    if gathers:
        return _gather_rows(x, places, used)

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array]:
        dx = np.zeros(x.shape, dy.dtype)
        kernels.copy(dy, out=dx[plain])
        return (dx,)

    return y, backward if x.dtype.kind == "f" else None


def plain_key(key: Any) -> Key:
    """The key as a tuple of what NumPy understands, with a `...` so that the result is never a scalar."""
    plain = tuple([_plain(k) for k in (key if isinstance(key, tuple) else (key,))])
    return plain if any(k is Ellipsis for k in plain) else (*plain, Ellipsis)


def _plain(k: Any) -> Any:
    if isinstance(k, Variable):
        return k.data
    if isinstance(k, list):
        return np.asarray(k, dtype=None if k else np.int64)
    return k


def _is_basic(k: Any) -> bool:
    if isinstance(k, (bool, np.bool_)):
        return False  # a mask without axes
    return k is None or k is Ellipsis or isinstance(k, (int, slice, np.integer))


def _places(shape: Shape, key: Key) -> tuple[Array, int]:
    """The numbers of the rows that the key picks, and how many axes it speaks of; the others are the row."""
    used = len(shape)
    if key[-1] is Ellipsis and all(isinstance(k, (int, np.integer, np.ndarray)) for k in key[:-1]):
        axes = [k.ndim if isinstance(k, np.ndarray) and k.dtype == np.bool_ else 1 for k in key[:-1]]
        used = min(sum(axes), used)
    rows = np.arange(prod(shape[:used]), dtype=np.int64).reshape(shape[:used])
    return np.asarray(rows[key]), used


def _gather_rows(x: Array, places: Array, used: int) -> tuple[Array, Backward]:
    """Gather; backward scatters and adds."""
    shape = x.shape
    rows, d = prod(shape[:used]), prod(shape[used:])
    index = np.ascontiguousarray(places.reshape(-1))
    y = kernels.gather_rows(contiguous(x).reshape(rows, d), index)

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array]:
        dx = kernels.scatter_add_rows(contiguous(dy).reshape(index.size, d), index, rows)
        return (dx.reshape(shape),)

    return y.reshape(*places.shape, *shape[used:]), backward


def take(x: Any, index: Any, axis: int | None = None) -> Any:
    """The entries of `axis` that `index` names; without an axis, of x.reshape(-1).

    Parameters
    ----------
    x : (...) float
    index : integers of any shape, which takes the place of the axis
    axis : int, optional

    Raises
    ------
    PickError

    Examples
    --------
    >>> take(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), [2, 0], axis=1)
    array([[3., 1.],
           [6., 4.]])
    """
    index = _need_index("take", index)
    if axis is None:
        return getitem(reshape(x, -1), index)
    return getitem(x, (slice(None),) * need_axis("take", axis, len(shape_of(x))) + (index,))


def gather(x: Any, index: Any, axis: int = -1) -> Any:
    """Along `axis`, each place of the result says which entry it wants: y[i, j] = x[i, index[i, j]].

    Parameters
    ----------
    x : (...) float
    index : integers, as many axes as x; sizes that broadcast to x's but for `axis`
    axis : int

    Raises
    ------
    PickError, ShapeError

    Examples
    --------
    >>> gather(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), np.array([[2], [0]]))
    array([[3.],
           [4.]])
    """
    index = _need_index("gather", index)
    shape = shape_of(x)
    if index.ndim != len(shape):
        raise ShapeError(f"gather: x is {shape} but index is {index.shape}; needed as many axes")
    axis = need_axis("gather", axis, len(shape))
    steps = np.ogrid[tuple([slice(n) for n in shape])]
    broadcast_shape("gather", index.shape, tuple([1 if i == axis else n for i, n in enumerate(shape)]))
    return getitem(x, (*steps[:axis], index, *steps[axis + 1 :]))


@op
def one_hot(labels: Any, /, classes: int | None = None, dtype: Any = "float32") -> tuple[Array, None]:
    """Rows of the identity matrix: 1 at the label, 0 elsewhere; a constant for backward.

    Parameters
    ----------
    labels : (...) int, each in 0..classes-1
    classes : int; by default the largest label + 1
    dtype : float32 or float64

    Returns
    -------
    (..., classes)

    Raises
    ------
    DtypeError, ArgumentError

    Examples
    --------
    >>> one_hot(np.array([1, 0]), 3)
    array([[0., 1., 0.],
           [1., 0., 0.]], dtype=float32)
    """
    labels = _need_index("one_hot", labels)
    if classes is None:
        classes = int(labels.max()) + 1 if labels.size else 0
    classes = need_count("one_hot", "classes", classes)
    index = in_range("one_hot", "label", labels, classes, f" for {classes} classes").reshape(-1)
    return kernels.gather_rows(np.eye(classes, dtype=dtype), index).reshape(*labels.shape, classes), None


def _need_index(who: str, index: Any) -> Array:
    array = np.asarray(_plain(index))
    if array.dtype.kind not in "iu":
        raise DtypeError(f"{who}: the index is {array.dtype}; needed integers; try .astype('int64')")
    return array
