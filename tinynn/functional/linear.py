"""The linear map, fused with its bias and activation; maxout; the matrix product.

m rows   k inputs   n outputs   p pieces
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.autograd import Array, Backward, op
from tinynn.backends import kernels
from tinynn.errors import ArgumentError, ShapeError
from tinynn.functional.activation import check_activation
from tinynn.functional.checks import need_array, need_float


@op
def linear(
    x: Any,
    w: Any,
    b: Any = None,
    slope: Any = None,
    *,
    activation: str = "identity",
    alpha: float | None = None,
) -> tuple[Array, Backward]:
    """y = act(x w^T + b), one fused kernel.

    Parameters
    ----------
    x : (..., k) float
    w : (n, k) float, or (g, n, k): one matrix per group, with x (g, m, k)
    b : (n,) float, or (g, n), optional
    slope : (1,) or (n,) float, for activation="prelu" only
    activation : str
        See tinynn.functional.activation.
    alpha : float, optional
        leaky_relu and elu.

    Returns
    -------
    (..., n)

    Raises
    ------
    ShapeError, DtypeError, ArgumentError

    Examples
    --------
    >>> import numpy as np
    >>> linear(np.ones((2, 3)), np.ones((1, 3)), np.ones(1), activation="relu")
    array([[4.],
           [4.]])
    """
    need_array("linear", "x", x)
    need_array("linear", "w", w)
    need_float("linear", x=x, w=w, b=b, slope=slope)
    alpha = check_activation("linear", activation, alpha)
    _check_linear(x, w, b)
    _check_slope(slope, w.shape[-2], activation)
    shape = x.shape
    if x.ndim != w.ndim:
        x = x.reshape(-1, shape[-1]) if x.size else x.reshape(int(np.prod(shape[:-1])), shape[-1])
    y, kept = kernels.linear_forward(x, w, b, slope, activation=activation, alpha=alpha)

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array | None, ...]:
        dx, dw, db, dslope = kernels.linear_backward(
            dy.reshape(y.shape),
            x,
            w,
            kept,
            slope,
            activation=activation,
            alpha=alpha,
            needs=(*needs, False, False)[:4],
        )
        return (None if dx is None else dx.reshape(shape), dw, db, dslope)[: len(needs)]

    return (y if y.shape[:-1] == shape[:-1] else y.reshape(*shape[:-1], w.shape[-2])), backward


def _check_linear(x: Array, w: Array, b: Array | None) -> None:
    if w.ndim not in (2, 3) or x.ndim < w.ndim - 1 or x.ndim < 1:
        raise ShapeError(
            f"linear: x is {x.shape} and w is {w.shape}; needed x (..., k) and w (n, k), or x (g, m, k) and w (g, n, k)"
        )
    if x.shape[-1] != w.shape[-1]:
        raise ShapeError(
            f"linear: x is {x.shape} but w is {w.shape}; in_features {x.shape[-1]} and {w.shape[-1]} differ"
        )
    if w.ndim == 3 and (x.ndim != 3 or x.shape[0] != w.shape[0]):
        raise ShapeError(
            f"linear: w is {w.shape}, one matrix per group, but x is {x.shape}; needed ({w.shape[0]}, m, {w.shape[2]})"
        )
    if b is not None and b.shape != w.shape[:-1]:
        raise ShapeError(f"linear: b is {b.shape} but w is {w.shape}; needed {w.shape[:-1]}")


def _check_slope(slope: Array | None, n: int, activation: str) -> None:
    if activation != "prelu":
        if slope is not None:
            raise ArgumentError(f"linear: got a slope with activation={activation!r}; only prelu has one")
    elif slope is None or slope.shape not in ((1,), (n,)):
        raise ShapeError(
            f"linear: slope is {None if slope is None else slope.shape}; prelu needed (1,) or ({n},)"
        )
