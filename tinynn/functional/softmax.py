"""softmax and its logarithm, along one axis."""

from __future__ import annotations

from typing import Any

from tinynn.autograd import Array, Backward, op
from tinynn.backends import kernels
from tinynn.errors import ShapeError
from tinynn.functional.checks import need_array, need_axis, need_float
from tinynn.functional.layout import as_rows


def _need_axis(who: str, x: Any, axis: int) -> int:
    """The axis along which x is to be normalised."""
    need_array(who, "x", x)
    need_float(who, x=x)
    i = need_axis(who, axis, x.ndim) if x.ndim else 0
    if x.ndim == 0 or x.shape[i] == 0:
        raise ShapeError(f"{who}: x is {x.shape}; needed at least one number along axis {axis}")
    return i


def _back(rows: Array, shape: tuple[int, ...], axis: int) -> Array:
    """Rows (m, c) as an array of `shape` with c at `axis`."""
    if axis == len(shape) - 1:
        return rows.reshape(shape)
    moved = [*shape]
    moved[axis], moved[-1] = shape[-1], shape[axis]
    return rows.reshape(moved).swapaxes(axis, -1)


@op
def softmax(x: Any, /, axis: int = -1) -> tuple[Array, Backward]:
    """y = exp(x) / sum exp(x), computed after x - max x, so that nothing overflows.

    dx = y (dy - sum dy y).

    Parameters
    ----------
    x : (..., c, ...) float
    axis : int
        Where the c classes are.

    Raises
    ------
    ShapeError, DtypeError

    Examples
    --------
    >>> softmax(np.array([0.0, 0.0, 1e4]))
    array([0., 0., 1.])
    """
    i = _need_axis("softmax", x, axis)
    y = kernels.softmax_forward(as_rows(x.swapaxes(i, -1)))

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array]:
        return (_back(kernels.softmax_backward(as_rows(dy.swapaxes(i, -1)), y), x.shape, i),)

    return _back(y, x.shape, i), backward


@op
def log_softmax(x: Any, /, axis: int = -1) -> tuple[Array, Backward]:
    """y = x - max x - log sum exp(x - max x): the logarithm of `softmax`, exact where softmax is 0.

    dx = dy - exp(y) sum dy.

    Parameters
    ----------
    x, axis
        As in `softmax`.

    Raises
    ------
    ShapeError, DtypeError

    Examples
    --------
    >>> log_softmax(np.array([0.0, 1e4]))
    array([-10000.,      0.])
    """
    i = _need_axis("log_softmax", x, axis)
    y = kernels.log_softmax_forward(as_rows(x.swapaxes(i, -1)))

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array]:
        return (_back(kernels.log_softmax_backward(as_rows(dy.swapaxes(i, -1)), y), x.shape, i),)

    return _back(y, x.shape, i), backward
