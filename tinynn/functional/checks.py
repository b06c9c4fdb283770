"""The checks that stand before a kernel runs: each error says who, what it got, what it needed."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.autograd import Array
from tinynn.errors import ArgumentError, DtypeError, ShapeError

FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


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
        if not isinstance(a, np.ndarray):
            raise DtypeError(f"{who}: {name} is {type(a).__name__}; needed an array or a Tensor")
        if a.dtype not in FLOATS:
            raise DtypeError(
                f"{who}: {name} is {a.dtype}; needed float32 or float64; try {name}.astype('float32')"
            )
        if dtype is None:
            first, dtype = name, a.dtype
        elif a.dtype != dtype:
            raise DtypeError(
                f"{who}: {first} is {dtype} but {name} is {a.dtype}; needed one dtype; try {name}.astype('{dtype}')"
            )


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
    if not isinstance(labels, np.ndarray) or labels.dtype.kind not in "iu":
        got = labels.dtype if isinstance(labels, np.ndarray) else type(labels).__name__
        raise DtypeError(f"{who}: the labels are {got}; needed integers; try labels.astype('int64')")
    if labels.shape != (rows,):
        raise ShapeError(f"{who}: the labels are {labels.shape} but there are {rows} rows; needed ({rows},)")
    if rows and (int(labels.min()) < 0 or int(labels.max()) >= classes):
        bad = int(np.argmax((labels < 0) | (labels >= classes)))
        raise ArgumentError(
            f"{who}: label {int(labels[bad])} at index {bad} is out of range; needed 0..{classes - 1} for {classes} classes"
        )
    return labels.astype(np.int64, copy=False)


def need_choice(who: str, name: str, got: Any, allowed: tuple[str, ...]) -> None:
    """The option is one of the allowed words."""
    if got not in allowed:
        raise ArgumentError(f"{who}: {name} is {got!r}; needed one of {', '.join(allowed)}")
