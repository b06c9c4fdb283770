"""Element-wise functions: NumPy's values, dtypes, broadcasting and its gradient, conventions, errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import functional as F
from tinynn.errors import ArgumentError, DtypeError, ShapeError

RNG = np.random.default_rng(0)
BINARY = {
    F.add: np.add,
    F.sub: np.subtract,
    F.mul: np.multiply,
    F.div: np.divide,
    F.maximum: np.maximum,
    F.minimum: np.minimum,
    F.pow: np.power,
}
UNARY = {
    F.neg: np.negative,
    F.exp: np.exp,
    F.log: np.log,
    F.sqrt: np.sqrt,
    F.abs: np.abs,
    F.square: np.square,
    F.reciprocal: lambda x: 1 / x,
    F.sin: np.sin,
    F.cos: np.cos,
    F.sign: np.sign,
}
SHAPES = [
    ((3, 4), (3, 4)),
    ((3, 4), (4,)),
    ((3, 1), (1, 4)),
    ((), (2, 3)),
    ((2, 1, 3), (5, 1)),
    ((0, 3), (3,)),
]


def positive(*shape: int) -> Any:
    return RNG.uniform(0.5, 2, shape)


@pytest.mark.parametrize("function", BINARY, ids=lambda f: f.__name__)
@pytest.mark.parametrize("shapes", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_two_arrays(function: Any, shapes: Any, dtype: str) -> None:
    a, b = positive(*shapes[0]).astype(dtype), positive(*shapes[1]).astype(dtype)
    y = function(a, b)
    assert y.dtype == dtype
    np.testing.assert_allclose(y, BINARY[function](a, b), rtol=1e-6)


@pytest.mark.parametrize("function", UNARY, ids=lambda f: f.__name__)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_one_array(function: Any, dtype: str) -> None:
    x = positive(3, 4).astype(dtype)
    x = -x if function in (F.neg, F.abs, F.sign) else x
    np.testing.assert_allclose(function(x), UNARY[function](x), rtol=1e-6)
    assert function(x).dtype == dtype
    assert function(x[:0]).shape == (0, 4)


@pytest.mark.parametrize("shapes", [SHAPES[1], SHAPES[2], SHAPES[4]], ids=str)
@pytest.mark.parametrize("function", BINARY, ids=lambda f: f.__name__)
def test_the_gradient_of_broadcasting_is_a_sum(function: Any, shapes: Any) -> None:
    assert tn.gradcheck(function, [positive(*shapes[0]), positive(*shapes[1])])


def test_a_gradient_has_the_shape_and_dtype_of_its_tensor() -> None:
    a = tn.ones(3, 1, requires_grad=True)
    b = tn.ones(2, 1, 4, dtype="float64", requires_grad=True)
    y = a * b
    assert y.dtype == np.float64
    y.backward(np.ones((2, 3, 4)))
    assert (a.grad.shape, a.grad.dtype) == ((3, 1), np.float32)
    assert (b.grad.shape, b.grad.dtype) == ((2, 1, 4), np.float64)
    np.testing.assert_array_equal(a.grad, np.full((3, 1), 8))


F32, F64, I64, BOOL = (np.ones(2, t) for t in ("float32", "float64", "int64", "bool"))


@pytest.mark.parametrize(
    ("a", "b", "dtype"),
    [
        (F32, F32, "float32"),
        (F32, F64, "float64"),
        (F32, 2.5, "float32"),
        (F32, 2, "float32"),
        (F32, True, "float32"),
        (F32, np.float64(2.5), "float32"),
        (F64, np.float32(2.5), "float64"),
        (F32, I64, "float32"),
        (BOOL, F32, "float32"),
        (I64, 2.5, "float32"),
        (I64, 2, "int64"),
        (I64, BOOL, "int64"),
        (BOOL, 1, "int64"),
        (np.int8([1, 2]), 3, "int8"),
        (2.5, 1, "float32"),
    ],
)
def test_promotion(a: Any, b: Any, dtype: str) -> None:
    assert F.mul(a, b).dtype == dtype
    assert F.mul(b, a).dtype == dtype
    np.testing.assert_array_equal(F.mul(a, b), np.asarray(a) * np.asarray(b))


def test_integers_divide_and_have_roots_as_float32() -> None:
    assert F.div(np.array([3]), np.array([2])).tolist() == [1.5]
    assert F.sqrt(np.array([4])).dtype == np.float32
    assert F.exp(0).shape == ()
    assert F.neg(np.array([2])).dtype == np.int64
    assert F.clip(np.array([1, 5]), 2, 3).tolist() == [2, 3]


def test_ties_of_maximum_are_shared() -> None:
    a, b = tn.tensor([1.0, 2.0, 3.0], requires_grad=True), tn.tensor([1.0, 5.0, 0.0], requires_grad=True)
    F.maximum(a, b).backward(np.full(3, 4.0))
    np.testing.assert_array_equal(a.grad, [2, 0, 4])
    np.testing.assert_array_equal(b.grad, [2, 4, 0])


def test_kinks_have_their_documented_derivative() -> None:
    x = tn.tensor([0.0, 1.0, 2.0, 3.0], requires_grad=True)
    F.abs(x).backward(np.ones(4))
    assert x.grad.tolist() == [0, 1, 1, 1]
    x.grad = None
    F.clip(x, 1, 2).backward(np.ones(4))
    assert x.grad.tolist() == [0, 1, 1, 0]


def test_powers() -> None:
    x = np.array([-2.0, 0.0, 3.0])
    np.testing.assert_array_equal(F.pow(x, 2), [4, 0, 9])
    np.testing.assert_array_equal(F.pow(x, 3), [-8, 0, 27])
    np.testing.assert_array_equal(F.pow(x, np.array([2.0, 0.0, 1.0])), [4, 1, 3])
    t = tn.tensor(x, requires_grad=True)
    (t**2).sum().backward()
    np.testing.assert_array_equal(t.grad, 2 * x)
    zero, exponent = np.zeros(2), tn.tensor([2.0, 3.0], dtype="float64", requires_grad=True)
    F.pow(zero, exponent).sum().backward()
    np.testing.assert_array_equal(exponent.grad, [0, 0])  # 0^b does not change with b


def test_ieee_in_silence() -> None:
    with np.errstate(all="raise"):
        assert F.log(np.zeros(1))[0] == -np.inf
        assert F.div(np.ones(1), 0.0)[0] == np.inf
        assert np.isnan(F.sqrt(-np.ones(1))[0])


def test_where_chooses_and_carries_back() -> None:
    c = np.array([[True, False], [False, True]])
    a, b = tn.tensor([1.0, 2.0], requires_grad=True), tn.tensor([[10.0], [20.0]], requires_grad=True)
    y = F.where(c, a, b)
    np.testing.assert_array_equal(y, [[1, 10], [20, 2]])
    y.backward([[1, 2], [3, 4]])
    np.testing.assert_array_equal(a.grad, [1, 4])
    np.testing.assert_array_equal(b.grad, [[2], [3]])
    assert F.where(tn.tensor([True]), 1, 2).tolist() == [1]
    assert F.where(a.detach() > 1.5, a, 0.0).tolist() == [0, 2]


def test_clip_needs_bounds_in_order() -> None:
    assert F.clip(np.array([-5.0, 5.0]), min=0).tolist() == [0, 5]
    assert F.clip(np.array([-5.0, 5.0]), max=0).tolist() == [-5, 0]
    for bounds in ((None, None), (2, 1), ("a", 2), (np.nan, 1)):
        with pytest.raises(ArgumentError, match="clip"):
            F.clip(np.ones(2), *bounds)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: F.add(np.ones((2, 3)), np.ones((2,))), ShapeError, r"add: \(2, 3\) and \(2,\)"),
        (lambda: F.mul(np.ones(2), None), DtypeError, "mul: b is NoneType"),
        (lambda: F.sub("x", np.ones(2)), DtypeError, "sub: a is <U1|sub: a is str"),
        (lambda: F.add(np.ones(2, np.float16), 1), DtypeError, "add: a is float16; needed float32"),
        (lambda: F.add(np.ones(2), 1j), DtypeError, "add: b is complex128|add: b is complex"),
        (lambda: F.exp(np.ones(2, complex)), DtypeError, "exp: x is complex128"),
        (lambda: F.exp(None), DtypeError, "exp: x is NoneType"),
        (lambda: F.where(np.ones(2), 1.0, 2.0), DtypeError, "condition is float64; needed bool"),
        (lambda: F.where(np.ones((3, 1)) > 0, np.ones(2), np.ones(3)), ShapeError, "where"),
        (lambda: F.astype(np.ones(2), "float16"), DtypeError, "astype: got float16"),
        (lambda: F.astype(np.ones(2), "no"), ArgumentError, "astype: dtype is 'no'"),
    ],
)
def test_errors_say_who_got_what(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_astype_carries_the_gradient_back_in_its_own_dtype() -> None:
    x = tn.ones(2, requires_grad=True)
    y = x.double()
    assert y.dtype == np.float64
    (y * 3).sum().backward()
    assert x.grad.dtype == np.float32
    np.testing.assert_array_equal(x.grad, [3, 3])
    assert not x.long().requires_grad
