"""How good is it? Figures of predictions against targets.

n examples   c classes. A metric is a function (prediction, target) -> float, the mean over the examples.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tinynn.autograd import Array
from tinynn.errors import ArgumentError, DtypeError, ShapeError

Metric = Callable[[Array, Array], float]
Metrics = Mapping[str, Metric] | Sequence[Metric] | Metric | None


def accuracy(prediction: Array, target: Array) -> float:
    """The share of examples whose largest score stands at their label: mean(argmax_j x_ij = y_i).

    Examples
    --------
    >>> accuracy(np.array([[0.1, 0.9], [0.8, 0.2]]), np.array([1, 1]))
    0.5
    """
    return float((prediction.argmax(1) == target).mean())


def binary_accuracy(prediction: Array, target: Array) -> float:
    """The share of examples whose logit has the sign their target (0 or 1) asks for."""
    return float(((prediction > 0) == (np.reshape(target, prediction.shape) > 0.5)).mean())


def mean_absolute_error(prediction: Array, target: Array) -> float:
    """mean |x - y|."""
    return float(np.abs(prediction - np.reshape(target, prediction.shape)).mean())


def named(metrics: Metrics, prediction: Array, target: Array) -> dict[str, Metric]:
    """The metrics by name; by default accuracy for classification and none for regression."""
    if metrics is None:
        classification = target.dtype.kind in "iu" and prediction.ndim == 2
        return {"accuracy": accuracy} if classification else {}
    if callable(metrics):
        metrics = [metrics]
    if isinstance(metrics, str):
        raise DtypeError(f"metrics: got {metrics!r}; needed functions; try metrics={{'name': function}}")
    if not isinstance(metrics, Mapping):
        metrics = {getattr(m, "__name__", type(m).__name__): m for m in metrics}
    for name, metric in metrics.items():
        if not callable(metric):
            raise DtypeError(
                f"metrics: {name!r} is {metric!r}; needed a function (prediction, target) -> float"
            )
        if name in ("loss", "lr", "seconds"):
            raise ArgumentError(f"metrics: {name!r} is a figure that fit keeps itself; try another name")
    return dict(metrics)


def confusion_matrix(target: Any, predicted: Any, classes: int | None = None) -> Array:
    """Count what was taken for what: rows actual, columns predicted.

    Parameters
    ----------
    target, predicted : int arrays (n,)
    classes : int, optional
        Default: one more than the largest label of both.

    Returns
    -------
    counts : int64 array (c, c)

    Raises
    ------
    ShapeError, ArgumentError

    Examples
    --------
    >>> confusion_matrix([0, 0, 1], [0, 1, 1])
    array([[1, 1],
           [0, 1]])
    """
    a, p = (np.asarray(v) for v in (target, predicted))
    if a.shape != p.shape or a.ndim != 1:
        raise ShapeError(f"confusion_matrix: target is {a.shape} and predicted {p.shape}; needed (n,) twice")
    if a.size and (a.dtype.kind not in "iu" or p.dtype.kind not in "iu"):
        raise DtypeError(f"confusion_matrix: got {a.dtype} and {p.dtype}; needed labels; try .argmax(1)")
    low, high = (int(f([f(v) for v in (a, p)])) if a.size else 0 for f in (np.min, np.max))
    c = classes if classes is not None else high + 1
    if low < 0 or high >= c:
        raise ArgumentError(f"confusion_matrix: labels run from {low} to {high}; needed 0..{c - 1}")
    return np.bincount(a.astype(np.int64) * c + p.astype(np.int64), minlength=c * c).reshape(c, c)


def per_class(matrix: Any, classes: Sequence[str] | None = None) -> dict[str, dict[str, float]]:
    """Precision, recall and their harmonic mean F1 of every class, and how many examples it has.

        precision = right / predicted as it     recall = right / there are     f1 = 2 p r / (p + r)

    A share of nothing (a class never predicted, or not in the data) counts as 0.

    Parameters
    ----------
    matrix : counts (c, c), rows actual
    classes : names of the classes; default "0", "1", ...
    """
    counts = np.asarray(matrix)
    names = list(map(str, range(len(counts)))) if not classes else list(classes)
    right, actual, predicted = np.diag(counts), counts.sum(1), counts.sum(0)
    precision, recall = right / np.maximum(predicted, 1), right / np.maximum(actual, 1)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    columns = {"precision": precision, "recall": recall, "f1": f1}
    return {
        name: {key: float(values[i]) for key, values in columns.items()} | {"examples": int(actual[i])}
        for i, name in enumerate(names)
    }


def largest_confusions(matrix: Any, classes: Sequence[str] | None = None, most: int = 10) -> list[str]:
    """Name the largest cells beside the diagonal, largest first: "3 taken for 5: 71".

    Examples
    --------
    >>> largest_confusions([[5, 2], [1, 7]], ["cat", "dog"])
    ['cat taken for dog: 2', 'dog taken for cat: 1']
    """
    off = np.array(matrix)
    np.fill_diagonal(off, 0)
    names = list(map(str, range(len(off)))) if not classes else list(classes)
    order = np.argsort(-off, axis=None, kind="stable")[:most]
    cells = [(i, j) for i, j in zip(*np.unravel_index(order, off.shape), strict=True) if off[i, j]]
    return [f"{names[i]} taken for {names[j]}: {off[i, j]}" for i, j in cells]
