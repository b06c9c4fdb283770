"""The linear map, fused with its bias and activation; maxout; the matrix product.

m rows   k inputs   n outputs   p pieces   g groups
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.autograd import Array, Backward, op
from tinynn.autograd.broadcast import broadcast_shape
from tinynn.backends import kernels
from tinynn.errors import ArgumentError, ShapeError
from tinynn.functional.activation import check_activation
from tinynn.functional.checks import are_float, need_array, need_float
from tinynn.functional.layout import as_rows, contiguous
from tinynn.functional.reduce import sum_to


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
    >>> linear(np.ones((2, 3)), np.ones((1, 3)), np.ones(1), activation="relu")
    array([[4.],
           [4.]])
    """
    if w is None or not are_float(x, w, b, slope):
        need_array("linear", "x", x)
        need_array("linear", "w", w)
        need_float("linear", x=x, w=w, b=b, slope=slope)
    alpha = check_activation("linear", activation, alpha)
    _check_linear("linear", x, w, b)
    if slope is not None or activation == "prelu":
        _check_slope(slope, w.shape[-2], activation)
    shape = x.shape
    if len(shape) != w.ndim:
        x = as_rows(x)
    y, kept = kernels.linear_forward(x, w, b, slope, activation=activation, alpha=alpha)

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array | None, ...]:
        if dy.shape != y.shape:
            dy = contiguous(dy).reshape(y.shape)
        gradients = kernels.linear_backward(
            dy, x, w, kept, slope, activation=activation, alpha=alpha, needs=(*needs, False, False)[:4]
        )
        if gradients[0] is not None and len(shape) != w.ndim:
            gradients = (gradients[0].reshape(shape), *gradients[1:])
        return gradients[: len(needs)]  # type: ignore[no-any-return]

    return (y if len(shape) == w.ndim else y.reshape(*shape[:-1], w.shape[-2])), backward


def _check_linear(who: str, x: Array, w: Array, b: Array | None) -> None:
    shape, wanted = x.shape, w.shape
    if len(wanted) not in (2, 3) or len(shape) < len(wanted) - 1:
        raise ShapeError(
            f"{who}: x is {shape} and w is {wanted}; "
            "needed x (..., k) and w (n, k), or x (g, m, k) and w (g, n, k)"
        )
    if shape[-1] != wanted[-1]:
        raise ShapeError(
            f"{who}: x is {shape} but w is {wanted}; in_features {shape[-1]} and {wanted[-1]} differ"
        )
    if len(wanted) == 3 and (len(shape) != 3 or shape[0] != wanted[0]):
        raise ShapeError(
            f"{who}: w is {wanted}, one matrix per group, but x is {shape}; "
            f"needed ({wanted[0]}, m, {wanted[2]})"
        )
    if b is not None and b.shape != wanted[:-1]:
        raise ShapeError(f"{who}: b is {b.shape} but w is {wanted}; needed {wanted[:-1]}")


def _check_slope(slope: Array | None, n: int, activation: str) -> None:
    if activation != "prelu":
        raise ArgumentError(f"linear: got a slope with activation={activation!r}; only prelu has one")
    if slope is None or slope.shape not in ((1,), (n,)):
        raise ShapeError(
            f"linear: slope is {None if slope is None else slope.shape}; prelu needed (1,) or ({n},)"
        )


@op
def maxout(x: Any, w: Any, b: Any = None) -> tuple[Array, Backward]:
    """y = max over p of (x w_p^T + b_p): the largest of p linear maps, output by output.

    Only the winning piece (the first of equals) receives gradient. Two pieces, one of them 0, are ReLU.

    Parameters
    ----------
    x : (..., k) float
    w : (p, n, k) float, 1 <= p <= 256
    b : (p, n) float, optional

    Returns
    -------
    (..., n)

    Raises
    ------
    ShapeError, DtypeError

    Notes
    -----
    Goodfellow, Warde-Farley, Mirza, Courville, Bengio: Maxout networks (ICML 2013).

    Examples
    --------
    >>> maxout(np.array([[-2.0]]), np.array([[[1.0]], [[-1.0]]]))
    array([[2.]])
    """
    need_array("maxout", "x", x)
    need_array("maxout", "w", w)
    need_float("maxout", x=x, w=w, b=b)
    if w.ndim != 3 or not 1 <= w.shape[0] <= 256 or x.ndim < 1 or x.shape[-1] != w.shape[2]:
        raise ShapeError(
            f"maxout: x is {x.shape} and w is {w.shape}; "
            "needed x (..., k) and w (pieces, n, k) with 1 to 256 pieces"
        )
    if b is not None and b.shape != w.shape[:2]:
        raise ShapeError(f"maxout: b is {b.shape} but w is {w.shape}; needed {w.shape[:2]}")
    rows = as_rows(x)
    y, arg = kernels.maxout_forward(rows, w, b)

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array | None, ...]:
        dx, dw, db = kernels.maxout_backward(as_rows(dy), rows, w, arg, needs=(*needs, False)[:3])
        return (None if dx is None else dx.reshape(x.shape), dw, db)[: len(needs)]

    return y.reshape(*x.shape[:-1], w.shape[1]), backward


