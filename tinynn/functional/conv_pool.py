"""Convolution, activation and max-pool in one pass: what lies between them is never stored."""

from __future__ import annotations

from typing import Any

from tinynn.autograd import Array, Backward, op
from tinynn.backends import kernels
from tinynn.errors import ArgumentError, ShapeError
from tinynn.functional.checks import need_choice
from tinynn.functional.conv import check_conv
from tinynn.functional.geometry import geometry, need_sizes

POOLED = ("identity", "relu", "leaky_relu", "sigmoid", "tanh")  # y tells their derivative, and they only grow


@op
def conv2d_max_pool(
    x: Any,
    w: Any,
    b: Any = None,
    *,
    pool: Any = 2,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    activation: str = "identity",
    alpha: float | None = None,
    flip: bool = False,
) -> tuple[Array, Backward]:
    """max_pool2d(conv2d(x, w, b, activation=...), pool), fused: the same numbers in less time and memory.

    The windows do not overlap; rows and columns that fill no window are left out. Of equals the first wins
    and alone receives gradient.

    Parameters
    ----------
    x : (n, c, h, w) float
    w : (o, c / groups, kh, kw) float
    b : (o,) float, optional
    pool : int or (rows, columns)
        The window, at most 256 places.
    activation : {"identity", "relu", "leaky_relu", "sigmoid", "tanh"}
    stride, padding, dilation, groups, alpha, flip
        Of the convolution: see `conv2d`.

    Returns
    -------
    (n, o, p // ph, q // pw), p and q being the sizes that `conv2d` leaves

    Raises
    ------
    ShapeError, DtypeError, ArgumentError

    Examples
    --------
    >>> x = np.arange(9.0).reshape(1, 1, 3, 3)
    >>> conv2d_max_pool(x, np.ones((1, 1, 2, 2)), pool=2)
    array([[[[24.]]]])
    """
    who = "conv2d_max_pool"
    need_choice(who, "activation", activation, POOLED)
    alpha = check_conv(who, 2, x, w, b, None, groups, activation, alpha, flip)
    place = geometry(who, 2, w.shape[2:], stride, padding, dilation)
    size = place.places(who, x.shape[2:], w.shape[2:])
    window = need_sizes(who, "pool", pool, 2, 1)
    if window[0] * window[1] > 256:
        raise ArgumentError(f"{who}: pool is {pool!r}; needed at most 256 places")
    if window[0] > size[0] or window[1] > size[1]:
        raise ShapeError(
            f"{who}: the convolution leaves {size} and pool is {pool!r}; needed a window that fits in"
        )
    options = {**place.options(), "groups": groups, "flip": flip, "activation": activation, "alpha": alpha}
    y, arg = kernels.conv2d_pool_forward(x, w, b, pool=window, **options)

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array | None, ...]:
        needed = (*needs, False)[:3]
        gradients = kernels.conv2d_pool_backward(dy, x, w, y, arg, pool=window, **options, needs=needed)
        return gradients[: len(needs)]  # type: ignore[no-any-return]

    return y, backward
