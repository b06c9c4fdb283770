"""The oracle of the losses, against their definitions written out and finite differences."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy import special

from tinynn.backends import numpy_rung

from .differences import assert_gradient, rng

K = numpy_rung.KERNELS
REDUCTIONS = ("none", "mean", "sum")


def entropy(reduction: str, smoothing: float = 0.0) -> dict[str, Any]:
    return {"label_smoothing": smoothing, "reduction": reduction}


def cross_entropy_by_hand(x: Any, labels: Any, weight: Any, smoothing: float) -> Any:
    """One loss per row, by the definition and in loops."""
    m, c = x.shape
    log_p = special.log_softmax(x, axis=1)
    losses = np.zeros(m)
    for i, j in product(range(m), range(c)):
        q = (1 - smoothing) * (j == labels[i]) + smoothing / c
        losses[i] -= weight[j] * q * log_p[i, j]
    return losses


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shape", [(5, 7), (1, 1), (3, 1), (1, 33)])
def test_cross_entropy(shape: tuple[int, int], weighted: bool, smoothing: float, reduction: str) -> None:
    r, (m, c) = rng(1), shape
    x, labels = r.normal(size=shape), r.integers(0, c, m)
    weight = r.uniform(0.5, 2, c) if weighted else None
    options = entropy(reduction, smoothing)
    loss, p = K["cross_entropy_forward"](x, labels, weight, **options)
    each = cross_entropy_by_hand(x, labels, np.ones(c) if weight is None else weight, smoothing)
    divisor = m if weight is None else weight[labels].sum()
    want = {"none": each, "sum": each.sum(), "mean": each.sum() / divisor}[reduction]
    np.testing.assert_allclose(loss, want, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(p, special.softmax(x, axis=1), rtol=1e-12)

    dy = r.normal(size=loss.shape)
    dx = K["cross_entropy_backward"](dy, p, labels, weight, **options)
    assert_gradient(lambda x: K["cross_entropy_forward"](x, labels, weight, **options)[0], [dx], [x], dy)


def test_gradient_of_cross_entropy_is_p_minus_onehot() -> None:
    x, labels = rng(2).normal(size=(4, 3)), np.array([0, 2, 1, 1])
    loss, p = K["cross_entropy_forward"](x, labels, None, **entropy("sum"))
    dx = K["cross_entropy_backward"](np.ones_like(loss), p, labels, None, **entropy("sum"))
    np.testing.assert_allclose(dx, p - np.eye(3)[labels], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_cross_entropy_of_huge_and_of_equal_logits(dtype: str) -> None:
    x = np.array([[1e4, -1e4, 0], [1e4, -1e4, 0], [1e4, 1e4, 1e4]], dtype)
    loss, p = K["cross_entropy_forward"](x, np.array([0, 1, 2]), None, **entropy("none"))
    np.testing.assert_allclose(loss, [0, 2e4, np.log(3)], rtol=1e-6)
    dx = K["cross_entropy_backward"](np.ones(3, dtype), p, np.array([0, 1, 2]), None, **entropy("none"))
    third = 1 / 3
    np.testing.assert_allclose(dx, [[0, 0, 0], [1, -1, 0], [third, third, third - 1]], rtol=1e-5, atol=1e-7)


def test_a_class_ruled_out_costs_nothing_where_it_is_not_asked_for() -> None:
    x = np.array([[0.0, -np.inf, 0.0]])
    loss, _ = K["cross_entropy_forward"](x, np.array([0]), None, **entropy("mean"))
    assert loss == pytest.approx(np.log(2), rel=1e-12)
    loss, _ = K["cross_entropy_forward"](x, np.array([1]), None, **entropy("mean"))
    assert loss == np.inf


LOSSES: dict[str, Callable[[Any, Any], Any]] = {
    "binary_cross_entropy_with_logits": lambda x, t: (
        -special.xlogy(t, special.expit(x)) - special.xlogy(1 - t, special.expit(-x))
    ),
    "hinge": lambda x, t: np.where(t * x < 1, 1 - t * x, 0),
    "mse": lambda x, t: x * x - 2 * x * t + t * t,
}


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", [(5, 7), (1,), (33,), (2, 3, 4)])
@pytest.mark.parametrize("name", LOSSES)
def test_elementwise_losses(name: str, shape: tuple[int, ...], reduction: str) -> None:
    r = rng(3)
    x = r.normal(size=shape)
    target = r.choice([-1.0, 1.0], shape) if name == "hinge" else r.uniform(0, 1, shape)
    forward, backward = K[f"{name}_forward"], K[f"{name}_backward"]
    loss = forward(x, target, reduction=reduction)
    each = LOSSES[name](x, target)
    want = {"none": each, "sum": each.sum(), "mean": each.mean()}[reduction]
    np.testing.assert_allclose(loss, want, rtol=1e-10, atol=1e-14)
    assert loss.shape == want.shape
    dy = r.normal(size=loss.shape)
    dx = backward(dy, x, target, reduction=reduction)
    assert_gradient(lambda x: forward(x, target, reduction=reduction), [dx], [x], dy)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_binary_cross_entropy_of_huge_logits(dtype: str) -> None:
    x, target = np.array([1e4, 1e4, -1e4, -1e4], dtype), np.array([1, 0, 1, 0], dtype)
    loss = K["binary_cross_entropy_with_logits_forward"](x, target, reduction="none")
    np.testing.assert_array_equal(loss, [0, 1e4, 1e4, 0])
    dx = K["binary_cross_entropy_with_logits_backward"](np.ones_like(x), x, target, reduction="none")
    np.testing.assert_array_equal(dx, [0, 1, -1, 0])


def test_hinges_are_flat_on_the_edge_of_the_margin() -> None:
    one = np.ones(1)
    assert K["hinge_backward"](one, one, one, reduction="none") == 0
    assert K["hinge_backward"](one, one * 0.5, one, reduction="none") == -1
    x, labels = np.array([[2.0, 1.0]]), np.array([0])
    assert (K["multiclass_hinge_backward"](one, x, labels, margin=1.0, reduction="none") == 0).all()
    dx = K["multiclass_hinge_backward"](one, x, labels, margin=1.5, reduction="none")
    assert dx.tolist() == [[-1, 1]]


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("margin", [1.0, 0.3])
@pytest.mark.parametrize("shape", [(5, 7), (1, 1), (3, 2)])
def test_multiclass_hinge(shape: tuple[int, int], margin: float, reduction: str) -> None:
    r, (m, c) = rng(4), shape
    x, labels = r.normal(size=shape), r.integers(0, c, m)
    options: dict[str, Any] = {"margin": margin, "reduction": reduction}
    loss = K["multiclass_hinge_forward"](x, labels, **options)
    each = np.array(
        [
            sum(max(0, x[i, j] - x[i, labels[i]] + margin) for j in range(c) if j != labels[i])
            for i in range(m)
        ]
    )
    want = {"none": each, "sum": each.sum(), "mean": each.mean()}[reduction]
    np.testing.assert_allclose(loss, want, rtol=1e-12)
    dy = r.normal(size=loss.shape)
    dx = K["multiclass_hinge_backward"](dy, x, labels, **options)
    assert_gradient(lambda x: K["multiclass_hinge_forward"](x, labels, **options), [dx], [x], dy)


def test_an_empty_batch() -> None:
    x, labels = np.zeros((0, 3)), np.zeros(0, np.int64)
    assert K["cross_entropy_forward"](x, labels, None, **entropy("none"))[0].shape == (0,)
    assert K["cross_entropy_forward"](x, labels, None, **entropy("sum"))[0] == 0
    assert np.isnan(K["cross_entropy_forward"](x, labels, None, **entropy("mean"))[0])
    assert np.isnan(K["mse_forward"](x, x, reduction="mean"))
    assert K["cross_entropy_backward"](np.ones(()), x, labels, None, **entropy("mean")).shape == (0, 3)
