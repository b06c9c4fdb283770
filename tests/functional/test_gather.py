"""Indexing and picking: what NumPy gives, forward; every place its own sum, backward."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import functional as F
from tinynn.errors import ArgumentError, DtypeError, PickError, ShapeError

X = np.arange(60.0).reshape(3, 4, 5)
RNG = np.random.default_rng(0)
MASK = RNG.random((3, 4)) > 0.5
VIEWS = [
    1,
    -1,
    (1, 2),
    (1, 2, 3),
    slice(1, None),
    slice(None, None, -2),
    (..., 2),
    (slice(None), None, 1),
    (),
    ...,
]
GATHERS = [
    [0, 2, 2],
    [],
    np.array([[0, 1], [2, 2]]),
    (np.array([0, 1, 1]), np.array([3, 0, 0])),
    (np.array([0, 1, 1]), np.array([3, 0, 0]), np.array([4, 4, 4])),
    (slice(None), [1, 1]),
    (slice(1, 3), [0, 1, 0], slice(None, None, 2)),
    (0, [1, 1]),
    ([1, 1], slice(None), [0, 4]),
    (..., [1, 1, 0]),
    (None, [0, 2]),
    (np.array([[0], [1]]), np.array([[1, 2, 1]])),
    np.array([True, False, True]),
    MASK,
    (slice(None), MASK[0]),
    (np.array([True, False, True]), [1]),
    X % 7 == 0,
    np.zeros((3, 4, 5), bool),
    np.array([-1, -3]),
    True,
]


@pytest.mark.parametrize("key", VIEWS + GATHERS, ids=str)
def test_values_and_gradients_are_those_of_numpy(key: Any) -> None:
    x = tn.tensor(X, requires_grad=True)
    y = x[key]
    np.testing.assert_array_equal(y, X[key])
    assert y.shape == X[key].shape
    g = RNG.standard_normal(y.shape)
    y.backward(g)
    wanted = np.zeros_like(X)
    np.add.at(wanted, key, g)
    np.testing.assert_allclose(x.grad, wanted, rtol=1e-12)


@pytest.mark.parametrize("key", VIEWS, ids=str)
def test_slices_are_views(key: Any) -> None:
    assert np.shares_memory(tn.Tensor(X)[key].numpy(), X)


def test_a_place_picked_twice_receives_both_gradients() -> None:
    w = tn.zeros(4, 2, requires_grad=True)
    w[[1, 1, 3]].backward([[1, 2], [10, 20], [5, 5]])
    np.testing.assert_array_equal(w.grad, [[0, 0], [11, 22], [0, 0], [5, 5]])


def test_tensors_as_keys() -> None:
    x = tn.tensor(X)
    np.testing.assert_array_equal(x[tn.tensor([2, 0])], X[[2, 0]])
    np.testing.assert_array_equal(x[x > 30], X[X > 30])
    np.testing.assert_array_equal(x[:, tn.tensor([1, 1])], X[:, [1, 1]])
    np.testing.assert_array_equal(x[tn.tensor(1)], X[1])


def test_gathering_from_a_view() -> None:
    x = tn.tensor(X, requires_grad=True)
    y = x.T[[4, 0]]
    np.testing.assert_array_equal(y, X.T[[4, 0]])
    y.sum().backward()
    assert x.grad.data.sum() == y.size


def test_integers_are_picked_without_a_gradient() -> None:
    labels = tn.tensor([5, 6, 7])
    assert labels[[2, 0]].tolist() == [7, 5]
    assert labels[1].shape == ()


def test_empty_arrays() -> None:
    x = tn.zeros(0, 3, requires_grad=True)
    y = x[np.zeros(0, int)]
    assert y.shape == (0, 3)
    y.sum().backward()
    assert x.grad.shape == (0, 3)
    assert tn.zeros(3, 0)[[0, 1]].shape == (2, 0)


def test_take() -> None:
    index = np.array([[0, 3], [3, 1]])
    np.testing.assert_array_equal(F.take(X, index, 1), np.take(X, index, 1))
    np.testing.assert_array_equal(F.take(X, [7, 59]), np.take(X, [7, 59]))
    assert tn.gradcheck(lambda x: F.take(x, index, -2), X / 60)


def test_gather_along_an_axis() -> None:
    for axis in (0, 1, -1):
        index = RNG.integers(0, X.shape[axis], X.shape)
        np.testing.assert_array_equal(F.gather(X, index, axis), np.take_along_axis(X, index, axis))
    labels = tn.tensor([3, 0, 3])
    logits = RNG.standard_normal((3, 4))
    picked = F.gather(tn.tensor(logits), labels[:, None])
    np.testing.assert_array_equal(picked[:, 0], logits[np.arange(3), labels.numpy()])
    assert tn.gradcheck(lambda x: F.gather(x, np.array([[1, 1], [0, 2], [3, 3]]), 1), logits)


def test_one_hot() -> None:
    y = F.one_hot(tn.tensor([[1], [0]]), 3)
    np.testing.assert_array_equal(y, [[[0, 1, 0]], [[1, 0, 0]]])
    assert y.dtype == np.float32
    assert F.one_hot(np.array([0, 4])).shape == (2, 5)
    assert F.one_hot(np.zeros(0, int), 3, "float64").shape == (0, 3)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: tn.Tensor(X)[3], PickError, r"getitem: x is \(3, 4, 5\); index 3 is out of bounds"),
        (lambda: tn.Tensor(X)[[0, -4]], PickError, "out of bounds"),
        (lambda: tn.Tensor(X)[0, 0, 0, 0], PickError, "too many indices"),
        (lambda: tn.Tensor(X)[[0], [0], [0], [0]], PickError, "too many indices"),
        (lambda: tn.Tensor(X)["a"], PickError, "getitem"),
        (lambda: tn.Tensor(X)[np.array([0.5])], PickError, "integer"),
        (lambda: tn.Tensor(X)[np.array([True, False])], PickError, "boolean"),
        (lambda: tn.Tensor(X)[[0, 1], [0, 1, 2]], PickError, "broadcast"),
        (lambda: F.take(X, 0.5, 0), DtypeError, "take: the index is float64"),
        (lambda: F.gather(X, np.array([0])), ShapeError, "needed as many axes"),
        (lambda: F.gather(X, np.zeros((2, 4, 5), int)), ShapeError, "gather"),
        (lambda: F.one_hot(np.array([3]), 3), ArgumentError, "label 3 at index 0 .* needed 0..2"),
        (lambda: F.one_hot(np.array([[0], [-1]]), 3), ArgumentError, r"label -1 at index \(1, 0\)"),
        (lambda: F.one_hot(np.array([1.0]), 3), DtypeError, "one_hot"),
    ],
)
def test_errors(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_an_index_error_is_one_for_python_too() -> None:
    with pytest.raises(IndexError):
        tn.ones(2)[5]
