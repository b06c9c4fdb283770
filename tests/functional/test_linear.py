"""linear, maxout, matmul, activations: edges of shape and layout, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import functional as F
from tinynn.errors import ArgumentError, DtypeError, ShapeError

RNG = np.random.default_rng(0)


def normal(*shape: int) -> Any:
    return RNG.standard_normal(shape)


MATMULS = [
    ((3, 4), (4, 5)),
    ((4,), (4, 5)),
    ((3, 4), (4,)),
    ((4,), (4,)),
    ((2, 3, 4), (4, 5)),
    ((3, 4), (2, 4, 5)),
    ((2, 3, 4), (2, 4, 5)),
    ((2, 1, 3, 4), (5, 4, 2)),
    ((1, 3, 4), (2, 4, 5)),
    ((6, 2, 3, 4), (4,)),
    ((4,), (2, 4, 5)),
    ((0, 4), (4, 5)),
    ((3, 0), (0, 5)),
    ((2, 0, 4), (4, 5)),
    ((0, 3, 4), (0, 4, 5)),
]


@pytest.mark.parametrize(("a", "b"), MATMULS, ids=str)
def test_matmul_is_numpys(a: Any, b: Any) -> None:
    a, b = normal(*a), normal(*b)
    y = F.matmul(a, b)
    assert y.shape == (a @ b).shape
    np.testing.assert_allclose(y, a @ b, rtol=1e-12, atol=1e-14)
    if y.size and a.size:
        assert tn.gradcheck(F.matmul, [a, b])


def test_matmul_of_transposed_and_strided_views() -> None:
    a, b = normal(4, 3), normal(5, 4)
    np.testing.assert_allclose(F.matmul(a.T, b.T), a.T @ b.T, rtol=1e-12)
    np.testing.assert_allclose(F.matmul(a.T[::-1], b.T[:, ::2]), a.T[::-1] @ b.T[:, ::2], rtol=1e-12)
    assert tn.gradcheck(lambda a, b: a.T @ b.T, [a, b])
    c, d = normal(2, 4, 3), normal(2, 5, 4)
    assert tn.gradcheck(lambda c, d: c.swapaxes(1, 2) @ d.permute(0, 2, 1), [c, d])


@pytest.mark.parametrize("shape", [(3,), (5, 3), (2, 5, 3), (2, 2, 5, 3), (0, 3), (2, 0, 3)], ids=str)
def test_linear_keeps_the_leading_axes(shape: Any) -> None:
    x, w, b = normal(*shape), normal(4, 3), normal(4)
    y = F.linear(x, w, b)
    assert y.shape == (*shape[:-1], 4)
    np.testing.assert_allclose(y, x @ w.T + b, rtol=1e-12)
    xt, wt, bt = (tn.tensor(a, requires_grad=True) for a in (x, w, b))
    F.linear(xt, wt, bt, activation="tanh").sum().backward()
    assert xt.grad.shape == x.shape
    assert (wt.grad.shape, bt.grad.shape) == (w.shape, b.shape)
    if not x.size:
        assert not wt.grad.data.any()


def test_linear_per_group() -> None:
    x, w, b = normal(2, 5, 3), normal(2, 4, 3), normal(2, 4)
    np.testing.assert_allclose(F.linear(x, w, b), x @ w.swapaxes(1, 2) + b[:, None], rtol=1e-12)
    assert tn.gradcheck(lambda *a: F.linear(*a, activation="gelu"), [x, w, b])


def test_linear_of_nothing_wide() -> None:
    np.testing.assert_array_equal(F.linear(np.zeros((2, 0)), np.zeros((3, 0)), np.ones(3)), np.ones((2, 3)))
    assert F.linear(np.ones((2, 3)), np.zeros((0, 3))).shape == (2, 0)


def test_prelu_learns_its_slope() -> None:
    x, w, slope = normal(6, 3), normal(4, 3), np.array([0.1, 0.2, -0.3, 0.4])
    z = x @ w.T
    np.testing.assert_allclose(
        F.linear(x, w, None, slope, activation="prelu"), np.where(z > 0, z, slope * z), rtol=1e-12
    )
    assert tn.gradcheck(lambda x, w, s: F.linear(x, w, slope=s, activation="prelu"), [x, w, slope])
    assert tn.gradcheck(F.prelu, [normal(2, 4, 3, 3), slope])
    assert tn.gradcheck(F.prelu, [normal(4), slope])
    assert F.prelu(np.zeros((0, 4)), slope).shape == (0, 4)
    assert F.prelu(np.array(-2.0), np.array([0.5])).item() == -1


def test_maxout() -> None:
    x, w, b = normal(2, 5, 3), normal(3, 4, 3), normal(3, 4)
    wanted = (np.einsum("abk,pnk->pabn", x, w) + b[:, None, None]).max(0)
    np.testing.assert_allclose(F.maxout(x, w, b), wanted, rtol=1e-12)
    assert tn.gradcheck(F.maxout, [x, w, b])
    assert tn.gradcheck(lambda x, w: F.maxout(x, w), [x[0, 0], w])
    assert F.maxout(np.zeros((0, 3)), w, b).shape == (0, 4)


def test_views_are_read_right() -> None:
    x, w = normal(3, 6), normal(4, 6)
    for xv, wv in (
        (x[:, ::2], w[:, ::2]),
        (x.T[:3].T, w[::-1, 3:]),
        (np.asfortranarray(x), np.asfortranarray(w)),
    ):
        np.testing.assert_allclose(F.linear(xv, wv), xv @ wv.T, rtol=1e-12)
    frozen = x.copy()
    frozen.flags.writeable = False
    np.testing.assert_array_equal(F.relu(frozen), np.maximum(x, 0))


A, W = normal(2, 3), normal(4, 3)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: F.linear(A, W.T), ShapeError, "in_features 3 and 4 differ"),
        (lambda: F.linear(A, W, np.ones(3)), ShapeError, r"b is \(3,\) but w is \(4, 3\); needed \(4,\)"),
        (lambda: F.linear(np.array(1.0), W), ShapeError, r"x is \(\)"),
        (lambda: F.linear(A, W[0]), ShapeError, r"w is \(3,\)"),
        (lambda: F.linear(A, W[None]), ShapeError, "one matrix per group"),
        (lambda: F.linear(A.astype("f"), W), DtypeError, "x is float32 but w is float64; needed one dtype"),
        (lambda: F.linear(A.astype(int), W), DtypeError, r"x is int64; needed float32 .* try x.astype"),
        (lambda: F.linear(A, None), DtypeError, "w is NoneType"),
        (lambda: F.linear(None, W), DtypeError, "x is NoneType"),
        (
            lambda: F.linear(A, W, activation="rel"),
            ArgumentError,
            "activation is 'rel'; needed one of identity",
        ),
        (lambda: F.linear(A, W, activation=["relu"]), ArgumentError, "activation is"),
        (lambda: F.linear(A, W, activation="relu", alpha=1.0), ArgumentError, "relu has none"),
        (lambda: F.linear(A, W, activation="leaky_relu", alpha=-0.1), ArgumentError, "alpha is -0.1"),
        (lambda: F.linear(A, W, activation="elu", alpha=0), ArgumentError, "elu needed a positive number"),
        (lambda: F.linear(A, W, activation="elu", alpha="1"), ArgumentError, "alpha is '1'"),
        (
            lambda: F.linear(A, W, activation="prelu"),
            ShapeError,
            r"slope is None; prelu needed \(1,\) or \(4,\)",
        ),
        (lambda: F.linear(A, W, None, np.ones(4)), ArgumentError, "only prelu has one"),
        (lambda: F.prelu(A, np.ones(2)), ShapeError, "3 channels but slope is"),
        (lambda: F.prelu(A, None), ShapeError, "slope is None"),
        (lambda: F.relu("x"), DtypeError, "relu: x is"),
        (lambda: F.relu(A.astype(int)), DtypeError, "relu: x is int64"),
        (lambda: F.activation(A, np.ones(1), activation="relu"), ArgumentError, "only prelu has one"),
        (lambda: F.activation(A, activation="nope"), ArgumentError, "'nope'; needed one of"),
        (lambda: F.matmul(A, W), ShapeError, "inner sizes 3 and 4 differ"),
        (lambda: F.matmul(A, np.array(2.0)), ShapeError, r"try a \* b"),
        (lambda: F.matmul(np.ones((2, 1, 3)), np.ones((3, 3, 1))), ShapeError, "matmul"),
        (lambda: F.matmul(A, 2.0), DtypeError, "matmul: b is float"),
        (lambda: F.maxout(A, W), ShapeError, "needed x .* and w"),
        (lambda: F.maxout(A, np.ones((257, 1, 3))), ShapeError, "1 to 256 pieces"),
        (lambda: F.maxout(A, np.ones((2, 4, 3)), np.ones(4)), ShapeError, r"b is \(4,\)"),
    ],
)
def test_errors(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_no_kernel_runs_after_a_refusal() -> None:
    def never(*args: Any, **options: Any) -> Any:
        raise AssertionError("a kernel ran")

    with tn.use_kernel("linear_forward", never), pytest.raises(ShapeError):
        F.linear(A, W.T)
    with tn.use_kernel("cross_entropy_forward", never), pytest.raises(ArgumentError):
        F.cross_entropy(A, [0, 3])
