"""Letters C and D as pictures, at any shift, size and stroke width: C ends twice, D has two corners.

A letter is a line, drawn by the distance of each pixel to it. The C is an arc with an opening to the right;
the D a straight back, from whose two corners the bow begins.

Legend: p points of ink in a box of height 1 around the origin, x to the right and y down; side of the image.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynn.data.dataset import Dataset
from tinynn.data.shuffle import check_counts, generator, permutation
from tinynn.errors import ArgumentError

Array = NDArray[Any]
Range = float | tuple[float, float]

LETTERS = ("C", "D")
WIDTH = 0.84  # of a letter whose height is 1
POINTS = 400  # of ink: of letters up to 100 pixels, closer together than half a pixel


def draw_letter(
    letter: str,
    *,
    side: int = 32,
    size: float = 16.0,
    stroke: float = 2.0,
    shift: tuple[float, float] = (0.0, 0.0),
    opening: float = 45.0,
    wide: float = 1.0,
    slant: float = 0.0,
) -> NDArray[np.uint8]:
    """Draw one letter, bright on black.

    Parameters
    ----------
    letter : "C" or "D"
    side : int
        Height and width of the image, in pixels.
    size : float
        Height of the letter.
    stroke : float
        Width of the line.
    shift : (down, right)
        Pixels from the middle of the image; whole ones move the very same pixels.
    opening : float
        Degrees from the middle of C's opening to each of its ends, 15 to 80.
    wide : float
        Stretches the width, 0.5 to 2.
    slant : float
        How far the top leans to the right, in heights; -0.5 to 0.5.

    Returns
    -------
    uint8 (side, side)

    Raises
    ------
    ArgumentError
        There is no such letter, or it would not fit into the image.

    Examples
    --------
    >>> draw_letter("D", side=10, size=6, stroke=1)[2:8, 2:8].max(axis=0).tolist()
    [250, 127, 127, 146, 238, 251]
    """
    check_counts("draw_letter", side=side)
    for name, value, low, high in (
        ("size", size, 3, side), ("stroke", stroke, 0.5, size / 3), ("opening", opening, 15, 80),
        ("wide", wide, 0.5, 2), ("slant", slant, -0.5, 0.5),
    ):  # fmt: skip
        if not low <= value <= high:
            raise ArgumentError(f"draw_letter: got {name} = {value}; needed {low:g} to {high:g}")
    if np.shape(shift) != (2,) or not np.isfinite(shift).all():
        raise ArgumentError(f"draw_letter: got shift = {shift}; needed (down, right), two finite numbers")
    line = skeleton(letter, opening) * (wide, 1.0)
    line = size * np.stack([line[:, 0] - slant * line[:, 1], line[:, 1]], 1)
    middle = (side - 1) / 2 + np.array([shift[1], shift[0]], np.float64)
    reach = np.abs(line + middle - (side - 1) / 2).max() + stroke / 2
    if not reach <= side / 2:
        raise ArgumentError(
            f"draw_letter: {letter} of size {size:g} and shift {tuple(shift)} reaches {reach:.1f} pixels "
            f"from the middle; needed at most {side / 2:g}; try a smaller size or shift"
        )
    # Where it stands in whole pixels is added last: a shifted letter has the same distances, bit for bit.
    whole = np.floor(middle)
    x, y = (np.arange(side) - whole[axis] for axis in (0, 1))
    line = line + (middle - whole)
    square = (x[:, None] - line[:, 0]) ** 2, (y[:, None] - line[:, 1]) ** 2
    distance = np.sqrt((square[1][:, None] + square[0][None]).min(-1))
    ink: NDArray[np.uint8] = np.rint(255 * np.clip(stroke / 2 + 0.5 - distance, 0, 1)).astype(np.uint8)
    return ink


def skeleton(letter: str, opening: float = 45.0) -> Array:
    """The line of a letter, (p, 2)."""
    if letter == "C":
        angle = np.radians(np.linspace(opening, 360 - opening, POINTS))
        return np.stack([WIDTH / 2 * np.cos(angle), np.sin(angle) / 2], 1)
    if letter == "D":
        left, bow = -WIDTH / 2, 0.0  # the bow is half an ellipse right of x = 0
        back = np.linspace((left, -0.5), (left, 0.5), POINTS // 3)
        bars = [np.linspace((left, y), (bow, y), POINTS // 6) for y in (-0.5, 0.5)]
        angle = np.linspace(-np.pi / 2, np.pi / 2, POINTS // 3)
        return np.concatenate([back, *bars, np.stack([WIDTH / 2 * np.cos(angle), np.sin(angle) / 2], 1)])
    raise ArgumentError(f"draw_letter: got {letter!r}; needed one of {', '.join(LETTERS)}")


def letters(
    n: int = 200,
    *,
    side: int = 32,
    size: Range = 16.0,
    stroke: Range = 2.0,
    shift: int = 0,
    vary: bool = False,
    seed: int = 0,
) -> Dataset:
    """Generate `n` letters, as many C as D, in random order.

    Parameters
    ----------
    n : int
    side : int
    size, stroke : float, or (low, high) to draw from
    shift : int
        Each letter is moved by up to so many whole pixels up or down and left or right.
    vary : bool
        Draw the opening, the width and the slant too.
    seed : int

    Returns
    -------
    Dataset
        uint8 images (n, 1, side, side) of the classes C and D; marked synthetic.

    Raises
    ------
    ArgumentError

    Examples
    --------
    >>> letters(6, side=24, size=(10, 14), shift=3)
    Dataset('generated letters': 6 x (1, 24, 24) uint8, 2 classes, synthetic)
    """
    check_counts("letters", n=n)
    if isinstance(shift, bool) or not isinstance(shift, int | np.integer) or shift < 0:
        raise ArgumentError(f"letters: got shift = {shift!r}; needed an integer from 0 up")
    random, labels = generator(seed), permutation(int(n), seed=seed) % 2
    images = np.empty((n, 1, side, side), np.uint8)
    for image, label in zip(images[:, 0], labels, strict=True):
        variant = {"opening": random.uniform(35, 55), "wide": random.uniform(0.85, 1.15),
                   "slant": random.uniform(-0.12, 0.12)}  # fmt: skip
        image[...] = draw_letter(
            LETTERS[label],
            side=side,
            size=_drawn("size", size, random),
            stroke=_drawn("stroke", stroke, random),
            shift=tuple(random.integers(-shift, shift + 1, 2).tolist()),
            **(variant if vary else {}),
        )
    return Dataset(images, labels, classes=LETTERS, name="generated letters", synthetic=True)


def _drawn(name: str, given: Range, random: np.random.Generator) -> float:
    low, high = given if isinstance(given, tuple) else (given, given)
    if not low <= high:
        raise ArgumentError(f"letters: got {name} = {given}; needed a number, or (low, high)")
    return float(random.uniform(low, high))
