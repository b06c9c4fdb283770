"""Element-wise functions of one array and of two, each beside its derivative."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ._place import Array

__all__ = ["binary_backward", "binary_forward", "unary_backward", "unary_forward", "where_forward"]


class Unary(NamedTuple):
    """y = f(x), p and q being constants; dy/dx reads x or y, whichever is cheaper."""

    forward: Callable[[Array, float, float], Array]
    derivative: Callable[[Array, Array, float, float], Any]


class Binary(NamedTuple):
    """y = f(a, b), its derivative by a and its derivative by b."""

    forward: Callable[[Array, Array], Array]
    by_a: Callable[[Array, Array], Any]
    by_b: Callable[[Array, Array], Any]


def _wins(a: Array, b: Array) -> Array:
    """1 where a is the larger, 0 where b is, and at a tie one half each."""
    return np.where(a > b, 1, np.where(a == b, 0.5, 0)).astype(a.dtype)


UNARY = {
    "neg": Unary(lambda x, p, q: -x, lambda x, y, p, q: -1),
    "exp": Unary(lambda x, p, q: np.exp(x), lambda x, y, p, q: y),
    "log": Unary(lambda x, p, q: np.log(x), lambda x, y, p, q: 1 / x),
    "sqrt": Unary(lambda x, p, q: np.sqrt(x), lambda x, y, p, q: 0.5 / y),
    "abs": Unary(lambda x, p, q: np.abs(x), lambda x, y, p, q: np.sign(x)),
    "square": Unary(lambda x, p, q: x * x, lambda x, y, p, q: 2 * x),
    "reciprocal": Unary(lambda x, p, q: 1 / x, lambda x, y, p, q: -y * y),
    "sin": Unary(lambda x, p, q: np.sin(x), lambda x, y, p, q: np.cos(x)),
    "cos": Unary(lambda x, p, q: np.cos(x), lambda x, y, p, q: -np.sin(x)),
    "sign": Unary(lambda x, p, q: np.sign(x), lambda x, y, p, q: 0),
    "pow": Unary(lambda x, p, q: x**p, lambda x, y, p, q: p * x ** (p - 1) if p else 0),
    "clip": Unary(lambda x, p, q: np.clip(x, p, q), lambda x, y, p, q: (p <= x) & (x <= q)),
}

BINARY = {
    "add": Binary(lambda a, b: a + b, lambda a, b: 1, lambda a, b: 1),
    "sub": Binary(lambda a, b: a - b, lambda a, b: 1, lambda a, b: -1),
    "mul": Binary(lambda a, b: a * b, lambda a, b: b, lambda a, b: a),
    "div": Binary(lambda a, b: a / b, lambda a, b: 1 / b, lambda a, b: -a / b / b),
    "pow": Binary(
        lambda a, b: a**b,
        lambda a, b: np.where(b == 0, 0, b * a ** (b - 1)),
        lambda a, b: np.where(a == 0, 0, a**b * np.log(a)),  # 0^b does not change with b
    ),
    "maximum": Binary(np.maximum, _wins, lambda a, b: _wins(b, a)),
    "minimum": Binary(np.minimum, lambda a, b: _wins(b, a), _wins),
}


def unary_forward(x: Array, *, op: str, p: float = 0.0, q: float = 0.0) -> Array:
    """Apply a function to every element: y = f(x).

    Parameters
    ----------
    x : array of any shape
    op : neg, exp, log, sqrt, abs, square, reciprocal, sin, cos, sign, pow (x^p) or clip (to p..q)
    p, q : the constants of pow and clip

    Returns
    -------
    y : array of the shape of x
    """
    return UNARY[op].forward(x, p, q)


def unary_backward(dy: Array, x: Array, y: Array, *, op: str, p: float = 0.0, q: float = 0.0) -> Array:
    """Differentiate `unary_forward`: dx = dy f'(x).

    At the corner of abs the derivative is 0; clip passes the gradient on its bounds.

    Parameters
    ----------
    dy, x, y : arrays of one shape
    op, p, q : as in the forward pass

    Returns
    -------
    dx : array of the same shape
    """
    return dy * UNARY[op].derivative(x, y, p, q)


def binary_forward(a: Array, b: Array, *, op: str) -> Array:
    """Combine two arrays element by element: y = f(a, b), with NumPy's broadcasting.

    Parameters
    ----------
    a, b : arrays whose shapes broadcast
    op : add, sub, mul, div, pow, maximum or minimum

    Returns
    -------
    y : array of the broadcast shape
    """
    return BINARY[op].forward(a, b)


def binary_backward(
    dy: Array, a: Array, b: Array, *, op: str, needs: tuple[bool, bool] = (True, True)
) -> tuple[Array | None, Array | None]:
    """Differentiate `binary_forward`: da = dy df/da, db = dy df/db.

    Both have the broadcast shape; whoever broadcast an input sums over what was repeated.

    Parameters
    ----------
    dy : array of the broadcast shape
    a, b, op : as in the forward pass
    needs : which of (da, db) to compute

    Returns
    -------
    da, db : arrays of the broadcast shape; None where not needed
    """
    da = dy * BINARY[op].by_a(a, b) if needs[0] else None
    db = dy * BINARY[op].by_b(a, b) if needs[1] else None
    return da, db


def where_forward(condition: Array, a: Array, b: Array) -> Array:
    """Choose element by element: y = a where the condition holds, else b.

    Parameters
    ----------
    condition : bool array
    a, b : arrays of the same shape

    Returns
    -------
    y : array of that shape
    """
    return np.where(condition, a, b)
