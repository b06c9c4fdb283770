"""Pooling: the maximum or the mean of every window of a plane.

n images   c channels   h, w the plane   kh, kw the window   oh, ow outputs. A line is a plane of one row.

Backward reads like forward: place by place of the window, dx receives its share of dy, and where windows
overlap the shares add up.
"""

from __future__ import annotations

import numpy as np

from ._place import Array
from ._windows import (
    Pair,
    adaptive,
    adaptive_kernel,
    compact,
    counts,
    output_size,
    padded,
    places,
    windows,
    without_padding,
)

__all__ = [
    "adaptive_avg_pool2d_backward",
    "adaptive_avg_pool2d_forward",
    "adaptive_max_pool2d_backward",
    "adaptive_max_pool2d_forward",
    "avg_pool2d_backward",
    "avg_pool2d_forward",
    "max_pool2d_backward",
    "max_pool2d_forward",
]


def max_pool2d_forward(
    x: Array, *, kernel: Pair, stride: Pair, padding: Pair, ceil_mode: bool
) -> tuple[Array, Array]:
    """Find the largest number of every window, and the first place where it stands.

    A NaN counts as the largest, so that it is noticed; padding never wins, not even against -inf.

    Parameters
    ----------
    x : array (n, c, h, w)
    kernel, stride, padding : pairs (along the height, along the width); 2 padding <= kernel
    ceil_mode : bool
        A last window may hang over the end.

    Returns
    -------
    y : array (n, c, oh, ow)
    arg : uint8 array (n, c, oh, ow), int32 where a window has more than 256 places
        The place in the window: row of the window * kw + column of the window.
    """
    out = output_size(x.shape[-2:], kernel, stride, padding, ceil_mode)
    rows = windows(padded(x, out, kernel, stride, padding, -np.inf), out, kernel, stride)
    real = np.ones(x.shape[-2:], bool)
    real = windows(padded(real, out, kernel, stride, padding, False), out, kernel, stride)
    y = rows.max(axis=-1)
    wins = real & ((rows == y[..., None]) | np.isnan(rows))
    return y, compact(wins.argmax(axis=-1), kernel)


def max_pool2d_backward(
    dy: Array, arg: Array, *, size: Pair, kernel: Pair, stride: Pair, padding: Pair
) -> Array:
    """Differentiate `max_pool2d_forward`: dy goes to the place that won.

    Parameters
    ----------
    dy, arg : arrays (n, c, oh, ow)
    size : (h, w) of x
    kernel, stride, padding : as in the forward pass

    Returns
    -------
    dx : array (n, c, h, w)
    """
    out = dy.shape[-2:]
    dx = padded(np.zeros((*dy.shape[:2], *size), dy.dtype), out, kernel, stride, padding, 0)
    for place, (rows, columns) in enumerate(places(out, kernel, stride)):
        dx[:, :, rows, columns] += np.where(arg == place, dy, 0)
    return without_padding(dx, size, padding)


def avg_pool2d_forward(
    x: Array, *, kernel: Pair, stride: Pair, padding: Pair, ceil_mode: bool, count_include_pad: bool
) -> Array:
    """Average every window: y = sum of its numbers / how many they are.

    Parameters
    ----------
    x, kernel, stride, padding, ceil_mode
        As in `max_pool2d_forward`.
    count_include_pad : bool
        Whether padding counts, as zeros.

    Returns
    -------
    y : array (n, c, oh, ow)
    """
    plane = x.shape[-2:]
    out = output_size(plane, kernel, stride, padding, ceil_mode)
    rows = windows(padded(x, out, kernel, stride, padding, 0), out, kernel, stride)
    count = counts(plane, out, kernel, stride, padding, count_include_pad)
    return rows.sum(axis=-1) / count.astype(x.dtype)


