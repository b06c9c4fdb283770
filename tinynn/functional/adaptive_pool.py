"""Pooling to a size that is asked for, whatever the size of the image: in windows that cover it, or in one.

n images   c channels   l the line, h, w the plane   o outputs. Window i runs from i h / o, rounded down, to
(i + 1) h / o, rounded up: where o does not divide h, neighbours share a row.
"""

from __future__ import annotations

from math import prod
from typing import Any

from tinynn.autograd import Array, Backward, op
from tinynn.backends import kernels
from tinynn.errors import ShapeError
from tinynn.functional.checks import need_array, need_float
from tinynn.functional.layout import contiguous
from tinynn.functional.pool import Size, need_pair, need_planes


def need_output_size(
    who: str, output_size: Any, axes: int, plane: tuple[int, ...] = (1, 1)
) -> tuple[int, int]:
    """The number of windows along each axis; None in a pair stands for the size of the plane there."""
    if axes == 2 and isinstance(output_size, (tuple, list)) and len(output_size) == 2:
        output_size = tuple(h if o is None else o for o, h in zip(output_size, plane, strict=True))
    return need_pair(who, "output_size", output_size, axes, 1)


def _adaptive_max(who: str, x: Any, axes: int, output_size: Any) -> tuple[Array, Backward]:
    images = need_planes(who, x, axes)
    y, arg = kernels.adaptive_max_pool2d_forward(
        images, size=need_output_size(who, output_size, axes, images.shape[2:])
    )

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array]:
        dy = dy if axes == 2 else dy[:, :, None]
        dx = kernels.adaptive_max_pool2d_backward(dy, arg, size=images.shape[2:])
        return (dx if axes == 2 else dx[:, :, 0],)

    return (y if axes == 2 else y[:, :, 0]), backward


def _adaptive_avg(who: str, x: Any, axes: int, output_size: Any) -> tuple[Array, Backward]:
    images = need_planes(who, x, axes)
    y = kernels.adaptive_avg_pool2d_forward(
        images, size=need_output_size(who, output_size, axes, images.shape[2:])
    )

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array]:
        dx = kernels.adaptive_avg_pool2d_backward(dy if axes == 2 else dy[:, :, None], size=images.shape[2:])
        return (dx if axes == 2 else dx[:, :, 0],)

    return (y if axes == 2 else y[:, :, 0]), backward


@op
def adaptive_max_pool1d(x: Any, /, output_size: Size) -> tuple[Array, Backward]:
    """The largest number of each of `output_size` windows of a line; see `adaptive_max_pool2d`.

    Raises
    ------
    ShapeError, DtypeError, ArgumentError

    Examples
    --------
    >>> adaptive_max_pool1d(np.array([[[1.0, 5.0, 2.0, 3.0]]]), 2)
    array([[[5., 3.]]])
    """
    return _adaptive_max("adaptive_max_pool1d", x, 1, output_size)


@op
def adaptive_max_pool2d(x: Any, /, output_size: Any) -> tuple[Array, Backward]:
    """The largest number of each of oh x ow windows of a plane; dy goes to the first of equals.

    Parameters
    ----------
    x : (n, c, h, w) float
    output_size : int, or a pair (oh, ow) in which None stands for the size of x

    Returns
    -------
    (n, c, oh, ow)

    Raises
    ------
    ShapeError, DtypeError, ArgumentError

    Examples
    --------
    >>> adaptive_max_pool2d(np.array([[[[1.0, 2.0, 0.0], [4.0, 3.0, 9.0]]]]), (1, 2))
    array([[[[4., 9.]]]])
    """
    return _adaptive_max("adaptive_max_pool2d", x, 2, output_size)


@op
def adaptive_avg_pool1d(x: Any, /, output_size: Size) -> tuple[Array, Backward]:
    """The mean of each of `output_size` windows of a line; see `adaptive_avg_pool2d`.

    Raises
    ------
    ShapeError, DtypeError, ArgumentError

    Examples
    --------
    >>> adaptive_avg_pool1d(np.array([[[1.0, 5.0, 2.0, 4.0]]]), 2)
    array([[[3., 3.]]])
    """
    return _adaptive_avg("adaptive_avg_pool1d", x, 1, output_size)


