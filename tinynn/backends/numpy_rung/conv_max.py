"""Convolution, activation and the maximum of the whole image in one: a detector slid over everything.

Of the convolution's result one place per image and channel lives on, so hardly anything of it need be stored,
and the way back is as cheap as that of one pixel. Here it is said plainly: one step after the other.

n images, c input channels, o output channels.
"""

from __future__ import annotations

import numpy as np

from ._place import Array, Out
from .activation import FORMULAS
from .conv import Pair, conv2d_forward, windows_of
from .conv_pool import backward_of_winners

__all__ = ["conv2d_max_backward", "conv2d_max_forward"]


def _check(activation: str) -> None:
    if FORMULAS[activation].keeps == "z":
        raise ValueError(f"conv2d_max: activation is {activation!r}; needed one whose y tells its derivative")


def conv2d_max_forward(
    x: Array,
    w: Array,
    b: Array | None,
    *,
    stride: Pair,
    padding: tuple[Pair, Pair],
    dilation: Pair,
    groups: int,
    flip: bool,
    activation: str,
    alpha: float | None = None,
) -> tuple[Array, Array]:
    """Convolve, apply the activation, and keep the maximum of each channel of each image.

    Parameters
    ----------
    x, w, b and the other options : see `conv2d_forward`
    activation : not gelu, silu or prelu, whose derivative y does not tell

    Returns
    -------
    y : array (n, o, 1, 1)
    arg : int32 array of that shape
        row q + column of the first maximum in the convolution's result (n, o, p, q).
    """
    _check(activation)
    full, _ = conv2d_forward(
        x, w, b, None, stride=stride, padding=padding, dilation=dilation, groups=groups, flip=flip,
        activation=activation, alpha=alpha,
    )  # fmt: skip
    n, o, p, q = full.shape
    places = full.reshape(n, o, 1, 1, p * q)
    return places.max(axis=-1), places.argmax(axis=-1).astype(np.int32)


def conv2d_max_backward(
    dy: Array,
    x: Array,
    w: Array,
    y: Array,
    arg: Array,
    *,
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
    """Differentiate `conv2d_max_forward`: dz is dy act'(y) where arg points, and 0 elsewhere.

    Parameters
    ----------
    dy : array (n, o, 1, 1)
    x, w and the options : as in the forward pass
    y, arg : as the forward pass returned them
    needs, out, accumulate : see `conv2d_backward`; here of (dx, dw, db)

    Returns
    -------
    dx, dw, db : arrays of the shapes of x, w and b; None where not needed
    """
    _check(activation)
    columns = windows_of(x[:1, :1], w.shape[2:], stride=stride, padding=padding, dilation=dilation).shape[3]
    return backward_of_winners(
        dy, x, w, y, (arg // columns, arg % columns),
        stride=stride, padding=padding, dilation=dilation, groups=groups, flip=flip,
        activation=activation, alpha=alpha, needs=needs, out=out, accumulate=accumulate,
    )  # fmt: skip
