"""Losses: what the network is told it did wrong.

m rows   c classes. `reduction` is "mean" (default), "sum" or "none" (one loss per row or element).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.autograd import Array, Backward, op
from tinynn.backends import kernels
from tinynn.errors import ArgumentError, GraphError, ShapeError
from tinynn.functional.checks import (
    REDUCTIONS,
    are_float,
    need_array,
    need_choice,
    need_float,
    need_labels,
    need_number,
)


@op
def cross_entropy(
    x: Any, labels: Any, weight: Any = None, *, label_smoothing: float = 0.0, reduction: str = "mean"
) -> tuple[Array, Backward]:
    """Cross-entropy of softmax(x) against the labels: loss_i = -log p_i[label_i], dx = p - onehot.

    With smoothing s the target is q = (1 - s) onehot + s / c (Szegedy et al. 2016); with class weights
    loss_i = -sum_j weight_j q_j log p_j, and the mean divides by sum_i weight[label_i].

    Parameters
    ----------
    x : (m, c) float, the logits
    labels : (m,) int, each in 0..c-1
    weight : (c,) float, optional
    label_smoothing : float in [0, 1]
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    () for mean and sum, (m,) for none. The mean over no rows is an error.

    Raises
    ------
    ShapeError, DtypeError, ArgumentError

    Examples
    --------
    >>> float(cross_entropy(np.zeros((1, 4)), np.array([2]))).__round__(4)
    1.3863
    """
    if not are_float(x, weight):
        need_array("cross_entropy", "x", x)
        need_float("cross_entropy", x=x, weight=weight)
    _need_rows("cross_entropy", x, reduction)
    labels = need_labels("cross_entropy", labels, *x.shape)
    if weight is not None and weight.shape != x.shape[1:]:
        raise ShapeError(f"cross_entropy: weight is {weight.shape} but there are {x.shape[1]} classes")
    smoothing = need_number("cross_entropy", "label_smoothing", label_smoothing, 0, 1)
    loss, p = kernels.cross_entropy_forward(x, labels, weight, label_smoothing=smoothing, reduction=reduction)

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array | None, ...]:
        _no_gradient("cross_entropy", "weight", needs[2:])
        dx = kernels.cross_entropy_backward(
            dy, p, labels, weight, label_smoothing=smoothing, reduction=reduction
        )
        return (dx, None, None)[: len(needs)]

    return loss, backward


@op
def binary_cross_entropy_with_logits(
    x: Any, target: Any, *, reduction: str = "mean"
) -> tuple[Array, Backward]:
    """Cross-entropy of a yes or no: loss = -t log s - (1 - t) log(1 - s), s = sigmoid(x); dx = s - t.

    Parameters
    ----------
    x : (...) float, the logits
    target : (...), each in 0..1; integers and booleans are accepted
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    ShapeError, DtypeError, ArgumentError

    Examples
    --------
    >>> float(binary_cross_entropy_with_logits(np.zeros(2), np.array([0, 1]))).__round__(4)
    0.6931
    """
    who = "binary_cross_entropy_with_logits"
    target = _need_target(who, x, target, reduction)
    if target.size and not (target.min() >= 0 and target.max() <= 1):  # a NaN is in no range
        raise ArgumentError(f"{who}: the target holds {_outside(target, 0, 1)}; needed numbers in 0..1")
    loss = kernels.binary_cross_entropy_with_logits_forward(x, target, reduction=reduction)

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array, None]:
        _no_gradient(who, "target", needs[1:])
        dx = kernels.binary_cross_entropy_with_logits_backward(dy, x, target, reduction=reduction)
        return dx, None

    return loss, backward


@op
def hinge(x: Any, target: Any, *, reduction: str = "mean") -> tuple[Array, Backward]:
    """The binary support vector machine: loss = max(0, 1 - t x); dx = -t inside the margin, else 0.

    Parameters
    ----------
    x : (...) float, the scores
    target : (...), each -1 or +1
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    ShapeError, DtypeError, ArgumentError

    Notes
    -----
    Cortes, Vapnik: Support-vector networks (Machine Learning 20, 1995).

    Examples
    --------
    >>> float(hinge(np.array([0.5, 2.0]), np.array([1, 1])))
    0.25
    """
    target = _need_target("hinge", x, target, reduction)
    if not (np.abs(target) == 1).all():
        raise ArgumentError(f"hinge: the target holds {target[np.abs(target) != 1][0]}; needed -1 or +1")
    loss = kernels.hinge_forward(x, target, reduction=reduction)

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array, None]:
        _no_gradient("hinge", "target", needs[1:])
        return kernels.hinge_backward(dy, x, target, reduction=reduction), None

    return loss, backward


@op
def multiclass_hinge(
    x: Any, labels: Any, *, margin: float = 1.0, reduction: str = "mean"
) -> tuple[Array, Backward]:
    """The multi-class support vector machine: loss_i = sum over j != label of max(0, x_j - x_label + margin).

    Parameters
    ----------
    x : (m, c) float, the scores
    labels : (m,) int, each in 0..c-1
    margin : float > 0
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    ShapeError, DtypeError, ArgumentError

    Notes
    -----
    Weston, Watkins: Support vector machines for multi-class pattern recognition (ESANN 1999).

    Examples
    --------
    >>> float(multiclass_hinge(np.array([[3.0, 2.5, 0.0]]), np.array([0])))
    0.5
    """
    need_array("multiclass_hinge", "x", x)
    need_float("multiclass_hinge", x=x)
    _need_rows("multiclass_hinge", x, reduction)
    margin = need_number("multiclass_hinge", "margin", margin, 0)
    labels = need_labels("multiclass_hinge", labels, *x.shape)
    loss = kernels.multiclass_hinge_forward(x, labels, margin=margin, reduction=reduction)

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array, None]:
        return kernels.multiclass_hinge_backward(dy, x, labels, margin=margin, reduction=reduction), None

    return loss, backward


@op
def mse_loss(x: Any, target: Any, *, reduction: str = "mean") -> tuple[Array, Backward]:
    """The squared distance: loss = (x - t)^2; dx = 2 (x - t), dt = -dx.

    Parameters
    ----------
    x, target : (...) float
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    ShapeError, DtypeError, ArgumentError

    Examples
    --------
    >>> float(mse_loss(np.array([1.0, 3.0]), np.array([1.0, 1.0])))
    2.0
    """
    target = _need_target("mse_loss", x, target, reduction)
    loss = kernels.mse_forward(x, target, reduction=reduction)

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array | None, ...]:
        dx = kernels.mse_backward(dy, x, target, reduction=reduction)
        return dx if needs[0] else None, kernels.unary_forward(dx, op="neg") if needs[1] else None

    return loss, backward


mse = mse_loss


def _need_rows(who: str, x: Array, reduction: str) -> None:
    """x is (m, c), and there is something to take the mean of."""
    if x.ndim != 2 or x.shape[1] == 0:
        raise ShapeError(f"{who}: x is {x.shape}; needed (m, c) with c >= 1")
    _need_reduction(who, x, reduction)


def _need_reduction(who: str, x: Array, reduction: str) -> None:
    if reduction not in REDUCTIONS:
        need_choice(who, "reduction", reduction, REDUCTIONS)
    if reduction == "mean" and x.size == 0:
        raise ShapeError(f"{who}: x is {x.shape}; the mean over nothing is undefined; try reduction='sum'")


def _need_target(who: str, x: Any, target: Any, reduction: str) -> Array:
    """The target of an element-wise loss, shaped like x and of its dtype."""
    need_array(who, "x", x)
    need_array(who, "target", target)
    need_float(who, x=x)
    if target.shape != x.shape:
        hint = f"; try target.reshape{x.shape}" if target.size == x.size else ""
        raise ShapeError(f"{who}: x is {x.shape} but the target is {target.shape}; needed one shape{hint}")
    _need_reduction(who, x, reduction)
    if target.dtype.kind in "biu":
        return np.asarray(target, dtype=x.dtype)
    need_float(who, x=x, target=target)
    return np.asarray(target)


def _outside(a: Array, low: float, high: float) -> Any:
    return a[~((a >= low) & (a <= high))][0]


def _no_gradient(who: str, name: str, needs: tuple[bool, ...]) -> None:
    if any(needs):
        raise GraphError(
            f"{who}: the {name} needs a gradient, which this loss does not give; try {name}.detach()"
        )
