"""Reductions: NumPy's values along every kind of axis, where gradients go, errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import special

import tinynn as tn
from tinynn import functional as F
from tinynn.errors import ArgumentError, ShapeError

RNG = np.random.default_rng(0)
ORACLES: dict[Any, Any] = {
    F.sum: np.sum,
    F.mean: np.mean,
    F.max: np.max,
    F.min: np.min,
    F.var: np.var,
    F.std: np.std,
    F.logsumexp: special.logsumexp,
}
AXES = [None, 0, 1, 2, -1, (0,), (0, 1), (1, 2), (0, 2), (2, 0), (-1, 0, 1), (0, 3), (1, 3), (0, 1, 2, 3)]
each = pytest.mark.parametrize("function", ORACLES, ids=lambda f: f.__name__)


@each
@pytest.mark.parametrize("axis", AXES, ids=str)
@pytest.mark.parametrize("keepdims", [False, True])
def test_values(function: Any, axis: Any, keepdims: bool) -> None:
    x = RNG.standard_normal((2, 3, 4, 5))
    wanted = ORACLES[function](x, axis=axis, keepdims=keepdims)
    for view in (x, x.transpose(2, 0, 3, 1).copy().transpose(1, 3, 0, 2)):  # the same numbers, not row by row
        y = function(view, axis, keepdims)
        assert y.shape == wanted.shape
        np.testing.assert_allclose(y, wanted, rtol=1e-12)


@each
@pytest.mark.parametrize("axis", [None, 0, (0, 2), -1], ids=str)
def test_gradients(function: Any, axis: Any) -> None:
    assert tn.gradcheck(lambda x: function(x, axis), RNG.standard_normal((2, 3, 4)))
    assert tn.gradcheck(lambda x: function(x.T, axis, True), RNG.standard_normal((2, 3, 4)))


@each
def test_float32_stays_float32(function: Any) -> None:
    x = RNG.standard_normal((3, 4)).astype("float32")
    assert function(x, 0).dtype == np.float32
    assert function(tn.tensor(x)).shape == ()


def test_sums_over_no_axis_and_over_nothing() -> None:
    x = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(F.sum(x, ()), x)
    np.testing.assert_array_equal(F.sum(np.zeros((0, 3)), 0), np.zeros(3))
    assert F.sum(np.zeros((2, 0, 3)), (0, 2)).shape == (0,)
    assert F.sum(np.array(3.0)) == 3
    x = tn.zeros(0, 3, requires_grad=True)
    x.sum().backward()
    assert x.grad.shape == (0, 3)


def test_integers_are_reduced_exactly_and_without_a_gradient() -> None:
    big = np.array([2**60, 1, 3])
    assert F.sum(big).item() == 2**60 + 4
    assert F.max(big).item() == 2**60
    assert F.min(tn.tensor([3, 1, 2])).item() == 1
    assert F.sum(np.array([True, True])).item() == 2
    assert F.mean(np.array([True, False])).item() == 0.5
    assert F.mean(np.array([1, 2])).dtype == np.float32


def test_the_first_of_equals_receives_the_gradient() -> None:
    for function in (F.max, F.min):
        x = tn.tensor([[2.0, 2.0], [2.0, 2.0]], requires_grad=True)
        function(x, 1).backward([5, 7])
        np.testing.assert_array_equal(x.grad, [[5, 0], [7, 0]])
        assert function(x, None).requires_grad
    x = tn.tensor([[1.0, 9.0], [9.0, 9.0]], requires_grad=True)
    x.max().backward()
    np.testing.assert_array_equal(x.grad, [[0, 1], [0, 0]])


def test_nan_wins() -> None:
    x = np.array([1.0, np.nan, 3.0])
    assert np.isnan(F.max(x))
    assert np.isnan(F.min(x))
    assert F.argmax(x) == 1


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
@pytest.mark.parametrize("keepdims", [False, True])
def test_places(axis: Any, keepdims: bool) -> None:
    x = RNG.standard_normal((4, 5))
    np.testing.assert_array_equal(F.argmax(x, axis, keepdims), np.argmax(x, axis, keepdims=keepdims))
    np.testing.assert_array_equal(F.argmin(x, axis, keepdims), np.argmin(x, axis, keepdims=keepdims))
    assert F.argmax(tn.tensor(x), axis).dtype == np.int64


def test_ddof() -> None:
    x = RNG.standard_normal((3, 4))
    np.testing.assert_allclose(F.var(x, 1, ddof=1), x.var(1, ddof=1), rtol=1e-12)
    np.testing.assert_allclose(F.std(x, ddof=1), x.std(ddof=1), rtol=1e-12)
    with pytest.raises(ShapeError, match="needed more than ddof=1"):
        F.var(np.ones((3, 1)), 1, ddof=1)


def test_logsumexp_neither_overflows_nor_loses_what_is_small() -> None:
    np.testing.assert_allclose(F.logsumexp(np.array([1e4, 1e4 - 1])), special.logsumexp([1e4, 1e4 - 1]))
    np.testing.assert_allclose(F.logsumexp(np.array([-1e4, -1e4])), -1e4 + np.log(2))
    assert F.logsumexp(np.array([-np.inf, -np.inf])) == -np.inf
    assert F.logsumexp(np.array([np.inf, 1.0])) == np.inf
    assert F.logsumexp(np.array([-np.inf, 2.0])) == 2.0
    x = tn.tensor([-np.inf, 0.0, 0.0], requires_grad=True)
    x.logsumexp().backward()
    np.testing.assert_array_equal(x.grad, [0, 0.5, 0.5])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: F.sum(x, 2), ShapeError, "sum: axis 2 is out of range; the array has 2 axes"),
        (lambda x: F.mean(x, (0, -2)), ShapeError, r"mean: axis \(0, -2\) names an axis twice"),
        (lambda x: F.max(x, 0.5), ArgumentError, "max: axis is 0.5; needed an integer"),
        (lambda x: F.max(x[:0]), ShapeError, r"max: x is \(0, 3\); there is no max of nothing"),
        (lambda x: F.min(x[:, :0], 1), ShapeError, "no min of nothing"),
        (lambda x: F.argmax(x, (0, 1)), ArgumentError, r"axis is \(0, 1\); needed an integer"),
        (lambda x: F.argmax(x[:0]), ShapeError, "no argmax of nothing"),
        (lambda x: F.mean(x[:0], 0), ShapeError, "mean over nothing"),
        (lambda x: F.logsumexp(x[:0]), ShapeError, "logsumexp"),
        (lambda x: F.sum(None), TypeError, "sum: x is NoneType"),
        (lambda x: F.sum(x.astype("float16")), TypeError, "sum: x is float16"),
    ],
)
def test_errors(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call(np.ones((2, 3)))
