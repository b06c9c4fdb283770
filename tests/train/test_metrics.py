"""Metrics: each against its definition, written out as a loop."""

from __future__ import annotations

import numpy as np
import pytest

from tinynn.errors import ArgumentError, DtypeError, ShapeError
from tinynn.train import metrics


def labels(n: int = 500, c: int = 4) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.integers(0, c, n), rng.integers(0, c, n)


def test_confusion_rows_are_actual_and_columns_predicted() -> None:
    actual, predicted = labels()
    counts = metrics.confusion_matrix(actual, predicted, 4)
    for i in range(4):
        for j in range(4):
            assert counts[i, j] == sum(a == i and p == j for a, p in zip(actual, predicted, strict=True))
    assert counts.sum() == 500
    assert metrics.confusion_matrix([2], [0]).tolist() == [[0, 0, 0], [0, 0, 0], [1, 0, 0]]
    assert metrics.confusion_matrix([], [], 2).tolist() == [[0, 0], [0, 0]]


def test_per_class_by_hand() -> None:
    figures = metrics.per_class([[8, 2, 0], [4, 6, 0], [0, 0, 0]], ["a", "b", "c"])
    assert figures["a"] == pytest.approx({"precision": 8 / 12, "recall": 0.8, "f1": 8 / 11, "examples": 10})
    assert figures["b"] == pytest.approx({"precision": 0.75, "recall": 0.6, "f1": 2 / 3, "examples": 10})
    assert figures["c"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "examples": 0}


def test_largest_confusions_are_named_largest_first() -> None:
    counts = [[90, 3, 0], [7, 80, 1], [0, 0, 70]]
    assert metrics.largest_confusions(counts) == ["1 taken for 0: 7", "0 taken for 1: 3", "1 taken for 2: 1"]
    assert metrics.largest_confusions(counts, ["cat", "dog", "cow"], most=1) == ["dog taken for cat: 7"]
    assert metrics.largest_confusions(np.diag([3, 4])) == []


def test_binary_accuracy_and_absolute_error() -> None:
    x = np.array([[2.0], [-1.0], [0.5], [-3.0]])
    assert metrics.binary_accuracy(x, np.array([1, 1, 1, 0])) == 0.75
    assert metrics.mean_absolute_error(x, np.array([1.0, 1.0, 1.0, 1.0])) == pytest.approx(7.5 / 4)
    assert metrics.accuracy(np.array([[0.0, 1.0], [3.0, 2.0]]), np.array([1, 1])) == 0.5


def test_errors() -> None:
    with pytest.raises(ShapeError, match=r"target is \(2,\) and predicted \(3,\)"):
        metrics.confusion_matrix([0, 1], [0, 1, 1])
    with pytest.raises(ArgumentError, match=r"run from 0 to 5; needed 0\.\.2"):
        metrics.confusion_matrix([0, 5], [0, 1], 3)
    with pytest.raises(ArgumentError, match="run from -1"):
        metrics.confusion_matrix([0, -1], [0, 1], 3)
    with pytest.raises(DtypeError, match=r"try \.argmax"):
        metrics.confusion_matrix([0.5, 1.0], [0, 1], 3)
