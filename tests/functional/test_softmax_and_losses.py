"""softmax and the losses: SciPy's values, huge logits, reductions, what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import special

import tinynn as tn
from tinynn import functional as F
from tinynn.errors import ArgumentError, DtypeError, GraphError, ShapeError

RNG = np.random.default_rng(0)
X = RNG.standard_normal((4, 3))
LABELS = np.array([2, 0, 1, 1])
SIGNS = np.array([1.0, -1.0, -1.0, 1.0])
LOG_P = special.log_softmax(X, 1)


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_softmax_along_any_axis(axis: int) -> None:
    x = RNG.standard_normal((3, 3, 3))  # all sizes alike: an axis mixed up would not show in the shape
    np.testing.assert_allclose(F.softmax(x, axis), special.softmax(x, axis), rtol=1e-12)
    np.testing.assert_allclose(F.log_softmax(x, axis), special.log_softmax(x, axis), rtol=1e-12)
    assert tn.gradcheck(lambda x: F.softmax(x, axis), x)
    assert tn.gradcheck(lambda x: F.log_softmax(x, axis), x)


def test_softmax_of_huge_logits() -> None:
    x = np.array([[1e4, 0.0, -1e4], [-1e4, -1e4, -1e4]])
    np.testing.assert_array_equal(F.softmax(x), [[1, 0, 0], [1 / 3] * 3])
    np.testing.assert_array_equal(F.log_softmax(x)[0], [0, -1e4, -2e4])
    assert F.softmax(np.zeros((0, 3))).shape == (0, 3)
    assert F.softmax(np.zeros(1)).tolist() == [1]


@pytest.mark.parametrize(("reduction", "reduce"), [("mean", np.mean), ("sum", np.sum), ("none", lambda x: x)])
def test_values_of_all_losses(reduction: str, reduce: Any) -> None:
    one_of = -LOG_P[np.arange(4), LABELS]
    scores, own = X, X[np.arange(4), LABELS][:, None]
    violations = np.maximum(scores - own + 0.5, 0).sum(1) - 0.5
    t = (SIGNS + 1) / 2
    pairs = [
        (F.cross_entropy(X, LABELS, reduction=reduction), one_of),
        (F.multiclass_hinge(X, LABELS, margin=0.5, reduction=reduction), violations),
        (F.hinge(X[:, 0], SIGNS, reduction=reduction), np.maximum(0, 1 - SIGNS * X[:, 0])),
        (F.mse_loss(X, X[::-1], reduction=reduction), (X - X[::-1]) ** 2),
        (
            F.binary_cross_entropy_with_logits(X[:, 0], t, reduction=reduction),
            -t * special.log_expit(X[:, 0]) - (1 - t) * special.log_expit(-X[:, 0]),
        ),
    ]
    for loss, wanted in pairs:
        np.testing.assert_allclose(loss, reduce(wanted), rtol=1e-12)
        assert loss.shape == np.shape(reduce(wanted))


def test_cross_entropy_with_weights_and_smoothing() -> None:
    weight = np.array([1.0, 2.0, 0.5])
    q = 0.9 * np.eye(3)[LABELS] + 0.1 / 3
    terms = -(weight * q * LOG_P).sum(1)
    loss = F.cross_entropy(X, LABELS, weight, label_smoothing=0.1)
    np.testing.assert_allclose(loss, terms.sum() / weight[LABELS].sum(), rtol=1e-12)
    assert tn.gradcheck(lambda x: F.cross_entropy(x, LABELS, weight, label_smoothing=0.1), X)
    named = F.cross_entropy(X, LABELS, weight=weight, label_smoothing=0.1)
    assert named == loss


def test_the_gradient_of_cross_entropy_is_p_minus_onehot() -> None:
    x = tn.tensor(X, requires_grad=True)
    F.cross_entropy(x, tn.tensor(LABELS), reduction="sum").backward()
    np.testing.assert_allclose(x.grad, special.softmax(X, 1) - np.eye(3)[LABELS], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    "labels", [LABELS, LABELS.astype("uint8"), tn.tensor(LABELS), LABELS.tolist(), LABELS[::-1][::-1]]
)
def test_labels_of_any_integer_kind(labels: Any) -> None:
    assert F.cross_entropy(X, labels) == F.cross_entropy(X, LABELS)
    assert F.multiclass_hinge(X, labels) == F.multiclass_hinge(X, LABELS)


def test_targets_may_be_integers_or_booleans() -> None:
    x = X[:, 0].astype("float32")
    for kind in (np.int64, bool, np.float32):
        loss = F.binary_cross_entropy_with_logits(x, (SIGNS > 0).astype(kind))
        assert loss.dtype == np.float32
    assert F.hinge(x, SIGNS.astype(int)) == F.hinge(x, SIGNS.astype("float32"))
    soft = F.binary_cross_entropy_with_logits(x, np.full(4, 0.3, "float32"))
    assert soft > 0


def test_both_sides_of_mse_learn() -> None:
    assert tn.gradcheck(F.mse_loss, [X, X[::-1].copy()])
    x = tn.tensor(X, requires_grad=True)
    F.mse(X, x).backward()
    np.testing.assert_array_equal(x.grad, np.zeros((4, 3)))


def test_losses_that_cannot_teach_their_target_say_so() -> None:
    t = tn.tensor([0.5], requires_grad=True)
    with pytest.raises(GraphError, match=r"target needs a gradient.*target\.detach\(\)"):
        F.binary_cross_entropy_with_logits(t * 2, t).backward()
    w = tn.ones(3, dtype="float64", requires_grad=True)
    with pytest.raises(GraphError, match="weight needs a gradient"):
        F.cross_entropy(tn.tensor(X), LABELS, w).backward()


def test_empty_batches() -> None:
    empty, none = np.zeros((0, 3)), np.zeros(0, int)
    assert F.cross_entropy(empty, none, reduction="sum") == 0
    assert F.multiclass_hinge(empty, none, reduction="none").shape == (0,)
    assert F.mse_loss(empty, empty, reduction="sum") == 0
    for call in (
        lambda: F.cross_entropy(empty, none),
        lambda: F.multiclass_hinge(empty, none),
        lambda: F.mse_loss(empty, empty),
        lambda: F.hinge(empty, empty),
        lambda: F.binary_cross_entropy_with_logits(empty, empty),
    ):
        with pytest.raises(ShapeError, match="the mean over nothing"):
            call()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: F.cross_entropy(X, [0, 1, 2, 3]), ArgumentError, "label 3 at index 3 .* 0..2 for 3 classes"),
        (lambda: F.cross_entropy(X, [0, -1, 2, 0]), ArgumentError, "label -1 at index 1"),
        (lambda: F.cross_entropy(X, [0, 1]), ShapeError, r"labels are \(2,\) but there are 4 rows"),
        (lambda: F.cross_entropy(X, LABELS * 1.0), DtypeError, "labels are float64; needed integers"),
        (lambda: F.cross_entropy(X, np.full(4, np.nan)), DtypeError, "needed integers"),
        (lambda: F.cross_entropy(X, None), DtypeError, "labels are NoneType"),
        (lambda: F.cross_entropy(X[0], LABELS), ShapeError, r"x is \(3,\); needed \(m, c\)"),
        (lambda: F.cross_entropy(X[:, :0], LABELS), ShapeError, "c >= 1"),
        (lambda: F.cross_entropy(X, LABELS, np.ones(2)), ShapeError, r"weight is \(2,\) but there are 3"),
        (
            lambda: F.cross_entropy(X, LABELS, np.ones(3, "f")),
            DtypeError,
            "x is float64 but weight is float32",
        ),
        (lambda: F.cross_entropy(X, LABELS, label_smoothing=1.5), ArgumentError, "label_smoothing is 1.5"),
        (
            lambda: F.cross_entropy(X, LABELS, reduction="avg"),
            ArgumentError,
            "'avg'; needed one of none, mean",
        ),
        (lambda: F.cross_entropy(X.astype(int), LABELS), DtypeError, "x is int64"),
        (lambda: F.multiclass_hinge(X, LABELS, margin=-1), ArgumentError, "margin is -1"),
        (lambda: F.mse_loss(X, X[:, :1]), ShapeError, r"x is \(4, 3\) but the target is \(4, 1\)"),
        (lambda: F.mse_loss(X[:, :1], X[:, 0]), ShapeError, r"try target.reshape\(4, 1\)"),
        (lambda: F.mse_loss(X, X.astype("f")), DtypeError, "x is float64 but target is float32"),
        (lambda: F.mse_loss(X, 1.0), DtypeError, "target is float"),
        (lambda: F.hinge(X, X), ArgumentError, r"hinge: the target holds .*; needed -1 or \+1"),
        (lambda: F.hinge(X, X * np.nan), ArgumentError, "holds nan"),
        (lambda: F.binary_cross_entropy_with_logits(X, X * 3), ArgumentError, "needed numbers in 0..1"),
        (lambda: F.binary_cross_entropy_with_logits(X, X * np.nan), ArgumentError, "holds nan"),
        (lambda: F.softmax(X, 2), ShapeError, "softmax: axis 2"),
        (lambda: F.softmax(np.zeros((3, 0))), ShapeError, "at least one number"),
        (lambda: F.softmax(np.array(1.0)), ShapeError, r"x is \(\)"),
        (lambda: F.log_softmax(np.arange(3)), DtypeError, "x is int64"),
    ],
)
def test_errors(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
