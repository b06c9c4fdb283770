"""Losses: what the network is told it did wrong.

m rows   c classes. `reduction` is "mean" (default), "sum" or "none" (one loss per row or element).
"""

from __future__ import annotations

from typing import Any

from tinynn.autograd import Array, Backward, op
from tinynn.backends import kernels
from tinynn.errors import ArgumentError, ShapeError
from tinynn.functional.checks import need_array, need_choice, need_float, need_labels

REDUCTIONS = ("none", "mean", "sum")


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
    >>> import numpy as np
    >>> float(cross_entropy(np.zeros((1, 4)), np.array([2]))).__round__(4)
    1.3863
    """
    need_array("cross_entropy", "x", x)
    need_float("cross_entropy", x=x, weight=weight)
    need_choice("cross_entropy", "reduction", reduction, REDUCTIONS)
    if x.ndim != 2 or x.shape[1] == 0:
        raise ShapeError(f"cross_entropy: x is {x.shape}; needed (m, c) with c >= 1")
    _need_rows("cross_entropy", x, reduction)
    labels = need_labels("cross_entropy", labels, *x.shape)
    if weight is not None and weight.shape != x.shape[1:]:
        raise ShapeError(f"cross_entropy: weight is {weight.shape} but there are {x.shape[1]} classes")
    if not 0 <= label_smoothing <= 1:
        raise ArgumentError(f"cross_entropy: label_smoothing is {label_smoothing!r}; needed a number in 0..1")
    options = {"label_smoothing": float(label_smoothing), "reduction": reduction}
    loss, p = kernels.cross_entropy_forward(x, labels, weight, **options)

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array | None, ...]:
        return (kernels.cross_entropy_backward(dy, p, labels, weight, **options), None, None)[: len(needs)]

    return loss, backward


def _need_rows(who: str, x: Array, reduction: str) -> None:
    if reduction == "mean" and x.size == 0:
        raise ShapeError(f"{who}: x is {x.shape}; the mean over nothing is undefined; try reduction='sum'")
