"""Sums and maxima along one axis. x is seen as (outer, r, inner), and r is the axis that goes away."""

from __future__ import annotations

import numpy as np

from ._place import Array, scalar

__all__ = ["reduce_max", "reduce_max_backward", "reduce_sum", "reduce_sum_backward", "squared_norm"]


def reduce_sum(x: Array, *, scale: float = 1.0) -> Array:
    """Sum the middle axis: y = scale sum_r x. With scale = 1/r it is the mean.

    Parameters
    ----------
    x : array (outer, r, inner)
    scale : float

    Returns
    -------
    y : array (outer, inner)
    """
    return x.sum(axis=1) * scale


def reduce_sum_backward(dy: Array, r: int, *, scale: float = 1.0) -> Array:
    """Differentiate `reduce_sum`: every element along r receives scale dy.

    Parameters
    ----------
    dy : array (outer, inner)
    r : the length of the axis that was summed
    scale : as in the forward pass

    Returns
    -------
    dx : array (outer, r, inner)
    """
    return np.repeat((dy * scale)[:, None], r, axis=1)


def reduce_max(x: Array) -> tuple[Array, Array]:
    """Find the maximum along the middle axis, and the first place where it stands.

    A NaN counts as the largest, so that it is noticed.

    Parameters
    ----------
    x : array (outer, r, inner), r >= 1

    Returns
    -------
    y : array (outer, inner)
    arg : int64 array (outer, inner)
        y = x[:, arg, :]
    """
    return x.max(axis=1), x.argmax(axis=1).astype(np.int64)


def reduce_max_backward(dy: Array, arg: Array, r: int) -> Array:
    """Differentiate `reduce_max`: dx is dy where the maximum stood, and 0 elsewhere.

    Parameters
    ----------
    dy, arg : arrays (outer, inner)
    r : the length of the axis that was searched

    Returns
    -------
    dx : array (outer, r, inner)
    """
    return np.where(arg[:, None] == np.arange(r)[:, None], dy[:, None], 0)


def squared_norm(x: Array) -> Array:
    """Sum the squares of all elements, in double precision whatever the dtype of x.

    Parameters
    ----------
    x : array of any shape

    Returns
    -------
    y : array of shape ()
    """
    return scalar(np.square(x, dtype=np.float64).sum(), like=x)
