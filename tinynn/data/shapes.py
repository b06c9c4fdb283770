"""Generated colour images of CIFAR-10's shape: ten kinds of figure, 3 x 32 x 32, uint8.

A figure is a formula over the plane that is negative inside and positive outside, roughly a distance;
so drawing is: place the plane, evaluate the formula for all pixels at once, and let the colour change
from ink to ground where the sign does. Each kind prefers a hue but does not own one, so that a linear
classifier learns something, and one that sees form learns more.

Legend: m images of one kind, s side of the image in pixels; x and y are (m, s, s).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynn.data.dataset import Dataset
from tinynn.data.shuffle import check_counts, generator, permutation

Array = NDArray[Any]
SIDE = 32


def _flower(x: Array, y: Array) -> Array:
    reach: Array = 0.62 + 0.3 * np.cos(5 * np.arctan2(y, x))
    return np.hypot(x, y) - reach


def _dots(x: Array, y: Array) -> Array:
    return np.hypot((x * 1.5 + 0.5) % 1 - 0.5, (y * 1.5 + 0.5) % 1 - 0.5) / 1.5 - 0.17


FIGURES: dict[str, Callable[[Array, Array], Array]] = {
    "disc": lambda x, y: np.hypot(x, y) - 0.75,
    "square": lambda x, y: np.maximum(abs(x), abs(y)) - 0.68,
    "triangle": lambda x, y: np.maximum(y - 0.5, 0.866 * abs(x) - 0.5 * y - 0.45),
    "ring": lambda x, y: abs(np.hypot(x, y) - 0.66) - 0.17,
    "cross": lambda x, y: np.maximum(np.minimum(abs(x), abs(y)) - 0.2, np.maximum(abs(x), abs(y)) - 0.85),
    "flower": _flower,
    "crescent": lambda x, y: np.maximum(np.hypot(x, y) - 0.8, 0.62 - np.hypot(x - 0.4, y)),
    "stripes": lambda x, y: np.sin(6 * x) / 6,
    "checks": lambda x, y: np.sin(4.5 * x) * np.sin(4.5 * y) / 4.5,
    "dots": _dots,
}


def shapes(n: int = 1000, *, seed: int = 0) -> Dataset:
    """Generate `n` colour images, as many of each kind as can be, in random order.

    Returns
    -------
    Dataset
        uint8 images (n, 3, 32, 32) of ten classes; marked synthetic.

    Raises
    ------
    ArgumentError
        n is no integer from 1 up, or the seed none from 0 up.

    Examples
    --------
    >>> shapes(20, seed=1)
    Dataset('generated shapes': 20 x (3, 32, 32) uint8, 10 classes, synthetic)
    """
    check_counts("shapes", n=n)
    random = generator(seed)
    labels = permutation(int(n), seed=seed) % len(FIGURES)
    images = np.empty((n, 3, SIDE, SIDE), np.uint8)
    for kind, figure in enumerate(FIGURES.values()):
        mine = np.flatnonzero(labels == kind)
        for block in np.array_split(mine, len(mine) // 256 + 1):
            images[block] = draw(figure, kind / len(FIGURES), len(block), random)
    return Dataset(images, labels, classes=tuple(FIGURES), name="generated shapes", synthetic=True)


def draw(figure: Callable[[Array, Array], Array], hue: float, m: int, random: np.random.Generator) -> Array:
    """Draw `m` images (m, 3, s, s) of one figure whose ink has about this hue."""
    x, y = plane(m, random)
    inside = np.clip(0.5 - figure(x, y) * 6, 0, 1)[:, None]
    ink = colour(hue + random.normal(0, 0.13, m), random.uniform(0.45, 1, m), random.uniform(0.55, 1, m))
    ground = colour(random.uniform(0, 1, m), random.uniform(0, 0.6, m), random.uniform(0.1, 0.85, m))
    light = (
        1
        + random.normal(0, 0.18, (m, 1, 1, 1)) * x[:, None]
        + random.normal(0, 0.18, (m, 1, 1, 1)) * y[:, None]
    )
    image = (inside * ink + (1 - inside) * (ground + clouds(m, random))) * light
    image += random.normal(0, 0.03, image.shape)
    pixels: Array = np.rint(255 * np.clip(image, 0, 1)).astype(np.uint8)
    return pixels


def plane(m: int, random: np.random.Generator) -> tuple[Array, Array]:
    """The coordinates of the pixels after a random turn, size and shift, and a little bending."""
    y, x = np.meshgrid(*2 * [np.linspace(-1.4, 1.4, SIDE)], indexing="ij")
    turn, size = random.normal(0, 0.35, (m, 1, 1)), random.uniform(0.65, 1.15, (m, 1, 1))
    x, y = (axis - random.normal(0, 0.15, (m, 1, 1)) for axis in (x, y))
    x, y = (np.cos(turn) * x + np.sin(turn) * y) / size, (np.cos(turn) * y - np.sin(turn) * x) / size
    for _ in range(2):
        wave = random.normal(0, 2, (2, m, 1, 1))
        swing = np.sin(wave[0] * x + wave[1] * y + random.uniform(0, 2 * np.pi, (m, 1, 1)))
        x = x + random.normal(0, 0.05, (m, 1, 1)) * swing
        y = y + random.normal(0, 0.05, (m, 1, 1)) * swing
    return x, y


def colour(hue: Array, saturation: Array, value: Array) -> Array:
    """Hue (a full turn is 1), saturation and value to red, green and blue (m, 3, 1, 1), all from 0 to 1.

    Source: A. R. Smith, "Color gamut transform pairs", SIGGRAPH 1978, in its closed form.
    """
    k = (np.array([5.0, 3.0, 1.0]) + 6 * hue[:, None]) % 6
    rgb = value[:, None] * (1 - saturation[:, None] * np.clip(np.minimum(k, 4 - k), 0, 1))
    return np.asarray(rgb)[:, :, None, None]


def clouds(m: int, random: np.random.Generator) -> Array:
    """A soft texture (m, 3, s, s) around 0: a grid of 5 x 5 random colours, blended in between."""
    at = np.linspace(0, 4, SIDE)
    blend = np.maximum(0, 1 - abs(at[:, None] - np.arange(5)))  # (s, 5), linear interpolation as a matrix
    return blend @ random.normal(0, 0.09, (m, 3, 5, 5)) @ blend.T
