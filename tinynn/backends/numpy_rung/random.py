"""Random numbers by counting: Philox4x32-10.

A block of four random words is a function of a key (the seed) and of the number of the block, with no
hidden state. So any element can be drawn alone and in any order, and gives the same bits on every rung,
with any number of threads, in eager and in compiled steps.

Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3 (SC 2011).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ._place import Array

__all__ = ["dropout", "philox_normal", "philox_uniform"]

Words = NDArray[np.uint64]  # 32-bit words, each in a 64-bit element so that a product of two fits
MASK = np.uint64(0xFFFFFFFF)
SHIFT = np.uint64(32)
MULTIPLIERS = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)  # the paper's constants for four 32-bit words
WEYL = 0x9E3779B9, 0xBB67AE85  # golden ratio and sqrt(3) - 1: the key moves on by these each round


def philox(counter: tuple[Words, Words, Words, Words], key: tuple[int, int]) -> Words:
    """Scramble counters by ten rounds of multiply, take both halves, xor and swap.

    Parameters
    ----------
    counter : four arrays (n,) of words, the low word first
    key : two words, the low word first

    Returns
    -------
    words : array (n, 4) of words
    """
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        product0, product2 = c0 * MULTIPLIERS[0], c2 * MULTIPLIERS[1]
        c0, c1, c2, c3 = (
            (product2 >> SHIFT) ^ c1 ^ np.uint64(k0),
            product2 & MASK,
            (product0 >> SHIFT) ^ c3 ^ np.uint64(k1),
            product0 & MASK,
        )
        k0, k1 = (k0 + WEYL[0]) % 2**32, (k1 + WEYL[1]) % 2**32
    return np.stack([c0, c1, c2, c3], axis=-1)


def _words(count: int, seed: int, offset: int) -> Words:
    """The first `count` words of the blocks offset, offset + 1, ..."""
    block = np.arange(math.ceil(count / 4), dtype=np.uint64) + np.uint64(offset)
    zero = np.zeros_like(block)
    words = philox((block & MASK, block >> SHIFT, zero, zero), (seed % 2**32, seed >> 32))
    return words.reshape(-1)[:count]


def _uniform(count: int, seed: int, offset: int, dtype: np.dtype[np.floating]) -> Array:
    """`count` numbers in [0, 1): every bit of the mantissa from the generator, and exactly representable."""
    if dtype == np.float32:
        return (_words(count, seed, offset) >> np.uint64(8)).astype(dtype) * dtype.type(2**-24)
    first, second = _words(2 * count, seed, offset).reshape(count, 2).T
    return ((first << SHIFT | second) >> np.uint64(11)).astype(dtype) * dtype.type(2**-53)


def philox_uniform(
    shape: int | tuple[int, ...],
    *,
    seed: int,
    offset: int,
    low: float = 0.0,
    high: float = 1.0,
    dtype: DTypeLike = "float32",
) -> Array:
    """Draw from the uniform distribution in [low, high): y = low + (high - low) u, u in [0, 1).

    Where rounding would reach `high`, y is the number before it.

    Parameters
    ----------
    shape : of the result
    seed : the key, 0..2^64-1
    offset : number of the first block, 0..2^64-1; a float32 takes a quarter of a block, a float64 a half
    low, high : the interval
    dtype : float32 (24 random bits) or float64 (53)

    Returns
    -------
    y : array of `shape` and `dtype`
    """
    y = np.empty(shape, dtype)
    u = _uniform(y.size, seed, offset, y.dtype).reshape(y.shape)
    low, high = y.dtype.type(low), y.dtype.type(high)
    y[...] = low + (high - low) * u
    return np.minimum(y, np.nextafter(high, low)) if low < high else y


def philox_normal(
    shape: int | tuple[int, ...],
    *,
    seed: int,
    offset: int,
    mean: float = 0.0,
    std: float = 1.0,
    dtype: DTypeLike = "float32",
) -> Array:
    """Draw from the normal distribution, by Box and Muller (1958).

    Two uniforms u, v make two independent normals, r cos(2 pi v) and r sin(2 pi v), r = sqrt(-2 log(1 - u)).

    Parameters
    ----------
    shape : of the result
    seed, offset : as for `philox_uniform`, and as many blocks
    mean, std : of the distribution
    dtype : float32 or float64

    Returns
    -------
    y : array of `shape` and `dtype`
    """
    y = np.empty(shape, dtype)
    pairs = math.ceil(y.size / 2)
    u, v = _uniform(2 * pairs, seed, offset, y.dtype).reshape(pairs, 2).T
    r = np.sqrt(-2 * np.log(1 - u))  # u < 1: never log 0
    angle = 2 * np.pi * v
    normal = np.stack([r * np.cos(angle), r * np.sin(angle)], axis=1).reshape(-1)[: y.size]
    y[...] = mean + std * normal.reshape(y.shape)
    return y


def dropout(x: Array, *, p: float, seed: int, offset: int) -> Array:
    """Drop each element with probability p and scale the rest: y = x / (1 - p) where kept, else 0.

    The mean of y is x. The same seed and offset drop the same elements: it is its own backward pass.

    Parameters
    ----------
    x : array of any shape
    p : float in 0..1
    seed, offset : as for `philox_uniform` in float32, whatever the dtype of x

    Returns
    -------
    y : array of the shape of x
    """
    u = philox_uniform(x.shape, seed=seed, offset=offset).astype(x.dtype)
    p = x.dtype.type(p)
    return np.where(u >= p, x / (1 - p), 0)
