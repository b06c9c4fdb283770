"""Noisy sequences, in half of which a motif is hidden: the same few numbers, somewhere.

Legend: n sequences of length l, a motif of k numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinynn.data.dataset import Dataset
from tinynn.data.shuffle import check_counts, generator, permutation
from tinynn.errors import ArgumentError

Array = NDArray[Any]


def motif(k: int = 9, *, seed: int = 0) -> Array:
    """A motif of `k` random numbers with mean 0 and standard deviation 1.

    Raises
    ------
    ArgumentError
        Fewer than 2 numbers, which could not have that.

    Examples
    --------
    >>> found = motif(5, seed=1)
    >>> found.shape, round(float(found.mean()), 6), round(float(found.std()), 6)
    ((5,), 0.0, 1.0)
    """
    check_counts("motif", k=k)
    if k < 2:
        raise ArgumentError(f"motif: got k = {k}; needed at least 2")
    numbers = generator(seed).standard_normal(k)
    numbers -= numbers.mean()
    return np.asarray(numbers / numbers.std())


def motif_sequences(
    n: int = 1000,
    length: int = 64,
    *,
    motif: ArrayLike,
    noise: float = 0.5,
    seed: int = 0,
) -> tuple[Dataset, NDArray[np.int64]]:
    """Sequences of normal noise; to every second one, in random order, a motif is added at a random place.

    Parameters
    ----------
    n, length : int
    motif : (k,)
        What is hidden; see `data.motif`.
    noise : float
        Standard deviation of the noise.
    seed : int

    Returns
    -------
    Dataset
        float32 (n, 1, length), as conv1d takes them; classes "noise" and "motif"; marked synthetic.
    places : (n,) int
        Where the motif begins, -1 where there is none.

    Raises
    ------
    ArgumentError
        The motif is no sequence of finite numbers or longer than the sequences, the noise below 0.

    Examples
    --------
    >>> sequences, places = motif_sequences(4, 12, motif=[1, -1, 1], noise=0)
    >>> sequences
    Dataset('hidden motifs': 4 x (1, 12) float32, 2 classes, synthetic)
    >>> [row[0, place : place + 3].tolist() for row, place in zip(sequences.x, places) if place >= 0]
    [[1.0, -1.0, 1.0], [1.0, -1.0, 1.0]]
    """
    check_counts("motif_sequences", n=n, length=length)
    hidden = np.asarray(motif, np.float64)
    if hidden.ndim != 1 or not 1 <= len(hidden) <= length or not np.isfinite(hidden).all():
        raise ArgumentError(
            f"motif_sequences: got a motif of shape {hidden.shape}; needed 1 to {length} finite numbers"
        )
    if not 0 <= noise < np.inf:
        raise ArgumentError(f"motif_sequences: got noise = {noise}; needed a finite number from 0 up")
    random, labels = generator(seed), permutation(int(n), seed=seed) % 2
    x = noise * random.standard_normal((n, length))
    places = np.where(labels == 1, random.integers(0, length - len(hidden) + 1, n), -1)
    rows = np.flatnonzero(labels)
    x[rows[:, None], places[rows, None] + np.arange(len(hidden))] += hidden
    names, x32 = ("noise", "motif"), x[:, None].astype(np.float32)
    return Dataset(x32, labels, classes=names, name="hidden motifs", synthetic=True), places
