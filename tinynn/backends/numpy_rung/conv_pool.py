"""Convolution, activation and max-pool in one: what a convolutional net does most, and most often.

ReLU and max-pool leave few places of the convolution's result alive: with windows of 2 x 2 at most one in
four. The fused kernels need not store the others, nor visit them backward. Here it is said plainly: one step
after the other.

n images, c input channels, o output channels.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._place import Array, Out
from .activation import derivative
from .conv import Pair, conv2d_backward, conv2d_forward, windows_of

__all__ = ["conv2d_pool_backward", "conv2d_pool_forward"]


def _pools(full: Array, pool: Pair) -> Array:
    """(n, o, P rows, Q columns) -> (n, o, P / ph, Q / pw, ph pw): the windows; a remainder is dropped."""
    n, o, p, q = full.shape
    (ph, pw), (rows, columns) = pool, (p // pool[0], q // pool[1])
    boxes = full[:, :, : rows * ph, : columns * pw].reshape(n, o, rows, ph, columns, pw)
    return boxes.swapaxes(3, 4).reshape(n, o, rows, columns, ph * pw)


def conv2d_pool_forward(
    x: Array,
    w: Array,
    b: Array | None,
    *,
    pool: Pair,
    stride: Pair,
    padding: tuple[Pair, Pair],
    dilation: Pair,
    groups: int,
    flip: bool,
    activation: str,
    alpha: float | None = None,
) -> tuple[Array, Array]:
    """Convolve, apply the activation, and keep the maximum of each window of `pool`; windows do not overlap.

    Parameters
    ----------
    x, w, b and the other options : see `conv2d_forward`
    pool : (ph, pw), ph pw <= 256
    activation : identity, relu, leaky_relu, sigmoid or tanh

    Returns
    -------
    y : array (n, o, p // ph, q // pw)
    arg : uint8 array of that shape
        row pw + column of the first maximum in its window.
    """
    full, _ = conv2d_forward(
        x, w, b, None, stride=stride, padding=padding, dilation=dilation, groups=groups, flip=flip,
        activation=activation, alpha=alpha,
    )  # fmt: skip
    windows = _pools(full, pool)
    return windows.max(axis=-1), windows.argmax(axis=-1).astype(np.uint8)


def conv2d_pool_backward(
    dy: Array,
    x: Array,
    w: Array,
    y: Array,
    arg: Array,
    *,
    pool: Pair,
    stride: Pair,
    padding: tuple[Pair, Pair],
    dilation: Pair,
    groups: int,
    flip: bool,
    activation: str,
    alpha: float | None = None,
    needs: tuple[bool, bool, bool] = (True, True, True),
    out: Out = None,
    accumulate: bool = False,
) -> tuple[Array | None, Array | None, Array | None]:
    """Differentiate `conv2d_pool_forward`: dz is dy act'(y) where arg points, and 0 elsewhere.

    Parameters
    ----------
    dy : array (n, o, p // ph, q // pw)
    x, w and the options : as in the forward pass
    y, arg : as the forward pass returned them
    needs, out, accumulate : see `conv2d_backward`; here of (dx, dw, db)

    Returns
    -------
    dx, dw, db : arrays of the shapes of x, w and b; None where not needed
    """
    ph, pw = pool
    _, _, row, column = np.ogrid[tuple(slice(size) for size in dy.shape)]
    return backward_of_winners(
        dy, x, w, y, (row * ph + arg // pw, column * pw + arg % pw),
        stride=stride, padding=padding, dilation=dilation, groups=groups, flip=flip,
        activation=activation, alpha=alpha, needs=needs, out=out, accumulate=accumulate,
    )  # fmt: skip


def backward_of_winners(
    dy: Array,
    x: Array,
    w: Array,
    y: Array,
    place: tuple[Array, Array],
    *,
    activation: str,
    alpha: float | None,
    groups: int,
    flip: bool,
    needs: tuple[bool, bool, bool],
    out: Out,
    accumulate: bool,
    **geometry: Any,
) -> tuple[Array | None, Array | None, Array | None]:
    """Differentiate a convolution of whose result only some places, (row, column), live on."""
    p, q = windows_of(x[:1, :1], w.shape[2:], **geometry).shape[2:4]
    dz = np.zeros((*dy.shape[:2], p, q), dy.dtype)
    n, o, _, _ = np.ogrid[tuple(slice(size) for size in dy.shape)]
    dz[n, o, *place] = dy * derivative(y, activation, alpha, None)
    return conv2d_backward(
        dz, x, w, None, None, groups=groups, flip=flip, activation="identity", alpha=None,
        needs=(*needs, False), out=(*out, None) if out else None, accumulate=accumulate, **geometry,
    )[:3]  # fmt: skip
