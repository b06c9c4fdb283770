"""Points of the plane with their classes: made here, or read from somebody's CSV file.

All are moved and scaled as one, so that they lie around the origin within -1..1; by how much is kept.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tinynn import data
from tinynn.errors import ArgumentError, FormatError
from tinynn.lab.settings import OWN

LARGEST, MOST_POINTS, MOST_CLASSES, LONGEST_NAME = 1_000_000, 2000, 10, 40


@dataclass(frozen=True)
class Form:
    """How a CSV file was written."""

    delimiter: str = ","
    heading: bool = False


@dataclass(frozen=True)
class Points:
    """What a net is trained on.

    Attributes
    ----------
    name : str
    x : (n, 2) float32
        (original - middle) / scale.
    y : (n,) int64
    classes : tuple of str
    middle, scale : (float, float), float
    recipe : str
        The expression that makes the original Dataset again; "" for a file.
    form : Form
        Of the file.
    """

    name: str
    x: NDArray[np.float32]
    y: NDArray[np.int64]
    classes: tuple[str, ...]
    middle: tuple[float, float]
    scale: float
    recipe: str = ""
    form: Form = Form()


def made(name: str, seed: int) -> Points:
    """One of the data sets that are generated here.

    Raises
    ------
    ArgumentError

    Examples
    --------
    >>> points = made("moons", seed=0)
    >>> points.x.shape, float(abs(points.x).max())
    ((200, 2), 1.0)
    """
    recipes: dict[str, tuple[str, Callable[[], data.Dataset]]] = {
        "spirals": ("data.spirals(100)", lambda: data.spirals(100)),
        "moons": (f"data.moons(200, seed={seed})", lambda: data.moons(200, seed=seed)),
        "circles": (f"data.circles(200, seed={seed})", lambda: data.circles(200, seed=seed)),
    }
    if name not in recipes:
        raise ArgumentError(f"lab: no data set is called {name!r}; needed one of {', '.join(recipes)}")
    recipe, make = recipes[name]
    dataset: data.Dataset = make()
    return _points(name, dataset.x, dataset.y, dataset.classes, recipe)


def _points(
    name: str, x: NDArray[np.float32], y: NDArray[np.int64], classes: tuple[str, ...], recipe: str
) -> Points:
    low, high = x.min(0).astype(np.float64), x.max(0).astype(np.float64)
    middle, scale = (low + high) / 2, float((high - low).max()) / 2
    fitted = ((x - middle) / scale).astype(np.float32)
    return Points(name, fitted, y, classes, (float(middle[0]), float(middle[1])), scale, recipe)


def read_csv(raw: bytes, name: str = "the file") -> Points:
    """Points of a CSV file: a line each, x, y and the class, which may be any word; a heading is passed over.

    Parameters
    ----------
    raw : bytes
        UTF-8, with commas, semicolons or tabs between the columns.
    name : str
        What the file is called in messages.

    Raises
    ------
    FormatError
        Says which line and what is wrong with it; nothing in the file is ever executed.

    Examples
    --------
    >>> read_csv(b"x,y,class\\n0,0,cat\\n2,1,dog\\n").classes
    ('cat', 'dog')
    """
    if len(raw) > LARGEST:
        raise FormatError(f"{name}: {len(raw):,} bytes; needed at most {LARGEST:,}")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FormatError(f"{name}: is not text in UTF-8; needed lines of x, y, class") from None
    first = text.lstrip().split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    x: list[tuple[float, float]] = []
    labels: list[str] = []
    heading = False
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True), 1):
            if not any(cell.strip() for cell in row):
                continue
            point = _read(row, f"{name}, line {number}", may_be_heading=not x and not heading)
            if point is None:
                heading = True
            else:
                x.append(point[:2])
                labels.append(point[2])
            if len(x) > MOST_POINTS:
                raise FormatError(f"{name}: holds more than {MOST_POINTS:,} points; needed at most so many")
    except csv.Error as error:
        raise FormatError(f"{name}: {error}; needed lines of x, y, class") from None
    points = _checked(name, np.array(x, np.float32).reshape(-1, 2), labels)
    return replace(points, form=Form(delimiter, heading))


def _read(row: list[str], where: str, may_be_heading: bool) -> tuple[float, float, str] | None:
    """One point; None for a heading."""
    if len(row) != 3:
        raise FormatError(f"{where}: {len(row)} column{'s' * (len(row) != 1)}; needed three: x, y, class")
    try:
        x, y = float(row[0]), float(row[1])
    except ValueError:
        if may_be_heading:
            return None
        raise FormatError(
            f"{where}: x and y are {_shown(row[0])} and {_shown(row[1])}; needed numbers"
        ) from None
    label = row[2].strip()
    if not (math.isfinite(x) and math.isfinite(y) and max(abs(x), abs(y)) < 1e30):
        raise FormatError(
            f"{where}: x and y are {_shown(row[0])} and {_shown(row[1])}; needed finite numbers"
        )
    if not label or len(label) > LONGEST_NAME:
        raise FormatError(f"{where}: the class is {_shown(label)}; needed 1 to {LONGEST_NAME} letters")
    return x, y, label


def _shown(cell: str) -> str:
    return repr(cell if len(cell) <= 20 else cell[:20] + "...")


def _checked(name: str, x: NDArray[np.float32], labels: list[str]) -> Points:
    classes = sorted(set(labels), key=_in_order)
    if not 2 <= len(classes) <= MOST_CLASSES:
        found = f"{len(classes)} class{'es' * (len(classes) != 1)} in {len(x)} points"
        raise FormatError(f"{name}: {found}; needed 2 to {MOST_CLASSES} classes")
    if float((x.max(0) - x.min(0)).max()) == 0.0:
        raise FormatError(f"{name}: all points are in one place; needed some that differ")
    y = np.array([classes.index(label) for label in labels], np.int64)
    return _points(OWN, x, y, tuple(classes), "")


def _in_order(label: str) -> tuple[bool, float, str]:
    """Numbers by their size before words by their letters."""
    try:
        return False, float(label), label
    except ValueError:
        return True, 0.0, label
