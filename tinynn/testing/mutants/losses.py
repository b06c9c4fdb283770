"""Wrong rules for softmax and the losses: the missing 1/N, the missing Jacobian, the wrong weight."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.testing.mutants.bank import Decorator, Kernel, mutant


@mutant("softmax_backward", "only the diagonal of the Jacobian: dx = dy y (1 - y)", "softmax")
def diagonal_only(kernel: Kernel, dy: Any, y: Any) -> Any:
    return dy * y * (1 - y)


@mutant("softmax_backward", "the mean over the row is not subtracted: dx = dy y", "softmax")
def not_centred(kernel: Kernel, dy: Any, y: Any) -> Any:
    return dy * y


@mutant("softmax_backward", "the row sum runs over dy, not over dy y", "softmax")
def wrong_row_sum(kernel: Kernel, dy: Any, y: Any) -> Any:
    return y * (dy - dy.sum(1, keepdims=True))


@mutant("log_softmax_backward", "the sum of dy is forgotten: dx = dy - y", "log_softmax")
def sum_forgotten(kernel: Kernel, dy: Any, y: Any) -> Any:
    return dy - np.exp(y)


@mutant("log_softmax_backward", "y is taken for a probability: dx = dy - y sum dy", "log_softmax")
def exp_forgotten(kernel: Kernel, dy: Any, y: Any) -> Any:
    return dy - y * dy.sum(1, keepdims=True)


def cross_entropy(mistake: str) -> Decorator:
    return mutant("cross_entropy_backward", mistake, "cross_entropy")


@cross_entropy("the one-hot vector is not subtracted: dx = p")
def no_target(kernel: Kernel, dy: Any, p: Any, *rest: Any, **o: Any) -> Any:
    return p * dy.reshape(-1, 1) / (len(p) if o["reduction"] == "mean" else 1)


@cross_entropy("missing 1/N: the mean is treated as a sum")
def mean_as_sum(kernel: Kernel, dy: Any, p: Any, *rest: Any, **o: Any) -> Any:
    return (
        kernel(dy, p, *rest, **{**o, "reduction": "sum"})
        if o["reduction"] == "mean"
        else kernel(dy, p, *rest, **o)
    )


@cross_entropy("the sum is treated as a mean")
def sum_as_mean(kernel: Kernel, dy: Any, p: Any, *rest: Any, **o: Any) -> Any:
    return (
        kernel(dy, p, *rest, **{**o, "reduction": "mean"})
        if o["reduction"] == "sum"
        else kernel(dy, p, *rest, **o)
    )


@cross_entropy("divided by the number of classes, not of rows")
def divided_by_classes(kernel: Kernel, dy: Any, p: Any, *rest: Any, **o: Any) -> Any:
    right = kernel(dy, p, *rest, **o)
    return right * (p.shape[0] / p.shape[1]) if o["reduction"] == "mean" else right


@cross_entropy("the incoming gradient is ignored")
def dy_ignored(kernel: Kernel, dy: Any, *rest: Any, **o: Any) -> Any:
    return kernel(np.ones_like(dy), *rest, **o)


@cross_entropy("label smoothing is forgotten")
def smoothing_forgotten(kernel: Kernel, *args: Any, **o: Any) -> Any:
    return kernel(*args, **{**o, "label_smoothing": 0.0})


@cross_entropy("class weights are forgotten")
def weights_forgotten(kernel: Kernel, dy: Any, p: Any, labels: Any, weight: Any, **o: Any) -> Any:
    return kernel(dy, p, labels, None, **o)


@cross_entropy("weighted mean divided by N, not by the sum of the weights")
def weighted_mean_by_count(kernel: Kernel, dy: Any, p: Any, labels: Any, weight: Any, **o: Any) -> Any:
    right = kernel(dy, p, labels, weight, **o)
    return (
        right if weight is None or o["reduction"] != "mean" else right * (weight[labels].sum() / len(labels))
    )


@cross_entropy("the last row is dropped")
def last_row_dropped(kernel: Kernel, *args: Any, **o: Any) -> Any:
    right = kernel(*args, **o)
    right[-1:] = 0
    return right


@cross_entropy("wrong sign: onehot - p")
def wrong_sign(kernel: Kernel, *args: Any, **o: Any) -> Any:
    return -kernel(*args, **o)


@mutant(
    "binary_cross_entropy_with_logits_backward",
    "the logit is taken for a probability",
    "binary_cross_entropy_with_logits",
)
def logit_as_probability(kernel: Kernel, dy: Any, x: Any, target: Any, **o: Any) -> Any:
    return kernel(dy, x, target, **o) + kernel(dy, np.zeros_like(x), np.full_like(x, 0.5) - x, **o)


@mutant("binary_cross_entropy_with_logits_backward", "missing 1/N", "binary_cross_entropy_with_logits")
def bce_mean_as_sum(kernel: Kernel, *args: Any, **o: Any) -> Any:
    return kernel(*args, **{**o, "reduction": "sum" if o["reduction"] == "mean" else o["reduction"]})


@mutant("hinge_backward", "the margin is forgotten: the gradient stops at 0, not at 1", "hinge")
def margin_forgotten(kernel: Kernel, dy: Any, x: Any, target: Any, **o: Any) -> Any:
    right = kernel(dy, x, target, **o)
    return np.where(x * target < 0, right, 0).astype(x.dtype)


@mutant("hinge_backward", "the label's sign is forgotten", "hinge")
def label_forgotten(kernel: Kernel, dy: Any, x: Any, target: Any, **o: Any) -> Any:
    return -np.abs(kernel(dy, x, target, **o))


@mutant(
    "multiclass_hinge_backward",
    "the right class receives -1, not minus the number of violations",
    "multiclass_hinge",
)
def violations_not_counted(kernel: Kernel, dy: Any, x: Any, labels: Any, **o: Any) -> Any:
    right = kernel(dy, x, labels, **o)
    rows = np.arange(len(labels))
    unit = np.abs(np.where(np.arange(x.shape[1]) == labels[:, None], 0, right)).max(1, initial=0)
    right[rows, labels] = -np.sign(right.sum(1) - right[rows, labels]) * unit
    return right


@mutant("mse_backward", "the 2 is forgotten", "mse_loss")
def two_forgotten(kernel: Kernel, *args: Any, **o: Any) -> Any:
    return kernel(*args, **o) / 2


@mutant("mse_backward", "missing 1/N", "mse_loss")
def mse_mean_as_sum(kernel: Kernel, *args: Any, **o: Any) -> Any:
    return kernel(*args, **{**o, "reduction": "sum" if o["reduction"] == "mean" else o["reduction"]})
