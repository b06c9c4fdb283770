"""Views and moves: NumPy's shapes and values, shared memory where it is a view, errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import functional as F
from tinynn.errors import ArgumentError, DtypeError, ShapeError

X = np.arange(24.0).reshape(2, 3, 4)


@pytest.mark.parametrize(
    ("ours", "wanted"),
    [
        (lambda x: F.reshape(x, (4, -1)), X.reshape(4, 6)),
        (lambda x: F.reshape(x, -1), X.reshape(-1)),
        (lambda x: F.flatten(x), X.reshape(-1)),
        (lambda x: F.flatten(x, 1), X.reshape(2, 12)),
        (lambda x: F.transpose(x), X.T),
        (lambda x: F.transpose(x, (1, 2, 0)), X.transpose(1, 2, 0)),
        (lambda x: F.permute(x, (-1, 0, 1)), X.transpose(2, 0, 1)),
        (lambda x: F.swapaxes(x, 0, -1), X.swapaxes(0, -1)),
        (lambda x: F.expand_dims(x, -1), X[..., None]),
        (lambda x: F.unsqueeze(x, 0), X[None]),
        (lambda x: F.expand_dims(x, (0, 2)), np.expand_dims(X, (0, 2))),
        (lambda x: F.squeeze(F.expand_dims(x, (0, 2))), X),
        (lambda x: F.squeeze(F.expand_dims(x, (0, 2)), 0), np.expand_dims(X, 1)),
    ],
)
def test_views(ours: Any, wanted: Any) -> None:
    y = ours(X)
    np.testing.assert_array_equal(y, wanted)
    assert np.shares_memory(y, X)
    x = tn.tensor(X, requires_grad=True)
    ours(x).backward(wanted * 2)  # every number meets its own gradient again
    np.testing.assert_array_equal(x.grad, X * 2)


def test_reshape_of_a_view_copies_once_and_carries_back() -> None:
    x = tn.tensor(X, requires_grad=True)
    y = x.T.reshape(6, 4)
    np.testing.assert_array_equal(y, X.T.reshape(6, 4))
    y.backward(X.T.reshape(6, 4))
    np.testing.assert_array_equal(x.grad, X)


def test_broadcast_to_repeats_and_sums() -> None:
    x = tn.tensor([[1.0], [2.0]], requires_grad=True)
    y = F.broadcast_to(x, (3, 2, 2))
    np.testing.assert_array_equal(y, np.broadcast_to(x.data, (3, 2, 2)))
    y.backward(np.arange(12.0).reshape(3, 2, 2))
    np.testing.assert_array_equal(x.grad, np.arange(12.0).reshape(3, 2, 2).sum((0, 2))[:, None])


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_concatenate_and_split_are_inverse(axis: int) -> None:
    n = X.shape[axis]
    for sizes in (1, 2, [1, n - 1], [0, n]):
        pieces = F.split(X, sizes, axis)
        assert all(np.shares_memory(p, X) for p in pieces if p.size)
        np.testing.assert_array_equal(F.concatenate(pieces, axis), X)
    assert [p.shape[axis] for p in F.split(X, 3, axis)] == [min(3, n)] + ([n - 3] if n > 3 else [])


def test_concatenate_gives_everybody_his_piece_of_the_gradient() -> None:
    a, b = tn.tensor(X, requires_grad=True), tn.tensor(X[:, :1], requires_grad=True)
    y = F.cat([a, X[:, :2], b, a], 1)
    np.testing.assert_array_equal(y, np.concatenate([X, X[:, :2], X[:, :1], X], 1))
    g = np.arange(y.size, dtype=float).reshape(y.shape)
    y.backward(g)
    np.testing.assert_array_equal(a.grad, g[:, :3] + g[:, 6:])
    np.testing.assert_array_equal(b.grad, g[:, 5:6])


def test_concatenate_takes_views_and_integers() -> None:
    np.testing.assert_array_equal(F.concatenate([X.T, X.T[::-1]]), np.concatenate([X.T, X.T[::-1]]))
    joined = F.concatenate([tn.tensor([1, 2]), tn.tensor([3])])
    assert joined.tolist() == [1, 2, 3]
    assert joined.dtype == np.int64


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_stack(axis: int) -> None:
    a, b = tn.tensor(X, requires_grad=True), X * 10
    y = F.stack([a, b], axis)
    np.testing.assert_array_equal(y, np.stack([X, b], axis))
    y.backward(np.stack([X, b], axis))
    np.testing.assert_array_equal(a.grad, X)


def test_pad_and_its_gradient() -> None:
    x = tn.tensor(X, requires_grad=True)
    widths = [(0, 1), (2, 0), (1, 1)]
    y = F.pad(x, widths, -1.0)
    np.testing.assert_array_equal(y, np.pad(X, widths, constant_values=-1))
    y.backward(np.pad(X, widths, constant_values=99))
    np.testing.assert_array_equal(x.grad, X)


def test_clone_is_a_copy_with_a_way_back() -> None:
    x = tn.tensor(X, requires_grad=True)
    y = x.clone()
    assert not np.shares_memory(x.data, y.data)
    y.backward(X)
    np.testing.assert_array_equal(x.grad, X)
    assert F.clone(np.array([1, 2])).dtype == np.int64


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: F.reshape(X, (5, 5)), ShapeError, r"reshape: x is \(2, 3, 4\), 24 numbers; .* \(5, 5\)"),
        (lambda: F.reshape(X, (-1, -1)), ShapeError, "reshape"),
        (lambda: F.reshape(X, "no"), ShapeError, "reshape"),
        (lambda: F.flatten(X, 3), ShapeError, "flatten: start_dim is 3"),
        (lambda: F.transpose(X, (0, 0, 1)), ShapeError, "needed each axis once"),
        (lambda: F.transpose(X, (0, 1)), ShapeError, "needed each axis once"),
        (lambda: F.swapaxes(X, 0, 3), ShapeError, "swapaxes: axis 3"),
        (lambda: F.squeeze(X, 0), ShapeError, "axis 0 needed size 1"),
        (lambda: F.expand_dims(X, 5), ShapeError, "expand_dims: axis 5"),
        (lambda: F.broadcast_to(X, (2, 3)), ShapeError, "does not broadcast"),
        (lambda: F.concatenate([X, X[:, :, :2]]), ShapeError, "may differ along axis 0 only"),
        (lambda: F.concatenate([X, X[0]]), ShapeError, "array 1"),
        (lambda: F.concatenate([]), ArgumentError, "needed a list or tuple of at least one"),
        (lambda: F.concatenate(X), ArgumentError, "got ndarray; needed a list"),
        (lambda: F.concatenate([X, None]), DtypeError, "array 1 is NoneType"),
        (lambda: F.concatenate([X, X.astype("float32")]), DtypeError, "array 1 is float32"),
        (lambda: F.stack([X, X[0]]), ShapeError, "needed one shape"),
        (lambda: F.split(X, [1, 1], 1), ShapeError, "do not add up to 3"),
        (lambda: F.split(X, 0), ArgumentError, "needed a positive integer"),
        (lambda: F.pad(X, [(1, 1)]), ShapeError, r"one \(before, after\)"),
        (lambda: F.pad(X, [(0, 0), (0, -1), (0, 0)]), ShapeError, "pad"),
    ],
)
def test_errors(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
