"""Generated digits: 28 x 28 grey images of the strokes that a hand would make.

A glyph is a few strokes, a stroke a smooth curve through a few control points, so a whole class of
handwriting is one matrix product: points = basis @ controls. Every digit draws its own controls, slant,
size, place, thickness and a smooth bending of the paper, and is then rendered by the distance of each
pixel to the nearest point of ink.

Legend: m digits of one glyph, k control points, p points of ink, s side of the image in pixels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynn.data.dataset import Dataset
from tinynn.data.shuffle import check_counts, generator, permutation

Array = NDArray[Any]

SIDE = 28
BOX = 20.0  # MNIST's digits fill a box of 20 pixels
INK = 112  # points per digit: closer together than half a pixel
DIGITS = tuple("0123456789")

# Control points in percent of the box, x to the right and y down.
GLYPHS: dict[int, list[list[str]]] = {  # digit: its ways of being written, each a list of strokes
    0: [
        ["50,4 25,20 20,50 27,82 50,96 74,80 80,50 73,18 50,4"],
        ["60,7 30,14 20,50 32,88 56,94 78,70 78,35 62,10 45,8"],
    ],
    1: [
        ["50,4 50,96"],
        ["34,26 50,4", "50,4 50,96"],
        ["34,24 50,4", "50,4 50,96", "30,96 70,96"],
    ],
    2: [
        ["22,27 34,8 58,5 76,20 70,42 46,68 20,94", "20,94 82,92"],
        ["24,20 48,4 72,20 62,52 34,86 20,84 30,74 56,90 84,90"],
    ],
    3: [
        ["22,16 46,4 70,14 68,36 42,46", "42,46 68,52 78,70 66,90 42,96 20,86"],
        ["22,6 76,6", "76,6 42,42", "42,42 68,52 78,70 66,90 42,96 20,86"],
    ],
    4: [
        ["30,6 20,52", "20,52 82,50", "66,6 60,96"],
        ["62,4 16,64", "16,64 84,64", "62,4 62,96"],
    ],
    5: [
        ["76,6 34,7", "34,7 28,46", "28,46 52,38 76,52 76,78 52,96 20,86"],
    ],
    6: [
        ["68,5 42,20 25,52 27,84 50,96 73,84 72,62 52,52 28,68"],
        ["48,4 30,30 22,66 36,94 62,94 76,74 60,56 36,62 24,76"],
    ],
    7: [
        ["20,8 80,7", "80,7 56,45 42,96"],
        ["20,8 80,7", "80,7 56,45 42,96", "34,50 72,48"],
    ],
    8: [
        ["50,47 28,30 32,10 50,4 68,10 72,30 50,47 26,68 28,88 50,96 72,88 74,68 50,47"],
        ["72,14 46,4 28,20 46,44 70,66 68,90 46,96 26,84 34,62 60,40 72,16"],
    ],
    9: [
        ["73,26 56,5 34,10 25,32 42,48 64,42 73,22", "73,22 70,60 62,96"],
        ["73,24 54,4 30,14 28,38 52,48 72,34", "73,24 74,62 60,90 30,94"],
    ],
}


def digits(n: int = 1000, *, seed: int = 0) -> Dataset:
    """Generate `n` digits, as many of each class as can be, in random order.

    Returns
    -------
    Dataset
        uint8 images (n, 1, 28, 28), bright ink on black as in MNIST; marked synthetic.

    Raises
    ------
    ArgumentError
        n is no integer from 1 up, or the seed none from 0 up.

    Examples
    --------
    >>> digits(20, seed=1)
    Dataset('generated digits': 20 x (1, 28, 28) uint8, 10 classes, synthetic)
    """
    check_counts("digits", n=n)
    random = generator(seed)
    labels = permutation(int(n), seed=seed) % 10
    images = np.empty((n, 1, SIDE, SIDE), np.uint8)
    for digit, glyphs in GLYPHS.items():
        places = np.flatnonzero(labels == digit)
        for i, glyph in enumerate(glyphs):
            mine = places[i :: len(glyphs)]
            if len(mine):
                images[mine, 0] = render(handwriting(glyph, len(mine), random), random)
    return Dataset(images, labels, classes=DIGITS, name="generated digits", synthetic=True)


def handwriting(glyph: list[str], m: int, random: np.random.Generator) -> Array:
    """Write one glyph `m` times: points of ink (m, p, 2) in pixels, no two alike."""
    basis, controls = spline(glyph)
    controls = controls - 0.5 + random.normal(0, 0.022, (m, *controls.shape))
    points = basis @ controls
    return SIDE / 2 + BOX * bend(points, random) @ affine(m, random) + random.normal(0, 1.0, (m, 1, 2))


def spline(glyph: list[str]) -> tuple[Array, Array]:
    """The basis (p, k) and the controls (k, 2) of a glyph; ink is dealt out by the strokes' lengths."""
    strokes = [np.array([p.split(",") for p in s.split()], np.float64) / 100 for s in glyph]
    lengths = np.array([np.hypot(*np.diff(s, axis=0).T).sum() for s in strokes])
    counts = np.maximum(np.diff(np.round(INK * np.cumsum([0, *lengths]) / lengths.sum())).astype(int), 2)
    basis = np.zeros((counts.sum(), sum(map(len, strokes))))
    row = column = 0
    for stroke, count in zip(strokes, counts, strict=True):
        basis[row : row + count, column : column + len(stroke)] = catmull_rom(len(stroke), count)
        row, column = row + count, column + len(stroke)
    return basis, np.concatenate(strokes)


