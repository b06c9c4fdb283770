"""Functions to be approximated: built in, a Python callable, or the points of a CSV file.

A file is read as numbers, line by line; nothing in it is evaluated.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from tinynn.autograd import Array
from tinynn.errors import ArgumentError, DataError, FormatError

LARGEST_FILE = 10_000_000  # bytes: a quarter of a million points are enough
FEWEST_POINTS = 4


@dataclass(frozen=True)
class Target:
    """f over low..high; `points` (n, 2) where that is all that is known of it, joined by straight lines.

    `typed`: as it was named on the command line; empty where it cannot be.
    """

    name: str
    f: Callable[[Array], Array]
    low: float = 0.0
    high: float = 1.0
    points: Array | None = None
    typed: str = ""

    def places(self, n: int = 400) -> tuple[Array, Array]:
        """n places across low..high as u in 0..1, and f there."""
        u = (np.arange(n) + 0.5) / n
        return u, self.at(u)

    def at(self, u: Array) -> Array:
        """f at the share u of the way from low to high."""
        return self.f(self.low + (self.high - self.low) * u)


def waves(x: Array) -> Array:
    return np.asarray(np.sin(2 * np.pi * x) + 0.5 * np.sin(6 * np.pi * x + 1))


def jumps(x: Array) -> Array:
    return np.asarray(np.where(x < 0.3, 0.2, np.where(x < 0.55, 1.0, np.where(x < 0.7, -0.5, 0.4))))


def chirp(x: Array) -> Array:
    return np.asarray(np.sin(2 * np.pi * 6 * x**2))


NAMED = {f.__name__: Target(f.__name__, f, typed=f.__name__) for f in (waves, jumps, chirp)}


def read_target(given: Any) -> Target:
    """What the user gave as a Target: a name, a callable of x in 0..1, the path of a CSV file, or a Target.

    Raises
    ------
    ArgumentError, DataError, FormatError
        No function has this name and no file this path; a callable that does not give finite numbers; a file
        that does not hold x,y on every line.
    """
    if isinstance(given, Target):
        return given
    if callable(given):
        return of_callable(given)
    if str(given) in NAMED:
        return NAMED[str(given)]
    path = Path(str(given))
    if path.suffix.lower() != ".csv" and not path.exists():
        raise ArgumentError(f"approximation: function is {str(given)!r}; needed one of {', '.join(NAMED)}, "
                            "or the path of a CSV file of x,y")  # fmt: skip
    return replace(of_points(read_csv(path), path.name), typed=str(given))


def of_callable(f: Callable[[Any], Any]) -> Target:
    """A function of arrays, or of one number at a time."""
    name = getattr(f, "__name__", "function").replace("<lambda>", "a function of yours")

    def each(x: Array) -> Array:
        values = f(x) if whole else [f(float(one)) for one in x]
        return np.broadcast_to(np.asarray(values, np.float64), x.shape)

    probe = np.linspace(0, 1, 7)
    try:
        whole = np.broadcast_to(np.asarray(f(probe)), probe.shape).dtype.kind in "fiu"
    except Exception:  # math.sin, or an if: one number at a time; what else is wrong shows there
        whole = False
    try:
        values = each(probe)
    except Exception as error:
        raise ArgumentError(f"approximation: {name} raised {error!r} for x in 0..1") from error
    if not np.isfinite(values).all():
        raise ArgumentError(f"approximation: {name} gave NaN or infinity; needed numbers for x in 0..1")
    return Target(name, each)


def read_csv(path: Path) -> Array:
    """Points (n, 2), by rising x; a first line that holds no numbers is taken for a heading."""
    if not path.is_file():
        raise DataError(f"approximation: {path} is no file; needed lines of x,y; try --set function=waves")
    if path.stat().st_size > LARGEST_FILE:
        raise FormatError(f"approximation: {path} is larger than {LARGEST_FILE // 10**6} MB")
    points = []
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            for number, row in enumerate(csv.reader(file), 1):
                if not row or not any(cell.strip() for cell in row):
                    continue
                point = numbers(row)
                if point is None and number > 1:
                    raise FormatError(f"approximation: {path}, line {number}: got {','.join(row)[:40]!r}; "
                                      "needed x,y, two finite numbers")  # fmt: skip
                points += [point] if point else []
    except (UnicodeDecodeError, csv.Error) as error:
        raise FormatError(f"approximation: {path} is no CSV file: {error}") from error
    found = np.array(sorted(points), np.float64).reshape(-1, 2)
    if len(np.unique(found[:, 0])) < max(len(found), FEWEST_POINTS):
        distinct = len(np.unique(found[:, 0]))
        raise FormatError(f"approximation: {path} has {distinct} different x in {len(found)} lines; "
                          f"needed at least {FEWEST_POINTS}, each once")  # fmt: skip
    return found


def numbers(row: list[str]) -> tuple[float, float] | None:
    """(x, y) where the row is that."""
    try:
        x, y = (float(cell) for cell in row)
    except ValueError:
        return None
    return (x, y) if np.isfinite([x, y]).all() else None


def of_points(points: Array, name: str) -> Target:
    """The straight lines from point to point."""
    x, y = points.T
    return Target(name, lambda at: np.interp(at, x, y), float(x[0]), float(x[-1]), points)
