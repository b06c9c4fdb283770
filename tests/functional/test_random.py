"""Dropout and noise: the statistics, the way back, and the same numbers from the same counter."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import functional as F
from tinynn.errors import ArgumentError, DtypeError
from tinynn.functional.random import normal, uniform
from tinynn.random import Generator, default_generator, set_apart


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dropout_drops_a_share_and_keeps_the_mean(dtype: str) -> None:
    tn.manual_seed(0)
    x = np.ones((400, 500), dtype)
    y = F.dropout(x, 0.3)
    assert y.dtype == dtype
    assert set(np.unique(y)) == {0, x.dtype.type(1) / (x.dtype.type(1) - x.dtype.type(0.3))}
    share = (y == 0).mean()
    assert abs(share - 0.3) < 5 * np.sqrt(0.3 * 0.7 / x.size)
    assert abs(y.mean() - 1) < 0.01


def test_backward_drops_the_same_numbers() -> None:
    x = tn.ones(1000, requires_grad=True)
    y = F.dropout(x, 0.5)
    y.backward(np.full(1000, 3.0))
    np.testing.assert_array_equal(x.grad, 3 * y.data)


def test_each_call_draws_anew_and_a_seed_repeats() -> None:
    x = np.ones(100)
    tn.manual_seed(1)
    a, b = F.dropout(x), F.dropout(x)
    assert (a != b).any()
    tn.manual_seed(1)
    np.testing.assert_array_equal(F.dropout(x), a)
    np.testing.assert_array_equal(F.dropout(x), b)


def test_a_generator_of_ones_own() -> None:
    x, state = np.ones(100), default_generator.get_state()
    a = F.dropout(x, generator=Generator(5))
    np.testing.assert_array_equal(a, F.dropout(x, generator=Generator(5)))
    assert default_generator.get_state() == state


def test_in_evaluation_nothing_happens() -> None:
    state = default_generator.get_state()
    x = tn.ones(4, requires_grad=True)
    for y in (F.dropout(x, training=False), F.dropout(x, 0.0), F.gaussian_noise(x, training=False)):
        np.testing.assert_array_equal(y, x.data)
        assert y.requires_grad
    assert default_generator.get_state() == state


def test_dropping_everything() -> None:
    x = tn.ones(4, requires_grad=True)
    y = F.dropout(x, 1.0)
    y.backward(np.ones(4))
    np.testing.assert_array_equal(y, np.zeros(4))
    np.testing.assert_array_equal(x.grad, np.zeros(4))
    assert F.dropout(np.zeros((0, 3))).shape == (0, 3)


def test_noise_has_the_size_asked_for_and_lets_gradients_through() -> None:
    tn.manual_seed(0)
    x = tn.zeros(300, 400, requires_grad=True)
    y = F.gaussian_noise(x, 0.2)
    assert abs(y.data.std() - 0.2) < 0.002
    assert abs(y.data.mean()) < 0.002
    g = np.arange(120_000.0).reshape(300, 400)
    y.backward(g)
    np.testing.assert_array_equal(x.grad, g.astype("float32"))


@pytest.mark.parametrize("draw", [uniform, normal])
@pytest.mark.parametrize("n", [1, 3, 4, 5, 8])
def test_draws_do_not_overlap_and_go_on_alike_in_both_dtypes(draw: Any, n: int) -> None:
    after = []
    for dtype in ("float32", "float64"):
        g = Generator(9)
        first, second = draw((n,), dtype=dtype, generator=g), draw((n,), dtype=dtype, generator=g)
        assert not np.isin(first, second).any()
        after.append(g.get_state())
    assert after[0] == after[1]
    together = draw((2 * n,), dtype="float64", generator=Generator(9))
    if n % 2 == 0:  # float64 takes whole blocks then: no gaps either
        np.testing.assert_array_equal(np.concatenate([first, second]), together)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: F.dropout(x, 1.5), ArgumentError, "p is 1.5; needed a number in 0..1"),
        (lambda x: F.dropout(x, np.nan), ArgumentError, "p is nan"),
        (lambda x: F.dropout(x, None), ArgumentError, "p is None; needed a number"),
        (lambda x: F.gaussian_noise(x, -1.0), ArgumentError, "std is -1.0"),
        (lambda x: F.dropout(x.astype(int)), DtypeError, "dropout: x is int64"),
        (lambda x: uniform((2,), dtype="int32"), DtypeError, "dtype is int32"),
    ],
)
def test_errors(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call(np.ones(2))


def test_a_stream_set_apart_is_another_one_in_this_thread_alone() -> None:
    stream, other = Generator(7), Generator(1)
    seen: list[tuple[int, int]] = []
    with set_apart([stream]):
        stream.manual_seed(8).reserve(5)
        with set_apart([stream]):
            stream.reserve(100)
        other.reserve(3)
        thread = threading.Thread(target=lambda: seen.extend([stream.reserve(4), stream.reserve(4)]))
        thread.start()
        thread.join()
        assert (stream.seed, stream.offset) == (8, 5)
    assert seen == [(7, 0), (7, 4)]
    assert stream.get_state() == (7, 8)
    assert other.offset == 3
