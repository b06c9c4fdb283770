"""Creation: shapes, dtypes, and random numbers that a seed repeats."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn.errors import ArgumentError, DtypeError
from tinynn.random import Generator, default_generator, initial_seed


@pytest.mark.parametrize(
    ("ours", "wanted"),
    [
        (lambda: tn.zeros(2, 3), np.zeros((2, 3), "f")),
        (lambda: tn.ones((2, 3), dtype="float64"), np.ones((2, 3))),
        (lambda: tn.zeros(()), np.zeros((), "f")),
        (lambda: tn.zeros(0, 3), np.zeros((0, 3), "f")),
        (lambda: tn.full((2,), 7.5), np.full(2, 7.5, "f")),
        (lambda: tn.zeros_like(tn.ones(2, dtype="float64")), np.zeros(2)),
        (lambda: tn.ones_like(np.zeros((2, 2))), np.ones((2, 2))),
        (lambda: tn.full_like(tn.ones(2), 3, dtype="float64"), np.full(2, 3.0)),
        (lambda: tn.arange(3), np.arange(3)),
        (lambda: tn.arange(1, 2, 0.25), np.arange(1, 2, 0.25, dtype="f")),
        (lambda: tn.arange(5, 0, -2), np.arange(5, 0, -2)),
        (lambda: tn.linspace(-1, 1, 5), np.linspace(-1, 1, 5, dtype="f")),
        (lambda: tn.eye(2, 3), np.eye(2, 3, dtype="f")),
    ],
)
def test_values(ours: Any, wanted: Any) -> None:
    t = ours()
    assert (t.shape, t.dtype) == (wanted.shape, wanted.dtype)
    np.testing.assert_array_equal(t, wanted)


def test_leaves_that_learn() -> None:
    for make in (tn.zeros, tn.ones, tn.rand, tn.randn):
        assert make(2, requires_grad=True).requires_grad
    assert tn.tensor([1.0], requires_grad=True).is_leaf
    assert tn.zeros_like(np.asfortranarray(np.ones((3, 2)))).numpy().flags.c_contiguous


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_distributions(dtype: str) -> None:
    tn.manual_seed(0)
    u, n = tn.rand(200_000, dtype=dtype).numpy(), tn.randn(200_000, dtype=dtype).numpy()
    assert u.dtype == n.dtype == dtype
    assert u.min() >= 0
    assert u.max() < 1
    assert abs(u.mean() - 0.5) < 5 * np.sqrt(1 / 12 / u.size)
    assert abs(n.mean()) < 5 / np.sqrt(n.size)
    assert abs(n.std() - 1) < 5 / np.sqrt(2 * n.size)
    die = tn.randint(1, 7, (60_000,)).numpy()
    counts = np.bincount(die, minlength=8)[1:7]
    assert set(die) == set(range(1, 7))
    assert ((counts - 10_000) ** 2 / 10_000).sum() < 30  # chi-squared with 5 degrees: 1e-5


def test_permutations() -> None:
    tn.manual_seed(0)
    orders = [tuple(tn.randperm(3).tolist()) for _ in range(600)]
    assert {tuple(sorted(o)) for o in orders} == {(0, 1, 2)}
    assert len(set(orders)) == 6
    assert min(orders.count(o) for o in set(orders)) > 60
    assert tn.randperm(0).shape == (0,)
    assert tn.randperm(5).dtype == np.int64


def test_a_seed_repeats_and_a_state_continues() -> None:
    tn.manual_seed(7)
    a = tn.rand(5).numpy()
    state = default_generator.get_state()
    b = tn.randn(5).numpy()
    default_generator.set_state(state)
    np.testing.assert_array_equal(tn.randn(5).numpy(), b)
    assert initial_seed() == 7
    np.testing.assert_array_equal(tn.rand(5, generator=Generator(7)).numpy(), a)
    np.testing.assert_array_equal(tn.rand(5, generator=Generator(np.int64(7))).numpy(), a)
    assert repr(Generator(7)) == "Generator(seed=7, offset=0)"


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: tn.zeros(-1), ArgumentError),
        (lambda: tn.ones(2.5), ArgumentError),
        (lambda: tn.rand("a"), ArgumentError),
        (lambda: tn.randint(3, 3, 2), ArgumentError),
        (lambda: tn.arange(0, 1, 0), ArgumentError),
        (lambda: tn.randn(2, dtype="int64"), DtypeError),
        (lambda: tn.manual_seed(-1), ArgumentError),
        (lambda: tn.manual_seed(1.5), ArgumentError),  # type: ignore[arg-type]
        (lambda: tn.manual_seed(2**64), ArgumentError),
        (lambda: tn.manual_seed(True), ArgumentError),
        (lambda: Generator(0).set_state((0, -1)), ArgumentError),
        (lambda: Generator(0).set_state((0.5, 1)), ArgumentError),  # type: ignore[arg-type]
    ],
)
def test_errors(call: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        call()
