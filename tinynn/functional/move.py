"""Numbers that move: copies, joins, cuts, borders. Backward moves dy the other way.

What can be a view is one; where numbers must be laid out anew, the kernel `copy` does it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from tinynn.autograd import Array, Backward, op
from tinynn.backends import kernels
from tinynn.errors import ArgumentError, ShapeError
from tinynn.functional.checks import FLOATS, need_array, need_axis, need_float, need_number, shape_of
from tinynn.functional.gather import getitem
from tinynn.functional.shape import expand_dims


@op
def clone(x: Any) -> tuple[Array, Backward | None]:
    """A copy; backward hands dy through.

    Examples
    --------
    >>> x = np.zeros(2)
    >>> clone(x) is x
    False
    """
    need_array("clone", "x", x)
    if x.dtype not in FLOATS:
        return x.copy(), None

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array]:
        return (dy,)

    return kernels.copy(x), backward


def concatenate(arrays: Sequence[Any], axis: int = 0) -> Any:
    """Join along an axis; each array receives its own piece of dy.

    Parameters
    ----------
    arrays : sequence of (..., r_i, ...) float
        One dtype, and the same sizes but for `axis`.
    axis : int

    Raises
    ------
    ShapeError, DtypeError, ArgumentError

    Examples
    --------
    >>> concatenate([np.zeros(2), np.ones(1)])
    array([0., 0., 1.])
    """
    if isinstance(arrays, np.ndarray) or not isinstance(arrays, Sequence) or not arrays:
        raise ArgumentError(
            f"concatenate: got {type(arrays).__name__}; needed a list or tuple of at least one array"
        )
    return _concatenate(*arrays, axis=axis)


@op
def _concatenate(*arrays: Any, axis: int) -> tuple[Array, Backward | None]:
    need_array("concatenate", "array 0", arrays[0])
    first = arrays[0].shape
    axis = need_axis("concatenate", axis, len(first))
    for i, a in enumerate(arrays):
        need_array("concatenate", f"array {i}", a)
        if a.ndim != len(first) or any(a.shape[j] != n for j, n in enumerate(first) if j != axis):
            raise ShapeError(
                f"concatenate: array 0 is {first} but array {i} is {a.shape}; "
                f"they may differ along axis {axis} only"
            )
    if all(a.dtype.kind in "biu" for a in arrays):
        return np.concatenate(arrays, axis), None
    need_float("concatenate", **{f"array {i}": a for i, a in enumerate(arrays)})
    stops = list(accumulate(a.shape[axis] for a in arrays))
    y = np.empty((*first[:axis], stops[-1], *first[axis + 1 :]), arrays[0].dtype)
    lead = (slice(None),) * axis
    parts = [(*lead, slice(stop - a.shape[axis], stop)) for a, stop in zip(arrays, stops, strict=True)]
    for a, part in zip(arrays, parts, strict=True):
        kernels.copy(a, out=y[part])

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array | None, ...]:
        return tuple([dy[part] if need else None for part, need in zip(parts, needs, strict=True)])

    return y, backward


def stack(arrays: Sequence[Any], axis: int = 0) -> Any:
    """Join along a new axis.

    Parameters
    ----------
    arrays : sequence of float arrays of one shape and dtype
    axis : int
        Where the new axis stands in the result.

    Raises
    ------
    ShapeError, DtypeError, ArgumentError

    Examples
    --------
    >>> stack([np.zeros(2), np.ones(2)], axis=1)
    array([[0., 1.],
           [0., 1.]])
    """
    if isinstance(arrays, np.ndarray) or not isinstance(arrays, Sequence) or not arrays:
        raise ArgumentError(
            f"stack: got {type(arrays).__name__}; needed a list or tuple of at least one array"
        )
    shapes = {shape_of(a) for a in arrays}
    if len(shapes) > 1:
        raise ShapeError(f"stack: the arrays are {' and '.join(map(str, sorted(shapes)))}; needed one shape")
    return concatenate([expand_dims(a, axis) for a in arrays], axis)


def split(x: Any, size: int | Sequence[int], axis: int = 0) -> list[Any]:
    """Cut along an axis into views: pieces of `size` (the last may be smaller), or of these sizes.

    Parameters
    ----------
    x : (...) float
    size : int, or the sizes of the pieces
    axis : int

    Raises
    ------
    ShapeError
        The sizes do not add up to the axis.
    ArgumentError

    Examples
    --------
    >>> split(np.arange(5.0), 2)
    [array([0., 1.]), array([2., 3.]), array([4.])]
    """
    shape = shape_of(x)
    axis = need_axis("split", axis, len(shape))
    n = shape[axis]
    if isinstance(size, (int, np.integer)):
        if size < 1:
            raise ArgumentError(f"split: size is {size}; needed a positive integer")
        stops = [*range(int(size), n, int(size)), n]
    else:
        stops = list(accumulate(size))
        if not stops or stops[-1] != n or any(s < 0 for s in size):
            raise ShapeError(f"split: the sizes {list(size)} do not add up to {n}, the size of axis {axis}")
    lead = (slice(None),) * axis
    return [getitem(x, (*lead, slice(a, b))) for a, b in zip([0, *stops], stops, strict=False)]


@op
def pad(x: Any, /, widths: Sequence[tuple[int, int]], value: float = 0.0) -> tuple[Array, Backward]:
    """A border of a constant around x; backward cuts it off.

    Parameters
    ----------
    x : (...) float
    widths : one (before, after) per axis
    value : float

    Raises
    ------
    ShapeError
        Not one pair per axis, or a negative width.

    Examples
    --------
    >>> pad(np.ones((1, 2)), [(0, 1), (1, 0)])
    array([[0., 1., 1.],
           [0., 0., 0.]])
    """
    need_array("pad", "x", x)
    need_float("pad", x=x)
    pairs = np.asarray(widths)
    if pairs.shape != (x.ndim, 2) or pairs.dtype.kind not in "iu" or (pairs < 0).any():
        raise ShapeError(
            f"pad: x is {x.shape} but widths is {widths}; needed one (before, after) >= 0 per axis"
        )
    inside = tuple(
        [slice(before, before + n) for (before, _), n in zip(pairs.tolist(), x.shape, strict=True)]
    )
    y = np.full(
        tuple(np.add(x.shape, pairs.sum(axis=1)).tolist()), need_number("pad", "value", value), x.dtype
    )
    kernels.copy(x, out=y[inside])

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array]:
        return (dy[inside],)

    return y, backward


cat = concatenate
