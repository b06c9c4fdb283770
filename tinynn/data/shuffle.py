"""Shuffling by counter: the order is a function of (seed, epoch), and of nothing that happened before.

A run resumed at epoch 7 therefore sees the very batches that the uninterrupted run saw. Here, too, is what
all that generate data share: their random numbers, and the check of their sizes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynn.errors import ArgumentError

_WORD = 2**64 - 1


def permutation(n: int, *, seed: int, epoch: int = 0) -> NDArray[np.int64]:
    """Return 0..n-1 in the order of n random words: order = argsort(philox(key=(seed, epoch))).

    The raw words are used and not `Generator.permutation`, whose algorithm NumPy may change between
    releases; the words of Philox4x64-10 (Salmon et al., SC 2011) never change.

    Examples
    --------
    >>> sorted(permutation(5, seed=1).tolist())
    [0, 1, 2, 3, 4]
    """
    words = np.random.Philox(key=np.array([seed & _WORD, epoch & _WORD], np.uint64)).random_raw(n)
    return np.argsort(words, kind="stable").astype(np.int64, copy=False)


def check_counts(who: str, **counts: Any) -> None:
    """Each is an integer from 1 up.

    Raises
    ------
    ArgumentError
    """
    for name, value in counts.items():
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
            raise ArgumentError(f"{who}: got {name} = {value!r}; needed an integer from 1 up")


def generator(seed: int) -> np.random.Generator:
    """NumPy's generator over Philox, for made data; `tinynn.random` is for training.

    Raises
    ------
    ArgumentError
        The seed is no integer from 0 up.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ArgumentError(f"seed: got {seed!r}; needed an integer from 0 up")
    return np.random.Generator(np.random.Philox(int(seed)))
