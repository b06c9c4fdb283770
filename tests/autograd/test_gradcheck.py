"""gradcheck must find what is wrong, pass what is right, and refuse to say yes to nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import functional as F
from tinynn.autograd import op
from tinynn.autograd.broadcast import broadcast_shape, repeated_axes
from tinynn.errors import ArgumentError, GradcheckError, ShapeError


def wrong(mistake: Any) -> Any:
    """x^2 with a backward that makes this mistake."""

    @op
    def square(x: Any) -> Any:
        return x * x, lambda dy, needs: (mistake(x, dy),)

    return square


X = np.array([[1.0, -2.0, 0.5], [0.3, 1.5, -0.7]])


def test_right_gradients_pass() -> None:
    assert tn.gradcheck(lambda x, w: F.linear(x, w, activation="tanh"), [tn.tensor(X), X[:1]]) is True
    assert tn.gradcheck(F.exp, X * 1e3 / 1e3)
    assert tn.gradcheck(lambda x: x.reshape(-1)[[0, 0, 3]] * x.sum(), X.astype("float32"))


@pytest.mark.parametrize(
    "mistake",
    [
        lambda x, dy: dy * x,  # a factor forgotten
        lambda x, dy: 2 * x * dy * (1 + 1e-5),  # almost right
        lambda x, dy: 2 * x * dy.mean() * np.ones_like(x),  # right for a cotangent of ones only
        lambda x, dy: 2 * x * dy * (np.arange(6).reshape(2, 3) != 4),  # one element forgotten
        lambda x, dy: (2 * x * dy)[::-1].copy(),  # rows exchanged
        lambda x, dy: np.full_like(x, np.nan),
        lambda x, dy: np.zeros_like(x),
    ],
)
def test_wrong_gradients_fail(mistake: Any) -> None:
    with pytest.raises(GradcheckError, match="input 0"):
        tn.gradcheck(wrong(mistake), X)


def test_the_report_says_which_input_how_much_and_where() -> None:
    half = wrong(lambda x, dy: np.where(np.arange(6).reshape(2, 3) == 4, x * dy, 2 * x * dy))
    with pytest.raises(GradcheckError) as caught:
        tn.gradcheck(lambda a, x: half(x) + a, [X, X])
    report = str(caught.value)
    assert "input 1, shape (2, 3)" in report
    assert "1 of 6 elements are off; the worst is at (1, 1)" in report


def test_zero_on_both_sides_is_no_proof() -> None:
    with pytest.raises(GradcheckError, match="nothing was checked"):
        tn.gradcheck(lambda x: F.sign(x) * 2.0, X)
    assert tn.gradcheck(lambda a, b: a * 2.0, [X, X])  # b's gradient is zero, but a's says something
    with pytest.raises(GradcheckError, match="nothing was checked"):
        tn.gradcheck(lambda a, b: a * 2.0, [X, tn.tensor(X, requires_grad=True)])
    with pytest.raises(ArgumentError, match="no input holds floats"):
        tn.gradcheck(lambda x: x, np.arange(3))
    with pytest.raises(GradcheckError, match="needed one Tensor"):
        tn.gradcheck(lambda x: (x, x), X)


def test_chance_is_the_same_in_every_call_and_afterwards() -> None:
    tn.manual_seed(3)
    expected = tn.rand(2).numpy()
    tn.manual_seed(3)
    assert tn.gradcheck(lambda x: F.dropout(x, 0.5) * x, X)
    np.testing.assert_array_equal(tn.rand(2).numpy(), expected)


def test_gradcheck_changes_nothing() -> None:
    x = tn.tensor(X, requires_grad=True)
    before = x.numpy().copy()
    tn.gradcheck(lambda x: x * x, x)
    assert x.grad is None
    np.testing.assert_array_equal(x.numpy(), before)


def test_jacobian_of_a_matrix_product() -> None:
    a, b = X, np.array([[2.0, 1.0], [0.0, 3.0], [1.0, 1.0]])
    da, db = tn.jacobian(F.matmul, [a, b])
    assert da.shape == (2, 2, 2, 3)
    np.testing.assert_array_equal(da, np.einsum("im,jn->ijmn", np.eye(2), b.T))
    np.testing.assert_array_equal(db, np.einsum("im,jn->ijmn", a, np.eye(2)))


def test_jacobian_of_constants_and_integers() -> None:
    dx, di = tn.jacobian(lambda x, i: x[i] * 0.0 + 1.0, (X, np.array([1])))
    np.testing.assert_array_equal(dx, np.zeros((1, 3, 2, 3)))
    assert di is None
    assert tn.jacobian(lambda x: x.argmax(), X).shape == (2, 3)


def test_shapes_of_broadcasting() -> None:
    assert broadcast_shape("f", (3, 1), (1, 4), ()) == (3, 4)
    assert broadcast_shape("f", (0,), (1,)) == (0,)
    with pytest.raises(ShapeError, match=r"\(2, 3\) and \(2,\) do not broadcast: axis -1 has sizes \[2, 3\]"):
        broadcast_shape("f", (2, 3), (2,))
    with pytest.raises(ShapeError):
        broadcast_shape("f", (0,), (2,))
    assert repeated_axes((5, 1, 1), (2, 5, 3, 1)) == (0, 2)
    assert repeated_axes((2, 3), (2, 3)) == ()
