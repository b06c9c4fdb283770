"""Two arrays, element by element, with NumPy's broadcasting: y = f(a, b).

| name | y | da | db |
| --- | --- | --- | --- |
| add | a + b | dy | dy |
| sub | a - b | dy | -dy |
| mul | a b | dy b | dy a |
| div | a / b | dy / b | -dy a / b^2 |
| pow | a^b | dy b a^(b-1) | dy y log a |
| maximum, minimum | the larger, the smaller | dy where a wins | dy where b wins |

Each gradient is then summed over the axes along which its array was repeated. Integers are computed
by NumPy, exactly, and carry no gradient; for what a mix becomes see dtypes.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.autograd import Array, Backward, op
from tinynn.autograd.broadcast import broadcast_shape
from tinynn.backends import kernels
from tinynn.errors import DtypeError
from tinynn.functional.checks import need_array
from tinynn.functional.dtypes import as_float, promote
from tinynn.functional.reduce import sum_to

Result = tuple[Array, Backward | None]
_EXACT = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "pow": np.power,
    "maximum": np.maximum,
    "minimum": np.minimum,
}


def _binary(name: str, a: Any, b: Any) -> Result:
    """Forward and backward of all of them; the formulas are the kernel's."""
    a, b = promote(name, a, b)
    if a.shape != b.shape:
        broadcast_shape(name, a.shape, b.shape)
    if a.dtype.kind != "f":
        return np.asarray(_EXACT[name](a, b)), None
    y = kernels.binary_forward(a, b, op=name)

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array | None, ...]:
        if name == "add":  # the derivatives are 1: dy itself, and no kernel
            da, db = dy if needs[0] else None, dy if needs[1] else None
        else:
            da, db = kernels.binary_backward(dy, a, b, op=name, needs=needs)
        return None if da is None else sum_to(da, a.shape), None if db is None else sum_to(db, b.shape)

    return y, backward


@op
def add(a: Any, b: Any) -> Result:
    """a + b.

    Parameters
    ----------
    a, b : float, integers, booleans, or a number
        Shapes broadcast.

    Raises
    ------
    ShapeError, DtypeError

    Examples
    --------
    >>> add(np.array([[1.0], [2.0]]), np.array([10.0, 20.0]))
    array([[11., 21.],
           [12., 22.]])
    """
    return _binary("add", a, b)


def plus(a: Array, b: Array) -> Array:
    """a + b of two arrays of one shape: how backward adds up gradients."""
    y: Array = kernels.binary_forward(a, b, op="add")
    return y


@op
def sub(a: Any, b: Any) -> Result:
    """a - b.

    Examples
    --------
    >>> sub(np.array([3.0, 4.0]), 1)
    array([2., 3.])
    """
    return _binary("sub", a, b)


@op
def mul(a: Any, b: Any) -> Result:
    """a b, element by element; the matrix product is `matmul`.

    Examples
    --------
    >>> mul(np.array([3.0, 4.0]), np.array([2.0, 0.5]))
    array([6., 2.])
    """
    return _binary("mul", a, b)


@op
def div(a: Any, b: Any) -> Result:
    """a / b; integers become float32 first. Division by 0 gives inf or NaN, as IEEE 754 says.

    Examples
    --------
    >>> div(np.array([3.0, 4.0]), 2)
    array([1.5, 2. ])
    """
    a, b = promote("div", a, b)
    return _binary("div", as_float("div", a), as_float("div", b))


@op
def pow(a: Any, b: Any) -> Result:
    """a^b. For a number b the formula is x^p, and p = 2 is x x; the gradient of 0^b by b is 0.

    Examples
    --------
    >>> pow(np.array([3.0, 4.0]), 2)
    array([ 9., 16.])
    >>> pow(2.0, np.array([3.0, 4.0]))
    array([ 8., 16.])
    """
    if isinstance(b, (int, float)) and isinstance(a, np.ndarray) and a.dtype.kind == "f":
        return _constant_power(as_float("pow", a), float(b))
    return _binary("pow", a, b)


def _constant_power(x: Array, p: float) -> Result:
    formula = "square" if p == 2 else "pow"
    y = kernels.unary_forward(x, op=formula, p=p)

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array | None, ...]:
        return (kernels.unary_backward(dy, x, y, op=formula, p=p), None)

    return y, backward


@op
def maximum(a: Any, b: Any) -> Result:
    """The larger of a and b; at a tie each receives half of dy.

    Examples
    --------
    >>> maximum(np.array([-1.0, 2.0]), 0)
    array([0., 2.])
    """
    return _binary("maximum", a, b)


@op
def minimum(a: Any, b: Any) -> Result:
    """The smaller of a and b; at a tie each receives half of dy.

    Examples
    --------
    >>> minimum(np.array([-1.0, 2.0]), 0)
    array([-1.,  0.])
    """
    return _binary("minimum", a, b)


@op
def where(condition: Any, a: Any, b: Any) -> Result:
    """a where the condition holds, else b; each receives dy where it was chosen.

    Parameters
    ----------
    condition : bool
    a, b : float, integers, booleans, or a number
        The three shapes broadcast.

    Raises
    ------
    ShapeError, DtypeError

    Examples
    --------
    >>> where(np.array([True, False]), np.array([1.0, 2.0]), 0)
    array([1., 0.])
    """
    if isinstance(condition, (bool, np.bool_)):
        condition = np.asarray(condition)
    need_array("where", "condition", condition)
    if condition.dtype != np.bool_:
        raise DtypeError(f"where: the condition is {condition.dtype}; needed bool; try condition != 0")
    a, b = promote("where", a, b)
    shape = broadcast_shape("where", condition.shape, a.shape, b.shape)
    chosen, full_a, full_b = (np.broadcast_to(x, shape) for x in (condition, a, b))
    if a.dtype.kind != "f":
        return np.where(chosen, full_a, full_b), None
    y = kernels.where_forward(chosen, full_a, full_b)

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array | None, ...]:
        zero = np.broadcast_to(np.zeros((), dy.dtype), shape)
        da = sum_to(kernels.where_forward(chosen, dy, zero), a.shape) if needs[1] else None
        db = sum_to(kernels.where_forward(chosen, zero, dy), b.shape) if needs[2] else None
        return None, da, db

    return y, backward
