"""Softmax along the last axis, and its logarithm.

Both subtract the largest logit of the row first: the result is the same, and exp cannot overflow.
"""

from __future__ import annotations

import numpy as np

from ._place import Array

__all__ = ["log_softmax_backward", "log_softmax_forward", "softmax_backward", "softmax_forward"]


def _below_max(x: Array) -> Array:
    """x minus the maximum of its row; a row of no classes is no error."""
    return x - x.max(axis=-1, keepdims=True, initial=-np.inf)


def softmax_forward(x: Array) -> Array:
    """Turn logits into probabilities: y_j = exp(x_j) / sum_i exp(x_i).

    Parameters
    ----------
    x : array (m, c)

    Returns
    -------
    y : array (m, c)
        Each row is >= 0 and sums to 1.
    """
    e = np.exp(_below_max(x))
    return e / e.sum(axis=-1, keepdims=True)


def softmax_backward(dy: Array, y: Array) -> Array:
    """Differentiate `softmax_forward`: dx = y (dy - sum_j dy_j y_j).

    The Jacobian is diag(y) - y y^T; it is applied without ever being built.

    Parameters
    ----------
    dy, y : array (m, c)

    Returns
    -------
    dx : array (m, c)
    """
    return y * (dy - (dy * y).sum(axis=-1, keepdims=True))


def log_softmax_forward(x: Array) -> Array:
    """Take the logarithm of softmax without losing small ones: y_j = x_j - log sum_i exp(x_i).

    Parameters
    ----------
    x : array (m, c)

    Returns
    -------
    y : array (m, c)
    """
    z = _below_max(x)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


def log_softmax_backward(dy: Array, y: Array) -> Array:
    """Differentiate `log_softmax_forward`: dx = dy - exp(y) sum_j dy_j.

    Parameters
    ----------
    dy, y : array (m, c)

    Returns
    -------
    dx : array (m, c)
    """
    return dy - np.exp(y) * dy.sum(axis=-1, keepdims=True)
