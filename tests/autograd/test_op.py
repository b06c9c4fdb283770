"""@op: how arguments reach the function, and how its result comes back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import functional as F
from tinynn.autograd import op
from tinynn.autograd.op import registry
from tinynn.nn import Parameter


@op
def spy(x: Any, w: Any = None, *, scale: float = 1.0) -> Any:
    """A function with one optional array and one option."""

    def backward(dy: Any, needs: Any) -> Any:
        return (dy * scale, None if w is None else dy)[: len(needs)]

    return np.asarray(x) * scale + (0 if w is None else w), backward


@op
def along(x: Any, /, axis: int = 0, keep: bool = False) -> Any:
    """A function whose options may stand behind its array."""
    return x, lambda dy, needs: (dy,)


def test_arrays_in_arrays_out() -> None:
    y = spy(np.ones(2), scale=3.0)
    assert type(y) is np.ndarray
    np.testing.assert_array_equal(y, [3, 3])


def test_one_tensor_makes_the_result_a_tensor() -> None:
    assert type(spy(np.ones(2), tn.ones(2))) is tn.Tensor
    assert type(spy(Parameter(np.ones(2)))) is tn.Tensor  # never a Parameter
    assert not spy(tn.ones(2)).requires_grad


def test_an_array_given_by_name_gets_its_gradient() -> None:
    w = tn.ones(2, requires_grad=True)
    spy(tn.ones(2), w=w).backward(np.array([1.0, 2.0], "float32"))
    np.testing.assert_array_equal(w.grad, [1, 2])
    x = tn.ones(2, requires_grad=True)
    spy(w=np.ones(2), x=x, scale=2.0).backward(np.ones(2))
    np.testing.assert_array_equal(x.grad, [2, 2])


def test_a_bias_by_name_learns() -> None:
    b = tn.zeros(3, requires_grad=True)
    F.linear(np.ones((4, 2), "float32"), np.ones((3, 2), "float32"), b=b).sum().backward()
    np.testing.assert_array_equal(b.grad, [4, 4, 4])


def test_options_behind_the_array_by_position_or_name() -> None:
    seen = {}

    @op
    def options(x: Any, /, axis: int = 0, keep: bool = False) -> Any:
        seen.update(axis=axis, keep=keep)
        return x, None

    for call in (
        lambda x: options(x, 1, True),
        lambda x: options(x, 1, keep=True),
        lambda x: options(x, keep=True, axis=1),
    ):
        seen.clear()
        call(np.ones(1))
        assert seen == {"axis": 1, "keep": True}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: along(x, 0, False, 1), "along: got 4 arguments; needed at most 3"),
        (lambda x: along(x, 0, axis=1), "along: got axis twice"),
        (lambda x: spy(x, x, x), "spy: got 3 arguments; needed at most 2"),
        (lambda x: spy(x, x=x), "spy: got x twice"),
        (lambda x: spy(w=x), "spy: needed x"),
        (lambda x: spy(x, colour=3), "colour"),
    ],
)
def test_calls_that_do_not_fit_are_refused(call: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        call(np.ones(1))


def test_numbers_stay_weak_and_lists_become_arrays() -> None:
    seen: list[Any] = []

    @op
    def look(a: Any, b: Any) -> Any:
        seen.extend([a, b])
        return np.zeros(1), None

    look(2.0, [1, 2])
    assert seen[0] == 2.0
    assert type(seen[0]) is float
    np.testing.assert_array_equal(seen[1], [1, 2])


def test_an_op_without_backward_is_a_constant() -> None:
    x = tn.ones(3, requires_grad=True)
    assert not x.argmax().requires_grad
    assert not (x > 0).requires_grad


def test_scalars_of_numpy_come_back_as_arrays() -> None:
    @op
    def total(x: Any) -> Any:
        return x.sum(), lambda dy, needs: (np.full(x.shape, dy),)

    assert type(total(np.ones(3))) is np.ndarray
    assert total(tn.ones(3)).shape == ()


def test_every_public_op_is_registered_under_its_name() -> None:
    assert registry["linear"] is F.linear
    assert "concatenate" in registry
    assert registry["sum"].__doc__ == F.sum.__doc__


def test_a_tensor_knows_the_op_that_made_it() -> None:
    x = tn.ones(2, requires_grad=True)
    y = x.exp()
    assert y.node is not None
    assert (y.node.name, y.node.shape, y.node.needs) == ("exp", (2,), (True,))
    assert "exp -> (2,)" in repr(y.node)
    assert "made_by=exp" in repr(y)
