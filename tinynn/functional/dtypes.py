"""Which dtype comes out: float32 and float64 promote as in NumPy, all else is weak beside a float.

float32 and float64              float64
float and Python number          float          (a NumPy scalar counts as a number)
float and integers or booleans   float          so that mask * x and labels - x stay what x is
integers and a Python float      float32
integers and integers            as in NumPy, and without a gradient
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.autograd import Array, Backward, op
from tinynn.errors import ArgumentError, DtypeError
from tinynn.functional.checks import FLOATS, need_array

_DEFAULT = FLOATS[0]
Number = (bool, int, float, np.generic)


def as_float(who: str, x: Any) -> Array:
    """x as float32 or float64; integers, booleans and Python numbers become float32.

    Raises
    ------
    DtypeError
        Anything else.
    """
    if type(x) is np.ndarray and x.dtype in FLOATS:
        return x
    weak = isinstance(x, Number)
    array = _need_real(who, "x", x)
    return array.astype(_DEFAULT) if weak or array.dtype.kind != "f" else array


def promote(who: str, a: Any, b: Any) -> tuple[Array, Array]:
    """Both as arrays of the one dtype in which `who` computes; see the table above.

    Raises
    ------
    DtypeError
        Something is neither a number nor an array of float32, float64, integers or booleans.
    """
    if type(a) is np.ndarray and a.dtype in FLOATS:  # the two usual cases first, they cost the least
        if type(b) is np.ndarray and b.dtype is a.dtype:
            return a, b
        if type(b) is float or type(b) is int:
            return a, np.array(b, a.dtype)
    pair = _need_real(who, "a", a), _need_real(who, "b", b)
    weak = isinstance(a, Number), isinstance(b, Number)
    floats = [x.dtype for x, w in zip(pair, weak, strict=True) if x.dtype.kind == "f" and not w]
    if floats:
        dtype = np.result_type(*floats)
    elif "f" in (pair[0].dtype.kind, pair[1].dtype.kind):
        dtype = _DEFAULT
    else:  # a Python integer has no size of its own
        dtype = np.result_type(*[x.item() if w else x.dtype for x, w in zip(pair, weak, strict=True)])
    return pair[0].astype(dtype, copy=False), pair[1].astype(dtype, copy=False)


def _need_real(who: str, name: str, value: Any) -> Array:
    array = np.asarray(value) if isinstance(value, Number) else value
    need_array(who, name, array)
    if array.dtype.kind not in "biu" and array.dtype not in FLOATS:
        raise DtypeError(
            f"{who}: {name} is {array.dtype}; needed float32, float64, integers or booleans; "
            f"try {name}.astype('float32')"
        )
    result: Array = array
    return result


@op
def astype(x: Any, /, dtype: Any) -> tuple[Array, Backward | None]:
    """x in another dtype; between float32 and float64 the gradient goes back in x's own.

    Raises
    ------
    DtypeError
        A dtype that tinynn does not compute with.

    Examples
    --------
    >>> astype(np.array([1.5, 2.5]), "float32")
    array([1.5, 2.5], dtype=float32)
    """
    need_array("astype", "x", x)
    try:
        dtype = np.dtype(dtype)
    except TypeError:
        raise ArgumentError(f"astype: dtype is {dtype!r}; needed one, such as 'float32'") from None
    if dtype.kind not in "biu" and dtype not in FLOATS:
        raise DtypeError(f"astype: got {dtype}; needed float32, float64, integers or bool")

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array]:
        return (dy.astype(x.dtype, copy=False),)

    return x.astype(dtype, copy=False), backward if dtype.kind == "f" else None