@op
def matmul(a: Any, b: Any) -> tuple[Array, Backward]:
    """The matrix product a b; da = dy b^T, db = a^T dy.

    Leading axes are a batch and broadcast. A vector on the left is a row, on the right a column, and
    that axis goes away again.

    Parameters
    ----------
    a : (..., m, k) or (k,) float
    b : (..., k, n) or (k,) float

    Returns
    -------
    (..., m, n)

    Raises
    ------
    ShapeError, DtypeError

    Examples
    --------
    >>> matmul(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1.0, 1.0]))
    array([3., 7.])
    """
    need_array("matmul", "a", a)
    need_array("matmul", "b", b)
    need_float("matmul", a=a, b=b)
    if a.ndim == 0 or b.ndim == 0:
        raise ShapeError(f"matmul: a is {a.shape} and b is {b.shape}; needed at least one axis; try a * b")
    left = a[None] if a.ndim == 1 else a
    right = b[:, None] if b.ndim == 1 else b
    if left.shape[-1] != right.shape[-2]:
        raise ShapeError(
            f"matmul: a is {a.shape} but b is {b.shape}; "
            f"the inner sizes {left.shape[-1]} and {right.shape[-2]} differ"
        )
    batch = broadcast_shape("matmul", left.shape[:-2], right.shape[:-2])
    m, n = left.shape[-2], right.shape[-1]
    if right.ndim == 2:  # the same b for all: the batch is only more rows
        rows, columns = as_rows(left), right
    else:
        rows, columns = _grouped(left, batch), _grouped(right, batch)
    y = _product(rows, columns)

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array | None, ...]:
        dy = contiguous(dy).reshape(y.shape)
        da = db = None
        if needs[0]:
            da = _product(dy, columns, transpose_b=True).reshape((*batch, *left.shape[-2:]))
            da = sum_to(da, left.shape).reshape(a.shape)
        if needs[1]:
            db = _product(rows, dy, transpose_a=True)
            if right.ndim > 2:
                db = sum_to(db.reshape((*batch, *right.shape[-2:])), right.shape)
            db = db.reshape(b.shape)
        return da, db

    return y.reshape((*batch, *((m,) if a.ndim > 1 else ()), *((n,) if b.ndim > 1 else ()))), backward


def _grouped(a: Array, batch: tuple[int, ...]) -> Array:
    """a (..., m, k), repeated for every member of the batch, as (g, m, k)."""
    if len(batch) == 1 and a.shape[:-2] == batch:
        return a
    repeated = contiguous(np.broadcast_to(a, (*batch, *a.shape[-2:])))
    return repeated.reshape(int(np.prod(batch)), *a.shape[-2:])


def _product(a: Array, b: Array, transpose_a: bool = False, transpose_b: bool = False) -> Array:
    """The kernel; a transposed view is handed over as the matrix it is a view of, which saves a copy."""
    if not a.flags.c_contiguous and a.swapaxes(-1, -2).flags.c_contiguous:
        a, transpose_a = a.swapaxes(-1, -2), not transpose_a
    if not b.flags.c_contiguous and b.swapaxes(-1, -2).flags.c_contiguous:
        b, transpose_b = b.swapaxes(-1, -2), not transpose_b
    c: Array = kernels.matmul(a, b, transpose_a=transpose_a, transpose_b=transpose_b)
    return c