@op
def adaptive_avg_pool2d(x: Any, /, output_size: Any) -> tuple[Array, Backward]:
    """The mean of each of oh x ow windows of a plane; every number receives dy / the size of its window.

    Parameters
    ----------
    x, output_size
        As in `adaptive_max_pool2d`.

    Returns
    -------
    (n, c, oh, ow)

    Raises
    ------
    ShapeError, DtypeError, ArgumentError

    Examples
    --------
    >>> adaptive_avg_pool2d(np.array([[[[1.0, 2.0, 0.0], [4.0, 3.0, 8.0]]]]), 1)
    array([[[[3.]]]])
    """
    return _adaptive_avg("adaptive_avg_pool2d", x, 2, output_size)


def _as_reduction(who: str, x: Any) -> tuple[Array, bool]:
    """x (n, c, ...) as (outer, r, inner) for a reduction over r, in the order in which it lies in memory.

    Channels last it is (n, r, c) and stays where it is; else it is (n c, r, 1).
    """
    need_array(who, "x", x)
    need_float(who, x=x)
    if x.ndim < 3 or 0 in x.shape[2:]:
        raise ShapeError(
            f"{who}: x is {x.shape}; needed (n, c, ...) with something behind the channels to pool"
        )
    n, c, r = x.shape[0], x.shape[1], prod(x.shape[2:])
    last = x.transpose(0, *range(2, x.ndim), 1)
    if last.flags.c_contiguous and not x.flags.c_contiguous:
        return last.reshape(n, r, c), True
    return contiguous(x).reshape(n * c, r, 1), False


def _back(dx: Array, shape: tuple[int, ...], channels_last: bool) -> Array:
    """The way back of `_as_reduction`."""
    if not channels_last:
        return dx.reshape(shape)
    axes = len(shape)
    return dx.reshape(shape[0], *shape[2:], shape[1]).transpose(0, axes - 1, *range(1, axes - 1))


@op
def global_max_pool(x: Any, /) -> tuple[Array, Backward]:
    """The largest number of each channel: one number tells whether something is there, wherever it stands.

    Parameters
    ----------
    x : (n, c, ...) float

    Returns
    -------
    (n, c)

    Raises
    ------
    ShapeError, DtypeError

    Examples
    --------
    >>> global_max_pool(np.array([[[1.0, 5.0, 2.0], [0.0, -1.0, 0.0]]]))
    array([[5., 0.]])
    """
    rows, channels_last = _as_reduction("global_max_pool", x)
    lines = rows.transpose(0, 2, 1)[:, :, None]  # planes of one row, and one window over all of it
    y, arg = kernels.adaptive_max_pool2d_forward(lines, size=(1, 1))

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array]:
        dx = kernels.adaptive_max_pool2d_backward(contiguous(dy).reshape(y.shape), arg, size=lines.shape[2:])
        return (_back(dx[:, :, 0].transpose(0, 2, 1), x.shape, channels_last),)

    return y.reshape(x.shape[:2]), backward


@op
def global_avg_pool(x: Any, /) -> tuple[Array, Backward]:
    """The mean of each channel; every number receives dy / how many they are.

    Parameters
    ----------
    x : (n, c, ...) float

    Returns
    -------
    (n, c)

    Raises
    ------
    ShapeError, DtypeError

    Examples
    --------
    >>> global_avg_pool(np.array([[[1.0, 5.0, 3.0], [0.0, -1.0, -2.0]]]))
    array([[ 3., -1.]])
    """
    rows, channels_last = _as_reduction("global_avg_pool", x)
    scale = 1 / rows.shape[1]
    y = kernels.reduce_sum(rows, scale=scale)

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array]:
        dx = kernels.reduce_sum_backward(contiguous(dy).reshape(y.shape), rows.shape[1], scale=scale)
        return (_back(dx, x.shape, channels_last),)

    return y.reshape(x.shape[:2]), backward
