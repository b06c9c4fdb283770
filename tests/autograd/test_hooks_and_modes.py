"""Hooks on gradients; no_grad and enable_grad."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import tinynn as tn
from tinynn.errors import GraphError, ShapeError


def leaf(*values: float) -> tn.Tensor:
    return tn.tensor(values, dtype="float64", requires_grad=True)


def test_a_hook_on_an_intermediate_tensor_sees_and_replaces_its_gradient() -> None:
    x = leaf(1.0, 2.0)
    y = x * 3
    seen = []
    y.register_hook(lambda g: seen.append(g.numpy().copy()))
    y.register_hook(lambda g: g * 10)
    (y * y).sum().backward()
    np.testing.assert_array_equal(seen, [[6.0, 12.0]])
    np.testing.assert_array_equal(x.grad, [180.0, 360.0])


def test_a_hook_on_a_leaf_runs_once_with_the_whole_gradient() -> None:
    x = leaf(1.0)
    seen = []
    x.register_hook(lambda g: seen.append(g.item()))
    (x * 2 + x * 3).backward()
    assert seen == [5.0]
    (x * 7).backward()
    assert seen == [5.0, 7.0]  # this backward's part, not the sum
    np.testing.assert_array_equal(x.grad, [12.0])


def test_a_hook_that_clips_works_on_the_sum() -> None:
    x = leaf(1.0)
    x.register_hook(lambda g: g.clip(-1, 1))
    (x * 2 + x * 3).backward()
    np.testing.assert_array_equal(x.grad, [1.0])


def test_what_a_hook_returns_is_not_shared_with_the_leaf() -> None:
    x, mine = leaf(1.0), np.array([4.0])
    x.register_hook(lambda g: mine)
    (x * 2).backward()
    x.grad.data += 1
    np.testing.assert_array_equal(mine, [4.0])


def test_hooks_can_be_removed() -> None:
    x = leaf(1.0)
    handle = x.register_hook(lambda g: g * 100)
    (x * 2).backward()
    handle.remove()
    handle.remove()  # once more does nothing
    (x * 2).backward()
    np.testing.assert_array_equal(x.grad, [202.0])
    with x.register_hook(lambda g: g * 0):
        (x * 2).backward()
    (x * 2).backward()
    np.testing.assert_array_equal(x.grad, [204.0])


def test_the_same_hook_may_stand_twice() -> None:
    x = leaf(1.0)

    def double(g: tn.Tensor) -> tn.Tensor:
        return g * 2

    first = x.register_hook(double)
    x.register_hook(double)
    (x * 1).backward()
    np.testing.assert_array_equal(x.grad, [4.0])
    first.remove()
    (x * 1).backward()
    np.testing.assert_array_equal(x.grad, [6.0])


def test_a_hook_that_returns_another_shape_is_refused() -> None:
    x = leaf(1.0, 2.0)
    x.register_hook(lambda g: g.sum())
    with pytest.raises(ShapeError, match=r"hook: returned \(\) for a gradient of shape \(2,\)"):
        (x * 2).sum().backward()


def test_a_hook_on_a_constant_is_refused() -> None:
    with pytest.raises(GraphError, match="needs no gradient"):
        tn.ones(1).register_hook(lambda g: None)


def test_retain_grad_keeps_the_gradient_of_an_intermediate_tensor() -> None:
    x = leaf(1.0, 2.0)
    y = x * 3
    y.retain_grad()
    (y * y).sum().backward(retain_graph=True)
    np.testing.assert_array_equal(y.grad, [6.0, 12.0])
    (y * 2).sum().backward()
    np.testing.assert_array_equal(y.grad, [8.0, 14.0])


def test_no_grad_records_nothing_and_nests() -> None:
    x = leaf(1.0)
    with tn.no_grad():
        assert not (x * 2).requires_grad
        with tn.enable_grad():
            assert (x * 2).requires_grad
        assert not tn.is_grad_enabled()
    assert tn.is_grad_enabled()
    assert (x * 2).requires_grad


def test_no_grad_is_a_decorator_and_survives_exceptions() -> None:
    @tn.no_grad()
    def predict(x: tn.Tensor) -> tn.Tensor:
        if x.shape == (2,):
            raise ValueError("two")
        return x * 2

    assert not predict(leaf(1.0)).requires_grad
    with pytest.raises(ValueError, match="two"):
        predict(leaf(1.0, 2.0))
    assert tn.is_grad_enabled()


def test_a_decorated_function_may_run_in_two_threads_at_once() -> None:
    """They enter and leave in the same order: one object for both would mix up what each has to restore."""
    inside, outside = threading.Barrier(2, timeout=30), threading.Event()
    failed: list[BaseException] = []

    @tn.no_grad()
    def predict(first: bool) -> None:
        inside.wait()
        if not first:
            outside.wait(30)
        assert not tn.is_grad_enabled()

    def work(first: bool) -> None:
        try:
            predict(first)
            assert tn.is_grad_enabled()
        except BaseException as error:
            failed.append(error)
        outside.set()

    threads = [threading.Thread(target=work, args=(first,)) for first in (True, False)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed


def test_one_no_grad_object_may_be_entered_again() -> None:
    mode = tn.no_grad()
    with mode, mode:
        assert not tn.is_grad_enabled()
    assert tn.is_grad_enabled()


def test_backward_runs_inside_no_grad() -> None:
    x = leaf(3.0)
    y = x * x
    with tn.no_grad():
        y.backward()
    np.testing.assert_array_equal(x.grad, [6.0])
