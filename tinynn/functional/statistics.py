"""Variance, standard deviation and log-sum-exp along axes.   `axis` as in reduce.py."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from tinynn.autograd import Array, Backward, op
from tinynn.backends import kernels
from tinynn.errors import ShapeError
from tinynn.functional.checks import Axis, need_axes, shape_of
from tinynn.functional.dtypes import as_float
from tinynn.functional.elementwise import div, sub
from tinynn.functional.reduce import kept_shape, largest, mean, sum, sum_axes
from tinynn.functional.unary import sqrt, square


def var(x: Any, axis: Axis = None, keepdims: bool = False, *, ddof: int = 0) -> Any:
    """The variance: sum (x - mean)^2 / (n - ddof).

    Parameters
    ----------
    x, axis, keepdims
        As in `sum`.
    ddof : int
        0 as in NumPy; 1 for the estimate without bias, which is PyTorch's default.

    Raises
    ------
    ShapeError
        Not more than ddof numbers.

    Examples
    --------
    >>> float(var(np.array([1.0, 2.0, 3.0, 4.0])))
    1.25
    """
    shape = shape_of(x)
    n = prod([shape[i] for i in need_axes("var", axis, len(shape))])
    if n <= ddof:
        raise ShapeError(f"var: x is {shape}, {n} numbers along axis {axis}; needed more than ddof={ddof}")
    distance = square(sub(x, mean(x, axis, keepdims=True)))
    return div(sum(distance, axis, keepdims), n - ddof)


def std(x: Any, axis: Axis = None, keepdims: bool = False, *, ddof: int = 0) -> Any:
    """The standard deviation, the square root of `var`; where it is 0 its gradient is NaN.

    Examples
    --------
    >>> float(std(np.array([1.0, 3.0])))
    1.0
    """
    return sqrt(var(x, axis, keepdims, ddof=ddof))


@op
def logsumexp(x: Any, /, axis: Axis = None, keepdims: bool = False) -> tuple[Array, Backward]:
    """log sum exp(x), a soft maximum; dx = dy softmax(x). The maximum goes first, so nothing overflows.

    Parameters
    ----------
    x, axis, keepdims
        As in `sum`.

    Raises
    ------
    ShapeError
        No such axis, or a sum over nothing.

    Examples
    --------
    >>> float(logsumexp(np.array([1000.0, 1000.0]))).__round__(4)
    1000.6931
    """
    x = as_float("logsumexp", x)
    axes = need_axes("logsumexp", axis, x.ndim)
    kept = kept_shape(x.shape, axes, True)
    top, _ = largest("logsumexp", x, axes)
    huge = float(np.finfo(x.dtype).max)
    top = kernels.unary_forward(top, op="clip", p=-huge, q=huge)  # inf - inf would be NaN
    e = kernels.unary_forward(kernels.binary_forward(x, top.reshape(kept), op="sub"), op="exp")
    total = sum_axes(e, axes)
    y = kernels.binary_forward(kernels.unary_forward(total, op="log"), top, op="add")

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array]:
        share = kernels.binary_forward(dy.reshape(total.shape), total, op="div")
        return (kernels.binary_forward(e, share.reshape(kept), op="mul"),)

    return y.reshape(kept_shape(x.shape, axes, keepdims)), backward
