"""The oracle of reduce, elementwise and gather, against NumPy, finite differences and adjoints."""

from __future__ import annotations

import numpy as np
import pytest

from tinynn.backends import numpy_rung
from tinynn.backends.numpy_rung.elementwise import BINARY, UNARY

from .differences import assert_gradient, rng

K = numpy_rung.KERNELS


def test_sum_and_its_backward_are_adjoint() -> None:
    x, dy = rng(8).normal(size=(4, 5, 3)), rng(9).normal(size=(4, 3))
    y, dx = K["reduce_sum"](x, scale=0.2), K["reduce_sum_backward"](dy, 5, scale=0.2)
    np.testing.assert_allclose(y, x.mean(axis=1), rtol=1e-12)
    assert np.sum(y * dy) == pytest.approx(np.sum(x * dx), rel=1e-12)
    assert (K["reduce_sum"](np.ones((2, 0, 3))) == 0).all()


def test_max_takes_the_first_of_equals_and_any_nan() -> None:
    x = np.array([[[1.0], [3.0], [3.0]], [[1.0], [np.nan], [5.0]]])
    y, arg = K["reduce_max"](x)
    assert y[0, 0] == 3
    assert np.isnan(y[1, 0])
    assert arg.tolist() == [[1], [1]]
    assert arg.dtype == np.int64
    dx = K["reduce_max_backward"](np.array([[2.0], [4.0]]), arg, 3)
    assert dx.reshape(2, 3).tolist() == [[0, 2, 0], [0, 4, 0]]


def test_squared_norm_is_summed_in_double() -> None:
    x = np.full(10**6, 1e-3, np.float32)
    x[0] = 1e4  # in single precision the others would vanish beside its square
    exact = np.sum(x.astype(np.float64) ** 2)
    got = K["squared_norm"](x)
    assert got.shape == ()
    assert got == np.float32(exact)
    assert exact - 1e8 > 0.9


@pytest.mark.parametrize("op", UNARY)
def test_unary(op: str) -> None:
    r = rng(10)
    options = {"op": op, **{"pow": {"p": 2.5}, "clip": {"p": 0.7, "q": 1.5}}.get(op, {})}
    x = r.uniform(0.5, 2, (5, 7)) * (1 if op in ("log", "sqrt", "pow", "clip") else r.choice([-1, 1], (5, 7)))
    oracle = {"neg": np.negative, "pow": lambda x: x**2.5, "clip": lambda x: np.clip(x, 0.7, 1.5)}
    y = K["unary_forward"](x, **options)
    np.testing.assert_allclose(y, oracle.get(op, getattr(np, op, None))(x), rtol=1e-14)
    dy = r.normal(size=x.shape)
    dx = K["unary_backward"](dy, x, y, **options)
    assert_gradient(lambda x: K["unary_forward"](x, **options), [dx], [x], dy)


def test_unary_derivatives_at_the_edges() -> None:
    def slope(op: str, x: float, **constants: float) -> float:
        x = np.array([x])
        y = K["unary_forward"](x, op=op, **constants)
        return float(K["unary_backward"](np.ones(1), x, y, op=op, **constants).item())

    assert slope("abs", 0.0) == 0
    assert slope("pow", 0.0, p=0.0) == 0
    assert slope("pow", 0.0, p=1.0) == 1
    assert slope("clip", 1.0, p=0.0, q=1.0) == 1
    assert slope("clip", 1.5, p=0.0, q=1.0) == 0
    assert slope("sign", 3.0) == 0
    assert slope("sqrt", 0.0) == np.inf


@pytest.mark.parametrize("shapes", [((5, 7), (5, 7)), ((5, 7), (7,)), ((5, 1), (1, 7)), ((), (5, 7))])
@pytest.mark.parametrize("op", BINARY)
def test_binary(op: str, shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    r = rng(11)
    a, b = (r.uniform(0.5, 2, s) for s in shapes)
    oracle = {"sub": np.subtract, "mul": np.multiply, "div": np.divide, "pow": np.power}
    np.testing.assert_allclose(K["binary_forward"](a, b, op=op), oracle.get(op, getattr(np, op, None))(a, b))
    full = np.broadcast_shapes(*shapes)
    dy = r.normal(size=full)
    wide = [np.broadcast_to(a, full).copy(), np.broadcast_to(b, full).copy()]
    gradients = K["binary_backward"](dy, a, b, op=op)
    assert_gradient(lambda a, b: K["binary_forward"](a, b, op=op), gradients, wide, dy)


def test_binary_at_ties_and_zero() -> None:
    one, zero = np.ones(1), np.zeros(1)
    for op in ("maximum", "minimum"):
        assert [g.item() for g in K["binary_backward"](one, one, one, op=op)] == [0.5, 0.5]
        assert np.isnan(K["binary_forward"](one * np.nan, one, op=op))
        assert np.isnan(K["binary_forward"](one, one * np.nan, op=op))
    infinite = one * np.inf
    assert K["binary_backward"](one, infinite, infinite, op="maximum")[0] == 0.5
    assert K["binary_backward"](one, zero, one * 2, op="pow")[1] == 0
    assert K["binary_backward"](one, zero, zero, op="pow")[0] == 0
    da, db = K["binary_backward"](one, one, one, op="mul", needs=(False, True))
    assert da is None
    assert db == 1


def test_scatter_is_the_adjoint_of_gather_and_counts_repeats() -> None:
    r = rng(12)
    x, index, dy = r.normal(size=(6, 3)), np.array([4, 0, 4, 4, 1]), r.normal(size=(5, 3))
    y, dx = K["gather_rows"](x, index), K["scatter_add_rows"](dy, index, 6)
    assert np.sum(y * dy) == pytest.approx(np.sum(x * dx), rel=1e-12)
    np.testing.assert_allclose(dx[4], dy[0] + dy[2] + dy[3], rtol=1e-12)
    assert (dx[[2, 3, 5]] == 0).all()
    assert dx.shape == (6, 3)


def test_images_are_scaled_and_normalised() -> None:
    images = np.array([[[0, 255], [51, 102]], [[255, 255], [0, 0]]], np.uint8)
    mean, std = np.array([0.5, 0.0], np.float32), np.array([0.5, 2.0], np.float32)
    y = K["gather_images"](images, np.array([1, 0]), mean, std, dtype="float32")
    np.testing.assert_allclose(y[1], [[-1, 1], [0.1, 0.2]], rtol=1e-6)
    np.testing.assert_allclose(y[0], [[1, 1], [0, 0]], rtol=1e-6)
    plain = K["gather_images"](images, np.array([0]), None, None, dtype="float64")
    np.testing.assert_array_equal(plain, images[:1] / 255)
