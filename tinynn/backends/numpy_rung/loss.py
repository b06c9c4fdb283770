"""Losses and their gradients, element by element or averaged.

`reduction` is "none" (one loss per row or element), "sum", or "mean". The last two give an array of
shape (); the dy of a backward pass always has the shape of the loss. The mean of nothing is NaN.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ._place import Array, scalar
from .activation import sigmoid
from .softmax import log_softmax_forward

__all__ = [
    "binary_cross_entropy_with_logits_backward",
    "binary_cross_entropy_with_logits_forward",
    "cross_entropy_backward",
    "cross_entropy_forward",
    "hinge_backward",
    "hinge_forward",
    "mse_backward",
    "mse_forward",
    "multiclass_hinge_backward",
    "multiclass_hinge_forward",
]


def _reduce(losses: Array, reduction: str, count: Any = None) -> Array:
    """Each loss, their sum, or their sum over `count` (how many there are, unless given)."""
    if reduction == "none":
        return losses
    total = losses.sum()
    if reduction == "mean":
        total = total / (losses.size if count is None else count)
    return scalar(total, like=losses)


def _spread(dy: Array, shape: tuple[int, ...], reduction: str, count: Any = None) -> Array:
    """The backward of `_reduce`: what each loss receives of dy."""
    if reduction == "mean":
        dy = dy / (math.prod(shape) if count is None else count)
    return np.broadcast_to(dy, shape)


def _one_per_row(values: Array, labels: Array) -> Array:
    """values[i, labels[i]] for every row i, as a column (m, 1)."""
    return np.take_along_axis(values, labels[:, None], axis=1)


def _targets(p: Array, labels: Array, label_smoothing: float) -> Array:
    """q (m, c): 1 - s at the label, and s / c spread over all classes."""
    m, c = p.shape
    q = np.full_like(p, label_smoothing / max(c, 1))
    q[np.arange(m), labels] += 1 - label_smoothing
    return q


def cross_entropy_forward(
    x: Array, labels: Array, weight: Array | None, *, label_smoothing: float, reduction: str
) -> tuple[Array, Array]:
    """Measure how badly logits predict labels: loss_i = -sum_j weight_j q_ij log p_ij, p = softmax(x).

    q is 1 at the label and 0 elsewhere; with smoothing s it is (1 - s) times that, plus s / c.
    "mean" divides by the sum of weight at the labels: by m where there are no weights.

    Parameters
    ----------
    x : array (m, c)
    labels : int64 array (m,), each in 0..c-1
    weight : array (c,), or None
    label_smoothing : float in 0..1
    reduction : "none", "mean" or "sum"

    Returns
    -------
    loss : array (m,), or () when reduced
    p : array (m, c)
        softmax(x), kept for the backward pass.
    """
    log_p = log_softmax_forward(x)
    q = _targets(x, labels, label_smoothing)
    if weight is not None:
        q *= weight
    terms = np.where(q != 0, q * log_p, 0)  # 0 log 0 is 0
    count = None if weight is None else weight[labels].sum()
    return _reduce(-terms.sum(axis=1), reduction, count), np.exp(log_p)


def cross_entropy_backward(
    dy: Array, p: Array, labels: Array, weight: Array | None, *, label_smoothing: float, reduction: str
) -> Array:
    """Differentiate `cross_entropy_forward`: dx_ij = dy_i (p_ij sum_l weight_l q_il - weight_j q_ij).

    Without weights and smoothing that is dy (p - onehot): the reason why softmax and the loss are one kernel.

    Parameters
    ----------
    dy : array (m,), or () when reduced
    p : array (m, c), as the forward pass returned it
    labels, weight, label_smoothing, reduction
        As in the forward pass.

    Returns
    -------
    dx : array (m, c)
    """
    q = _targets(p, labels, label_smoothing)
    count = None
    if weight is not None:
        q *= weight
        count = weight[labels].sum()
    scale = _spread(dy, labels.shape, reduction, count)[:, None]
    return scale * (p * q.sum(axis=1, keepdims=True) - q)


def binary_cross_entropy_with_logits_forward(x: Array, target: Array, *, reduction: str) -> Array:
    """Measure how badly a logit predicts a yes or no: loss = -t log s - (1 - t) log(1 - s), s = sigmoid(x).

    It is computed as max(x, 0) - x t + log(1 + exp(-|x|)), which neither overflows nor takes log(0).

    Parameters
    ----------
    x : array of any shape
    target : array of the same shape, in 0..1
    reduction : "none", "mean" or "sum"

    Returns
    -------
    loss : array of the shape of x, or () when reduced
    """
    return _reduce(np.maximum(x, 0) - x * target + np.log1p(np.exp(-np.abs(x))), reduction)


def binary_cross_entropy_with_logits_backward(dy: Array, x: Array, target: Array, *, reduction: str) -> Array:
    """Differentiate `binary_cross_entropy_with_logits_forward`: dx = dy (sigmoid(x) - t)."""
    return _spread(dy, x.shape, reduction) * (sigmoid(x) - target)


def hinge_forward(x: Array, target: Array, *, reduction: str) -> Array:
    """Ask a score for the right sign and a margin of 1, as the binary SVM: loss = max(0, 1 - t x).

    Parameters
    ----------
    x : array of any shape
    target : array of the same shape, each -1 or +1
    reduction : "none", "mean" or "sum"

    Returns
    -------
    loss : array of the shape of x, or () when reduced
    """
    return _reduce(np.maximum(1 - target * x, 0), reduction)


def hinge_backward(dy: Array, x: Array, target: Array, *, reduction: str) -> Array:
    """Differentiate `hinge_forward`: dx = -dy t inside the margin, 0 on its edge and outside."""
    return _spread(dy, x.shape, reduction) * np.where(1 - target * x > 0, -target, 0)


def _violations(x: Array, labels: Array, margin: float) -> Array:
    """x_j - x_label + margin (m, c), and 0 at the label itself."""
    v = x - _one_per_row(x, labels) + margin
    np.put_along_axis(v, labels[:, None], 0, axis=1)
    return v


def multiclass_hinge_forward(x: Array, labels: Array, *, margin: float, reduction: str) -> Array:
    """Ask the right class to lead every other by a margin.

    loss_i = sum over j != label of max(0, x_j - x_label + margin): the multi-class SVM of Weston and
    Watkins (1999).

    Parameters
    ----------
    x : array (m, c)
    labels : int64 array (m,), each in 0..c-1
    margin : float
    reduction : "none", "mean" or "sum"

    Returns
    -------
    loss : array (m,), or () when reduced
    """
    return _reduce(np.maximum(_violations(x, labels, margin), 0).sum(axis=1), reduction)


def multiclass_hinge_backward(dy: Array, x: Array, labels: Array, *, margin: float, reduction: str) -> Array:
    """Differentiate `multiclass_hinge_forward`.

    Every class inside the margin is pushed down by dy, and the right class up by dy for each of them.
    On the edge of the margin the derivative is 0.

    Parameters
    ----------
    dy : array (m,), or () when reduced
    x, labels, margin, reduction
        As in the forward pass.

    Returns
    -------
    dx : array (m, c)
    """
    push = (_violations(x, labels, margin) > 0).astype(x.dtype)
    np.put_along_axis(push, labels[:, None], -push.sum(axis=1, keepdims=True), axis=1)
    return _spread(dy, labels.shape, reduction)[:, None] * push


def mse_forward(x: Array, target: Array, *, reduction: str) -> Array:
    """Measure the squared distance: loss = (x - t)^2.

    Parameters
    ----------
    x, target : arrays of one shape
    reduction : "none", "mean" or "sum"

    Returns
    -------
    loss : array of the shape of x, or () when reduced
    """
    return _reduce(np.square(x - target), reduction)


def mse_backward(dy: Array, x: Array, target: Array, *, reduction: str) -> Array:
    """Differentiate `mse_forward`: dx = 2 dy (x - t)."""
    return _spread(dy, x.shape, reduction) * 2 * (x - target)
