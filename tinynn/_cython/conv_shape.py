"""The geometry of a convolution, checked before the loops of src/cython/conv.pyx run.

One dimension is two with a single row: the loops know images alone, and `planes` gives a sequence that row.
"""

from __future__ import annotations

from operator import index
from typing import Any, NamedTuple

import numpy as np

from tinynn._cython.border import Array
from tinynn.errors import ArgumentError, ShapeError

Sizes = tuple[int, ...]
MOST = 2**31  # no option and no kernel is larger: their products stay in the range of an index


class Geometry(NamedTuple):
    """What the loops need to know beside the arrays: the struct of the same name in conv.pyx."""

    h: int
    w: int
    stride_h: int
    stride_w: int
    top: int
    left: int
    dilation_h: int
    dilation_w: int
    groups: int


def geometry(
    who: str,
    size: Sizes,
    w_shape: Sizes,
    *,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: Any,
) -> tuple[Geometry, Sizes]:
    """The geometry, and the size of the output, for an input of that size: (h, w), or (l,).

    >>> geometry("conv1d", (9,), (4, 3, 2), stride=2, padding=(1, 0), dilation=1, groups=1)[1]
    (5,)
    """
    groups = _number(who, "groups", groups, 1)
    if w_shape[0] % groups:
        raise ShapeError(f"{who}: w is {w_shape}; needed a multiple of groups, {groups}, in its first axis")
    dims = len(size)
    if dims == 1:
        stride, padding, dilation = (1, stride), ((0, 0), padding), (1, dilation)
    steps, dilations = _numbers(who, "stride", stride, 1), _numbers(who, "dilation", dilation, 1)
    pads = [_numbers(who, "padding", pair, 0) for pair in _pair(who, "padding", padding)]
    (h, w), kernel = (1, *size)[-2:], (1, *w_shape[2:])[-2:]
    places = []
    for s, k, step, d, (before, after) in zip((h, w), kernel, steps, dilations, pads, strict=True):
        reach, padded = (k - 1) * d + 1, before + s + after
        if not 1 <= k < MOST or reach > padded:
            raise ShapeError(
                f"{who}: the kernel has {k} places and reaches over {reach}, the padded input has {padded}; "
                "needed at least one place, and a kernel that fits in"
            )
        places.append((padded - reach) // step + 1)
    (top, _), (left, _) = pads
    return Geometry(h, w, *steps, top, left, *dilations, groups), tuple(places[-dims:])


def need_size(who: str, name: str, array: Array | None, size: Sizes) -> None:
    """Raise a ShapeError where images are not of this size; None passes."""
    if array is not None and array.shape[2:] != size:
        needed = ", ".join(map(str, (*array.shape[:2], *size)))
        raise ShapeError(f"{who}: {name} is {array.shape}; needed ({needed})")


def need_channels(who: str, name: str, got: int, w_shape: Sizes, groups: int) -> None:
    """Raise a ShapeError where this is not the number of input channels."""
    if got != w_shape[1] * groups:
        raise ShapeError(
            f"{who}: {name} has {got} channels; needed {w_shape[1] * groups}: w is {w_shape}, groups {groups}"
        )


def size_of(who: str, size: Any, dims: int) -> Sizes:
    """The option `size` of the transposed convolution: a number, or a pair."""
    return (_number(who, "size", size, 0),) if dims == 1 else _numbers(who, "size", size, 0)


def planes(array: Array | None) -> Any:
    """(n, c, l) as (n, c, 1, l), a view; what has two dimensions, or is None, passes through."""
    return array[:, :, None] if array is not None and array.ndim == 3 else array


def as_read(w: Array | None, flip: bool) -> Any:
    """The kernels as planes, in the order in which they are read: a view, backwards where it is flipped."""
    w = planes(w)
    return w[:, :, ::-1, ::-1] if flip and w is not None else w


def _pair(who: str, name: str, value: Any) -> tuple[Any, Any]:
    if not isinstance(value, tuple) or len(value) != 2:
        raise ArgumentError(f"{who}: {name} is {value!r}; needed a pair")
    return value


def _numbers(who: str, name: str, value: Any, least: int) -> tuple[int, int]:
    first, second = _pair(who, name, value)
    return _number(who, name, first, least), _number(who, name, second, least)


def _number(who: str, name: str, value: Any, least: int) -> int:
    number = -1 if isinstance(value, (bool, np.bool_)) else index(value)
    if not least <= number < MOST:
        raise ArgumentError(f"{who}: {name} is {value!r}; needed a whole number from {least} to {MOST - 1}")
    return number
