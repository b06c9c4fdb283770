"""The oracle of Philox: the published answers, the order of the words, the distributions, dropout."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from tinynn.backends import numpy_rung
from tinynn.backends.numpy_rung.random import philox

K = numpy_rung.KERNELS
KNOWN = [  # Random123's kat_vectors, "philox4x32 10": counter, key, answer
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
def test_known_answers(counter: str, key: str, answer: str) -> None:
    words = [np.array([int(w, 16)], np.uint64) for w in counter.split()]
    k0, k1 = (int(w, 16) for w in key.split())
    got = philox((words[0], words[1], words[2], words[3]), (k0, k1))
    assert " ".join(f"{w:08x}" for w in got[0]) == answer


def words(n: int, seed: int, block: int) -> Any:
    """n words, one block at a time and without NumPy's vectors: key and counter low word first."""
    found: list[int] = []
    while len(found) < n:
        c = [np.array([w], np.uint64) for w in (block % 2**32, block >> 32, 0, 0)]
        found += [int(w) for w in philox((c[0], c[1], c[2], c[3]), (seed % 2**32, seed >> 32))[0]]
        block = (block + 1) % 2**64
    return found[:n]


@pytest.mark.parametrize(("seed", "offset"), [(0, 0), (7, 3), (2**63 + 5, 2**32 - 1), (2**64 - 1, 2**64 - 2)])
@pytest.mark.parametrize("n", [0, 1, 3, 4, 5, 17])
def test_uniform_is_made_of_these_words(n: int, seed: int, offset: int) -> None:
    single = K["philox_uniform"](n, seed=seed, offset=offset)
    assert single.tolist() == [(w >> 8) / 2**24 for w in words(n, seed, offset)]
    double = K["philox_uniform"](n, seed=seed, offset=offset, dtype="float64")
    pairs = np.array(words(2 * n, seed, offset), object).reshape(n, 2)
    assert double.tolist() == [(int(a << 32 | b) >> 11) / 2**53 for a, b in pairs]


def test_a_block_gives_four_floats_or_two_doubles() -> None:
    for dtype, per_block in (("float32", 4), ("float64", 2)):
        long = K["philox_uniform"](40, seed=1, offset=10, dtype=dtype)
        np.testing.assert_array_equal(
            long[per_block:], K["philox_uniform"](40, seed=1, offset=11, dtype=dtype)[:-per_block]
        )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_distributions(dtype: str) -> None:
    u = K["philox_uniform"]((300, 100), seed=5, offset=0, low=-1.0, high=3.0, dtype=dtype)
    assert u.shape == (300, 100)
    assert u.dtype == dtype
    assert -1 <= u.min() < -0.99
    assert 2.99 < u.max() < 3
    assert stats.kstest((u.ravel() + 1) / 4, "uniform").pvalue > 0.01
    z = K["philox_normal"]((300, 101), seed=5, offset=0, mean=2.0, std=3.0, dtype=dtype)
    assert z.dtype == dtype
    assert stats.kstest((z.ravel() - 2) / 3, "norm").pvalue > 0.01
    assert abs(np.corrcoef(z.ravel()[:-1:2], z.ravel()[1::2])[0, 1]) < 0.02


def test_normal_of_an_odd_number_is_the_beginning_of_the_even_one() -> None:
    even, odd = (K["philox_normal"](n, seed=9, offset=4) for n in (8, 7))
    np.testing.assert_array_equal(even[:7], odd)
    u, v = K["philox_uniform"](8, seed=9, offset=4).astype("float64").reshape(4, 2).T
    np.testing.assert_allclose(
        even[1::2], np.sqrt(-2 * np.log1p(-u)) * np.sin(2 * np.pi * v), rtol=1e-4, atol=1e-6
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("p", [0.0, 0.25, 0.5])
def test_dropout_keeps_by_the_float_uniforms_and_scales(p: float, dtype: str) -> None:
    x = np.full((40, 50), 3, dtype)
    y = K["dropout"](x, p=p, seed=3, offset=8)
    kept = K["philox_uniform"]((40, 50), seed=3, offset=8) >= p
    np.testing.assert_allclose(y, np.where(kept, 3 / (1 - p), 0), rtol=1e-6)
    assert np.mean(kept) == pytest.approx(1 - p, abs=0.05)
    assert y.dtype == dtype


def test_dropout_of_everything() -> None:
    assert (K["dropout"](np.array([1.0, np.inf]), p=1.0, seed=0, offset=0) == 0).all()