def catmull_rom(k: int, p: int) -> Array:
    """The matrix (p, k) that draws p points of the Catmull-Rom curve through k control points.

    Between controls 1 and 2, with 0 and 3 their neighbours and u from 0 to 1:
    2 x = 2 x1 + u (x2 - x0) + u^2 (2 x0 - 5 x1 + 4 x2 - x3) + u^3 (3 x1 - x0 - 3 x2 + x3).
    The first and last control are extended in a straight line.
    """
    at = np.linspace(0, k - 1, p)
    left = np.minimum(at.astype(int), k - 2)
    u = (at - left)[:, None]
    powers = np.concatenate([np.ones_like(u), u, u**2, u**3], 1)
    weights = powers @ np.array([[0, 2, 0, 0], [-1, 0, 1, 0], [2, -5, 4, -1], [-1, 3, -3, 1]]) / 2
    extended = np.zeros((p, k + 2))
    for j in range(4):
        np.put_along_axis(extended, left[:, None] + j, weights[:, j : j + 1], 1)
    basis = extended[:, 1:-1]
    for end, inner, outside in ((0, 1, 0), (-1, -2, -1)):  # x[-1] = 2 x[0] - x[1], and so at the other end
        basis[:, end] += 2 * extended[:, outside]
        basis[:, inner] -= extended[:, outside]
    return basis


def affine(m: int, random: np.random.Generator) -> Array:
    """Random 2 x 2 maps (m, 2, 2) for row vectors: size, slant and turn."""
    turn = random.normal(0, 0.12, m)
    cos, sin = np.cos(turn), np.sin(turn)
    wide, high = random.uniform(0.75, 1.1, m), random.uniform(0.85, 1.05, m)
    slant = random.normal(-0.12, 0.18, m)  # negative: to the right, as most hands write
    scaled = np.stack([np.stack([wide, 0 * wide], -1), np.stack([slant * high, high], -1)], -2)
    turned = np.stack([np.stack([cos, sin], -1), np.stack([-sin, cos], -1)], -2)
    maps: Array = scaled @ turned
    return maps


def bend(points: Array, random: np.random.Generator) -> Array:
    """Elastic distortion: add a smooth random field, three plane waves, to points (m, p, 2)."""
    m = len(points)
    for _ in range(3):
        wave = random.normal(0, 4.0, (m, 2, 1))
        phase = random.uniform(0, 2 * np.pi, (m, 1, 1))
        points = points + np.sin(points @ wave + phase) * random.normal(0, 0.022, (m, 1, 2))
    return points


def render(points: Array, random: np.random.Generator) -> NDArray[np.uint8]:
    """Draw ink at `points` (m, p, 2): brightness falls over one pixel at the rim of the pen.

    The squared distance is a sum of a part in x and a part in y, (m, s, p) each, so the largest array is
    made by one addition.
    """
    m = len(points)
    pen = random.uniform(0.75, 1.55, (m, 1, 1))
    bright = random.uniform(215, 255, (m, 1, 1))
    images = np.empty((m, SIDE, SIDE), np.uint8)
    centres = np.arange(SIDE, dtype=np.float32) + np.float32(0.5)
    for start in range(0, m, 64):
        block = slice(start, start + 64)
        part = points[block].astype(np.float32)
        dx, dy = ((centres[:, None] - part[:, None, :, axis]) ** 2 for axis in (0, 1))
        distance = np.sqrt((dy[:, :, None, :] + dx[:, None, :, :]).min(-1))
        images[block] = np.rint(bright[block] * np.clip(pen[block] + 0.5 - distance, 0, 1))
    return images
