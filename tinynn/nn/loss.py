"""Losses as modules: the functions of functional/loss.py with their options stored."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn import functional as F
from tinynn.autograd import Array
from tinynn.functional.checks import REDUCTIONS, need_choice, need_number
from tinynn.nn.module import Module


class _Loss(Module):
    """What all losses store."""

    def __init__(self, *, reduction: str = "mean") -> None:
        need_choice(type(self).__name__, "reduction", reduction, REDUCTIONS)
        self.reduction = reduction

    def extra_repr(self) -> str:
        return f"reduction={self.reduction!r}"


class CrossEntropyLoss(_Loss):
    """Cross-entropy of softmax(x) against the labels; see functional.cross_entropy.

    Parameters
    ----------
    weight : (c,) float, optional
        One per class; saved with the module.
    label_smoothing : float in 0..1
    reduction : {"mean", "sum", "none"}

    Examples
    --------
    >>> nn.CrossEntropyLoss(reduction="sum")(tn.zeros(2, 4), [0, 3])
    Tensor(2.7725887, dtype=float32)
    """

    def __init__(self, weight: Any = None, *, label_smoothing: float = 0.0, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)
        self.label_smoothing = need_number("CrossEntropyLoss", "label_smoothing", label_smoothing, 0, 1)
        self.weight: Array | None = None
        if weight is not None:
            self.register_buffer("weight", np.asarray(weight, dtype=getattr(weight, "dtype", np.float32)))

    def forward(self, x: Any, labels: Any) -> Any:
        return F.cross_entropy(
            x, labels, self.weight, label_smoothing=self.label_smoothing, reduction=self.reduction
        )


class BCEWithLogitsLoss(_Loss):
    """Cross-entropy of sigmoid(x) against 0..1; see functional.binary_cross_entropy_with_logits."""

    def forward(self, x: Any, target: Any) -> Any:
        return F.binary_cross_entropy_with_logits(x, target, reduction=self.reduction)


class HingeLoss(_Loss):
    """The binary support vector machine, targets -1 and +1; see functional.hinge."""

    def forward(self, x: Any, target: Any) -> Any:
        return F.hinge(x, target, reduction=self.reduction)


class MultiClassHingeLoss(_Loss):
    """The multi-class support vector machine; see functional.multiclass_hinge.

    Parameters
    ----------
    margin : float >= 0
    reduction : {"mean", "sum", "none"}
    """

    def __init__(self, margin: float = 1.0, *, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)
        self.margin = need_number("MultiClassHingeLoss", "margin", margin, 0)

    def forward(self, x: Any, labels: Any) -> Any:
        return F.multiclass_hinge(x, labels, margin=self.margin, reduction=self.reduction)


class MSELoss(_Loss):
    """The squared distance; see functional.mse_loss."""

    def forward(self, x: Any, target: Any) -> Any:
        return F.mse_loss(x, target, reduction=self.reduction)
