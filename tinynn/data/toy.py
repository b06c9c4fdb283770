"""Points in the plane, small enough to see every one: spirals, moons, circles, blobs.

Each returns a Dataset of float32 points (n, 2) and their classes, and is a function of its arguments:
the same seed gives the same points. Parameters of moons, circles and blobs are called as in scikit-learn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinynn.data.dataset import Dataset
from tinynn.data.shuffle import check_counts, generator
from tinynn.errors import ArgumentError

Points = NDArray[np.float64]


def spirals(n_per_arm: int = 100, arms: int = 3, *, noise: float = 0.0, seed: int = 0) -> Dataset:
    """Make spiral arms that no straight line parts: t runs from 0 to 1 along each arm c, and

        x = t (cos a, sin a),    a = 2 pi / arms (c + 2 t) + noise * normal

    t is the radius and a the angle: of three arms each turns by two thirds of 2 pi, and without
    noise they meet in the origin and nowhere else.

    Parameters
    ----------
    n_per_arm : int
    arms : int
    noise : float
        Standard deviation added to the angle, in radians.
    seed : int

    Examples
    --------
    >>> spirals(4)
    Dataset('spirals': 12 x (2,) float32, 3 classes, synthetic)

    References
    ----------
    A. Canziani, NYU Deep Learning (2020), practicum "Space stretching".
    """
    check_counts("spirals", n_per_arm=n_per_arm, arms=arms)
    _amount("spirals", "noise", noise)
    t = np.tile(np.linspace(0.0, 1.0, n_per_arm), arms)
    arm = np.repeat(np.arange(arms), n_per_arm)
    angle = 2 * np.pi / arms * (arm + 2 * t) + noise * generator(seed).standard_normal(len(t))
    points = t[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)
    return _dataset(points, arm, "spirals", [f"arm {c}" for c in range(arms)])


def moons(n: int = 200, *, noise: float = 0.1, seed: int = 0) -> Dataset:
    """Make two half circles that reach into each other.

    outer = (cos a, sin a), inner = (1 - cos a, 1/2 - sin a), a from 0 to pi; normal `noise` on top.
    """
    check_counts("moons", n=n)
    _amount("moons", "noise", noise)
    outer, inner = (np.linspace(0.0, np.pi, count) for count in (n // 2, n - n // 2))
    points = np.concatenate(
        [
            np.stack([np.cos(outer), np.sin(outer)], 1),
            np.stack([1 - np.cos(inner), 0.5 - np.sin(inner)], 1),
        ]
    )
    classes = np.repeat([0, 1], [n // 2, n - n // 2])
    return _dataset(_jitter(points, noise, seed), classes, "moons", ["outer", "inner"])


def circles(n: int = 200, *, noise: float = 0.05, factor: float = 0.5, seed: int = 0) -> Dataset:
    """Make a circle of radius 1 and within it one of radius `factor`; normal `noise` on top."""
    check_counts("circles", n=n)
    _amount("circles", "noise", noise)
    if not 0 <= factor < 1:
        raise ArgumentError(f"circles: got factor = {factor}; needed 0 <= factor < 1, the inner radius")
    classes = np.repeat([0, 1], [n // 2, n - n // 2])
    around = [2 * np.pi * np.arange(count) / max(count, 1) for count in (n // 2, n - n // 2)]
    angle, radius = np.concatenate(around), np.where(classes == 0, 1.0, factor)
    points = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)
    return _dataset(_jitter(points, noise, seed), classes, "circles", ["outer", "inner"])


def blobs(
    n: int = 200,
    centers: int | ArrayLike = 3,
    *,
    std: float | Sequence[float] = 1.0,
    features: int = 2,
    box: tuple[float, float] = (-10.0, 10.0),
    seed: int = 0,
) -> Dataset:
    """Make normal clouds: class c has mean centers[c] and standard deviation std (or std[c]).

    Parameters
    ----------
    n : int
        Examples in all, dealt out evenly.
    centers : int or array (classes, features)
        How many centres to draw uniformly from `box`, or the centres themselves.
    std : float or one per class
    features : int
        Dimensions, where the centres are drawn.
    box : (low, high)
    seed : int
    """
    random = generator(seed)
    check_counts("blobs", n=n, features=features)
    if isinstance(centers, int | np.integer):
        check_counts("blobs", centers=centers)
        means = random.uniform(*box, (int(centers), features))
    else:
        means = np.asarray(centers, np.float64)
    if means.ndim != 2 or not len(means):
        raise ArgumentError(f"blobs: got centers of shape {means.shape}; needed (classes, features)")
    spread = np.asarray(std, np.float64)
    if spread.shape not in ((), (len(means),)) or not (spread >= 0).all():
        raise ArgumentError(
            f"blobs: got std = {std}; needed one number >= 0, or one for each of {len(means)} classes"
        )
    classes = np.arange(n) * len(means) // max(n, 1)
    scale = np.broadcast_to(spread, len(means))[classes, None]
    points = means[classes] + scale * random.standard_normal((n, means.shape[1]))
    return _dataset(points, classes, "blobs", [f"blob {c}" for c in range(len(means))])


def _jitter(points: Points, noise: float, seed: int) -> Points:
    return points + noise * generator(seed).standard_normal(points.shape)


def _dataset(points: Points, classes: Any, name: str, names: list[str]) -> Dataset:
    return Dataset(points.astype(np.float32), classes, classes=names, name=name, synthetic=True)


def _amount(who: str, name: str, value: float) -> None:
    if not 0 <= value < np.inf:
        raise ArgumentError(f"{who}: got {name} = {value}; needed a finite number from 0 up")
