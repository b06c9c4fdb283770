"""The checks that stand before a kernel runs: each error says who, what it got, what it needed.

Where a check runs on every call, the question "is all well?" is asked first and cheaply (`are_float`);
only a no takes the time to find out what to say.
"""

from __future__ import annotations

from operator import index
from typing import Any

import numpy as np

from tinynn.autograd import Array, Variable
from tinynn.errors import ArgumentError, DtypeError, ShapeError

FLOATS = (np.dtype(np.float32), np.dtype(np.float64))
REDUCTIONS = ("none", "mean", "sum")
Axis = int | tuple[int, ...] | None


def are_float(first: Any, *others: Any) -> bool:
    """Whether these are arrays (None is skipped, but for the first) of one float dtype."""
    if type(first) is not np.ndarray or first.dtype not in FLOATS:
        return False
    dtype = first.dtype
    for a in others:  # noqa: SIM110 (a loop is three times as fast as all(...))
        if a is not None and (type(a) is not np.ndarray or a.dtype is not dtype):
            return False
    return True


def need_float(who: str, **arrays: Any) -> None:
    """Each given array (None is skipped) is float32 or float64, and all are the same.

    Raises
    ------
    DtypeError
    """
    first, dtype = "", None
    for name, a in arrays.items():
        if a is None:
            continue
        need_array(who, name, a)
        if a.dtype not in FLOATS:
            raise DtypeError(
                f"{who}: {name} is {a.dtype}; needed float32 or float64; try {name}.astype('float32')"
            )
        if dtype is None:
            first, dtype = name, a.dtype
        elif a.dtype != dtype:
            raise DtypeError(
                f"{who}: {first} is {dtype} but {name} is {a.dtype}; needed one dtype; "
                f"try {name}.astype('{dtype}')"
            )


def shape_of(x: Any) -> tuple[int, ...]:
    """The shape of an array, a Tensor, or anything like an array."""
    return np.shape(x.data if isinstance(x, Variable) else x)


def need_array(who: str, name: str, a: Any) -> None:
    """The argument is there (not None) and is an array."""
    if not isinstance(a, np.ndarray):
        raise DtypeError(f"{who}: {name} is {type(a).__name__}; needed an array or a Tensor")


def need_shape(who: str, name: str, a: Array, shape: tuple[int, ...], why: str = "") -> None:
    """The array has exactly this shape."""
    if a.shape != shape:
        raise ShapeError(f"{who}: {name} is {a.shape}; needed {shape}{why}")


def need_labels(who: str, labels: Any, rows: int, classes: int) -> Array:
    """Class labels as int64, one per row, each in 0..classes-1.

    Raises
    ------
    DtypeError, ShapeError, ArgumentError
    """
    if type(labels) is not np.ndarray or labels.dtype.kind not in "iu":
        got = labels.dtype if isinstance(labels, np.ndarray) else type(labels).__name__
        raise DtypeError(f"{who}: the labels are {got}; needed integers; try labels.astype('int64')")
    if labels.shape != (rows,):
        raise ShapeError(f"{who}: the labels are {labels.shape} but there are {rows} rows; needed ({rows},)")
    return in_range(who, "label", labels, classes, f" for {classes} classes")


def in_range(who: str, what: str, values: Array, stop: int, why: str = "") -> Array:
    """Integers as int64, each in 0..stop-1."""
    result = values.astype(np.int64, copy=False)
    # Seen without a sign a negative number is a huge one: one pass instead of two.
    if values.size and int(np.maximum.reduce(result.view(np.uint64), axis=None)) >= stop:
        flat = result.reshape(-1)
        bad = int(np.argmax((flat < 0) | (flat >= stop)))
        where = bad if values.ndim == 1 else tuple(map(int, np.unravel_index(bad, values.shape)))
        raise ArgumentError(
            f"{who}: {what} {int(flat[bad])} at index {where} is out of range; needed 0..{stop - 1}{why}"
        )
    return result


def need_choice(who: str, name: str, got: Any, allowed: tuple[str, ...]) -> None:
    """The option is one of the allowed words."""
    if got not in allowed:
        raise ArgumentError(f"{who}: {name} is {got!r}; needed one of {', '.join(allowed)}")


def need_flag(who: str, name: str, got: Any) -> bool:
    """The option is True or False."""
    if not isinstance(got, (bool, np.bool_)):
        raise ArgumentError(f"{who}: {name} is {got!r}; needed True or False")
    return bool(got)


def need_number(who: str, name: str, got: Any, low: float = -np.inf, high: float = np.inf) -> float:
    """The option is a number in low..high, both ends included; NaN is in no range."""
    if isinstance(got, (bool, np.bool_)) or not isinstance(got, (int, float, np.integer, np.floating)):
        raise ArgumentError(f"{who}: {name} is {got!r}; needed a number")
    if not low <= got <= high:
        raise ArgumentError(f"{who}: {name} is {got!r}; needed a number in {low}..{high}")
    return float(got)


def need_count(who: str, name: str, got: Any) -> int:
    """The option is an integer >= 0."""
    if isinstance(got, (bool, np.bool_)) or not isinstance(got, (int, np.integer)) or got < 0:
        raise ArgumentError(f"{who}: {name} is {got!r}; needed an integer >= 0")
    return int(got)


def need_axis(who: str, axis: Any, ndim: int) -> int:
    """One axis, counted from the left; negative ones count from the right."""
    try:
        result = index(axis)
    except TypeError:
        raise ArgumentError(f"{who}: axis is {axis!r}; needed an integer") from None
    if not -ndim <= result < ndim:
        raise ShapeError(f"{who}: axis {result} is out of range; the array has {ndim} axes")
    return result % ndim


def need_axes(who: str, axis: Any, ndim: int) -> tuple[int, ...]:
    """The axes that `axis` (an integer, a tuple of integers, None for all) names, rising, each once."""
    if axis is None:
        return tuple(range(ndim))
    if not isinstance(axis, (tuple, list)):
        return (need_axis(who, axis, ndim),)
    axes = sorted(need_axis(who, a, ndim) for a in axis)
    if len(set(axes)) < len(axes):
        raise ShapeError(f"{who}: axis {tuple(axis)} names an axis twice")
    return tuple(axes)
