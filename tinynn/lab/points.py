"""Points of the plane with their classes: made here, or read from somebody's CSV file.

All are moved and scaled so that they lie around the origin within -1..1; by how much is kept. Those made here
keep their shape; the two columns of a file may be of different units, so each fills -1..1 by itself.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinynn import data
from tinynn.errors import ArgumentError, FormatError
from tinynn.lab.settings import OWN

LARGEST, MOST_POINTS, MOST_CLASSES, LONGEST_NAME = 1_000_000, 2000, 10, 40
NEEDED = "needed lines of x, y, class"
FEWER = "needed at most so many; try a part of the lines"
MARKS = {";": "semicolons", "\t": "tabs", ",": "commas"}
TRY_POINT = "; try a decimal point, or a decimal comma with semicolons between the columns"


@dataclass(frozen=True)
class Form:
    """How a CSV file was written; between semicolons a number may have a decimal comma."""

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
    middle, scale : (float, float)
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
    scale: tuple[float, float]
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
    x = dataset.x.astype(np.float64)
    middle, half = _extent(x)
    return _points(name, x, dataset.y, dataset.classes, middle, np.full(2, half.max()), recipe)


def _extent(x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The middle of each column and half its width; halved first, so that nothing overflows."""
    low, high = x.min(0) / 2, x.max(0) / 2
    return low + high, high - low


def _points(
    name: str,
    x: NDArray[np.float64],
    y: NDArray[np.int64],
    classes: tuple[str, ...],
    middle: NDArray[np.float64],
    scale: NDArray[np.float64],
    recipe: str = "",
    form: Form | None = None,
) -> Points:
    """In float32 only once they are around the origin: 1,700,000,000 + i would be one number in it."""
    fitted = ((x - middle) / scale).astype(np.float32)
    middle_, scale_ = ((float(a[0]), float(a[1])) for a in (middle, scale))
    return Points(name, fitted, y, classes, middle_, scale_, recipe, form or Form())


def read_csv(raw: bytes, name: str = "the file") -> Points:
    """Points of a CSV file: a line each, x, y and the class, which may be any word; a heading is passed over.

    Parameters
    ----------
    raw : bytes
        UTF-8, with commas, semicolons or tabs between the columns; decimal commas between semicolons.
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
        raise FormatError(f"{name}: holds more than {LARGEST:,} bytes; {FEWER}")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FormatError(f"{name}: is not text in UTF-8; {NEEDED}; try saving it as CSV UTF-8") from None
    x: list[tuple[float, float]] = []
    labels: list[str] = []
    delimiter = _delimiter(text)
    form = Form(delimiter)
    rows = csv.reader(io.StringIO(text, newline=None), delimiter=delimiter, strict=True)
    try:
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            where = f"{name}, line {rows.line_num}"
            if len(row) != 3:
                raise FormatError(_miscounted(where, row, delimiter))
            if not x and not form.heading and _is_heading(row, delimiter):
                form = Form(delimiter, heading=True)
                continue
            if len(x) == MOST_POINTS:
                raise FormatError(f"{name}: holds more than {MOST_POINTS:,} points; {FEWER}")
            x.append((_number(row, 0, delimiter, where), _number(row, 1, delimiter, where)))
            labels.append(_label(row[2], where))
    except csv.Error as error:
        raise FormatError(f"{name}, line {rows.line_num}: {error}; {NEEDED}") from None
    return _checked(name, np.array(x, np.float64).reshape(-1, 2), labels, form)


def _delimiter(text: str) -> str:
    """What parts the first line in three: `0,5;1,2;a` are three with commas too, but no numbers then."""
    lines = (line for line in io.StringIO(text, newline=None) if line.strip())
    first = next(lines, "")[:1000]
    parted = {mark: next(csv.reader([first], delimiter=mark)) for mark in MARKS}
    three = [mark for mark, row in parted.items() if len(row) == 3]
    points = [mark for mark in three if not _is_heading(parted[mark], mark)]
    return (points or three or sorted(parted, key=lambda mark: -len(parted[mark])))[0]


def _value(cell: str, delimiter: str) -> float | None:
    """The number in a cell, None where there is none."""
    try:
        return float(cell.replace(",", ".") if delimiter == ";" else cell)
    except ValueError:
        return None


def _is_heading(row: list[str], delimiter: str) -> bool:
    """A line where x and y are both no numbers; with one of them it is a point with a mistake."""
    return _value(row[0], delimiter) is None and _value(row[1], delimiter) is None


def _miscounted(where: str, row: list[str], delimiter: str) -> str:
    """What is said of a line with too many columns, or too few."""
    count = f"{len(row)} column{'s' * (len(row) != 1)} between {MARKS[delimiter]}"
    comma = delimiter == "," and len(row) in (4, 5)
    return f"{where}: {count}; needed three: x, y, class{TRY_POINT if comma else ''}"


def _number(row: list[str], column: int, delimiter: str, where: str) -> float:
    """x or y of a line."""
    value, cell = _value(row[column], delimiter), row[column]
    got = f"{where}: {'xy'[column]} is {_shown(cell)}"
    if value is None:
        raise FormatError(f"{got}; needed a number{TRY_POINT if ',' in cell else ''}")
    if not math.isfinite(value):
        raise FormatError(f"{got}; needed a finite number, at most 1.7e308")
    return value


def _label(cell: str, where: str) -> str:
    """The class of a line."""
    label = cell.strip()
    if not label or len(label) > LONGEST_NAME:
        raise FormatError(f"{where}: the class is {_shown(label)}; needed 1 to {LONGEST_NAME} letters")
    return label


def _shown(cell: str) -> str:
    return repr(cell if len(cell) <= 20 else cell[:20] + "...")


def _checked(name: str, x: NDArray[np.float64], labels: list[str], form: Form) -> Points:
    """All lines together."""
    if not labels:
        raise FormatError(f"{name}: holds no points; {NEEDED}")
    classes = sorted(set(labels), key=_in_order)
    if not 2 <= len(classes) <= MOST_CLASSES:
        found = f"{len(classes)} class{'es' * (len(classes) != 1)} in {len(x)} point{'s' * (len(x) != 1)}"
        raise FormatError(f"{name}: {found}; needed 2 to {MOST_CLASSES} classes in the third column")
    middle, half = _extent(x)
    if not half.any():
        raise FormatError(f"{name}: all points are in one place; needed some that differ")
    y = np.array([classes.index(label) for label in labels], np.int64)
    return _points(OWN, x, y, tuple(classes), middle, np.where(half > 0, half, 1.0), form=form)


def _in_order(label: str) -> tuple[bool, float, str]:
    """Numbers by their size before words by their letters."""
    try:
        return False, float(label), label
    except ValueError:
        return True, 0.0, label
