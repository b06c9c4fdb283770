"""One array, element by element: y = f(x), dx = dy f'(x). Integers and Python numbers become float32.

| name | y | dy/dx |
| --- | --- | --- |
| neg | -x | -1 |
| exp | e^x | y |
| log | log x | 1 / x |
| sqrt | sqrt x | 1 / (2 y) |
| square | x x | 2 x |
| reciprocal | 1 / x | -y y |
| sin, cos | sin x, cos x | cos x, -sin x |
| abs | x or -x | sign x, 0 at 0 |
| sign | -1, 0, 1 | 0 |
| clip | x within min..max | 1 within and on the bounds, else 0 |

Outside the domain IEEE 754 decides, in silence: log(0) is -inf, sqrt(-1) is NaN.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.autograd import Array, Backward, op
from tinynn.backends import kernels
from tinynn.errors import ArgumentError
from tinynn.functional.checks import need_number
from tinynn.functional.dtypes import as_float

Result = tuple[Array, Backward | None]
_EXACT = {"neg": np.negative, "abs": np.abs, "square": np.square, "sign": np.sign}


def _unary(name: str, x: Any, p: float = 0.0, q: float = 0.0) -> Result:
    """Forward and backward of all of them; the formulas are the kernel's."""
    if name in _EXACT and isinstance(x, np.ndarray) and x.dtype.kind in "iu":
        return np.asarray(_EXACT[name](x)), None
    x = as_float(name, x)
    y = kernels.unary_forward(x, op=name, p=p, q=q)

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array]:
        return (kernels.unary_backward(dy, x, y, op=name, p=p, q=q),)

    return y, backward


@op
def neg(x: Any) -> Result:
    """-x.

    Examples
    --------
    >>> neg(np.array([1.0, -2.0]))
    array([-1.,  2.])
    """
    return _unary("neg", x)


@op
def exp(x: Any) -> Result:
    """e^x.

    Examples
    --------
    >>> exp(np.array([0.0, 1.0])).round(4)
    array([1.    , 2.7183])
    """
    return _unary("exp", x)


@op
def log(x: Any) -> Result:
    """The natural logarithm.

    Examples
    --------
    >>> log(np.array([1.0, 0.0]))
    array([  0., -inf])
    """
    return _unary("log", x)


@op
def sqrt(x: Any) -> Result:
    """The square root; its derivative at 0 is infinite.

    Examples
    --------
    >>> sqrt(np.array([4.0, 9.0]))
    array([2., 3.])
    """
    return _unary("sqrt", x)


@op
def abs(x: Any) -> Result:
    """|x|; the derivative at 0 is 0.

    Examples
    --------
    >>> abs(np.array([1.0, -2.0]))
    array([1., 2.])
    """
    return _unary("abs", x)


@op
def square(x: Any) -> Result:
    """x x.

    Examples
    --------
    >>> square(np.array([3.0, -2.0]))
    array([9., 4.])
    """
    return _unary("square", x)


@op
def reciprocal(x: Any) -> Result:
    """1 / x.

    Examples
    --------
    >>> reciprocal(np.array([4.0, -0.5]))
    array([ 0.25, -2.  ])
    """
    return _unary("reciprocal", x)


@op
def sin(x: Any) -> Result:
    """sin x, x in radians.

    Examples
    --------
    >>> sin(np.array([0.0, np.pi / 2]))
    array([0., 1.])
    """
    return _unary("sin", x)


@op
def cos(x: Any) -> Result:
    """cos x, x in radians.

    Examples
    --------
    >>> cos(np.array([0.0, np.pi]))
    array([ 1., -1.])
    """
    return _unary("cos", x)


@op
def sign(x: Any) -> Result:
    """-1, 0 or 1; the derivative is 0 everywhere.

    Examples
    --------
    >>> sign(np.array([3.0, 0.0, -2.0]))
    array([ 1.,  0., -1.])
    """
    return _unary("sign", x)


@op
def clip(x: Any, /, min: float | None = None, max: float | None = None) -> Result:
    """x, but min where it is smaller and max where it is larger.

    Parameters
    ----------
    x : (...) float
    min, max : number, or None for no bound

    Raises
    ------
    ArgumentError
        No bound at all, or min > max.

    Examples
    --------
    >>> clip(np.array([-1.0, 0.5, 3.0]), 0, 1)
    array([0. , 0.5, 1. ])
    """
    if min is None and max is None:
        raise ArgumentError("clip: got neither min nor max; needed at least one")
    low = -np.inf if min is None else need_number("clip", "min", min)
    high = np.inf if max is None else need_number("clip", "max", max)
    if low > high:
        raise ArgumentError(f"clip: min is {min} and max is {max}; needed min <= max")
    if isinstance(x, np.ndarray) and x.dtype.kind in "iu":
        return np.clip(x, min, max), None
    return _unary("clip", x, low, high)