def avg_pool2d_backward(
    dy: Array, *, size: Pair, kernel: Pair, stride: Pair, padding: Pair, count_include_pad: bool
) -> Array:
    """Differentiate `avg_pool2d_forward`: every number of a window receives dy / how many they are.

    Parameters
    ----------
    dy : array (n, c, oh, ow)
    size : (h, w) of x
    kernel, stride, padding, count_include_pad : as in the forward pass

    Returns
    -------
    dx : array (n, c, h, w)
    """
    out = dy.shape[-2:]
    share = dy / counts(size, out, kernel, stride, padding, count_include_pad).astype(dy.dtype)
    dx = padded(np.zeros((*dy.shape[:2], *size), dy.dtype), out, kernel, stride, padding, 0)
    for rows, columns in places(out, kernel, stride):
        dx[:, :, rows, columns] += share
    return without_padding(dx, size, padding)


def adaptive_max_pool2d_forward(x: Array, *, size: Pair) -> tuple[Array, Array]:
    """Find the largest number of each of size windows that cover the plane; see _windows.py.

    Parameters
    ----------
    x : array (n, c, h, w)
    size : (oh, ow)

    Returns
    -------
    y : array (n, c, oh, ow)
    arg : uint8 or int32 array (n, c, oh, ow)
        The place in the window, whose rows count as if all windows were as wide as the widest.
    """
    plane = x.shape[-2:]
    kh, kw = adaptive_kernel(plane, size)
    y = np.empty((*x.shape[:2], *size), x.dtype)
    arg = np.empty(y.shape, np.int64)
    for i, j, rows, columns in adaptive(plane, size):
        window = x[:, :, rows, columns]
        flat = window.reshape(*x.shape[:2], window.shape[2] * window.shape[3])
        y[:, :, i, j] = flat.max(axis=-1)
        row, column = np.divmod(flat.argmax(axis=-1), window.shape[3])
        arg[:, :, i, j] = row * kw + column
    return y, compact(arg, (kh, kw))


def adaptive_max_pool2d_backward(dy: Array, arg: Array, *, size: Pair) -> Array:
    """Differentiate `adaptive_max_pool2d_forward`: dy goes to the place that won.

    Parameters
    ----------
    dy, arg : arrays (n, c, oh, ow)
    size : (h, w) of x

    Returns
    -------
    dx : array (n, c, h, w)
    """
    out = dy.shape[-2:]
    kw = adaptive_kernel(size, out)[1]
    dx = np.zeros((*dy.shape[:2], *size), dy.dtype)
    for i, j, rows, columns in adaptive(size, out):
        window = dx[:, :, rows, columns]
        place = np.arange(window.shape[2])[:, None] * kw + np.arange(window.shape[3])
        window += np.where(arg[:, :, i, j, None, None] == place, dy[:, :, i, j, None, None], 0)
    return dx


def adaptive_avg_pool2d_forward(x: Array, *, size: Pair) -> Array:
    """Average each of size windows that cover the plane; see _windows.py.

    Parameters
    ----------
    x : array (n, c, h, w)
    size : (oh, ow)

    Returns
    -------
    y : array (n, c, oh, ow)
    """
    y = np.empty((*x.shape[:2], *size), x.dtype)
    for i, j, rows, columns in adaptive(x.shape[-2:], size):
        y[:, :, i, j] = x[:, :, rows, columns].mean(axis=(2, 3))
    return y


def adaptive_avg_pool2d_backward(dy: Array, *, size: Pair) -> Array:
    """Differentiate `adaptive_avg_pool2d_forward`: every number of a window receives dy / how many they are.

    Parameters
    ----------
    dy : array (n, c, oh, ow)
    size : (h, w) of x

    Returns
    -------
    dx : array (n, c, h, w)
    """
    dx = np.zeros((*dy.shape[:2], *size), dy.dtype)
    for i, j, rows, columns in adaptive(size, dy.shape[-2:]):
        window = dx[:, :, rows, columns]
        window += dy[:, :, i, j, None, None] / (window.shape[2] * window.shape[3])
    return dx
