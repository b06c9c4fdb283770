"""Where a gradient goes: into a fresh array, over an old one, or on top of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]  # float32 or float64; every array of one call has the same
Out = Sequence[Array | None] | None


def place(gradient: Array, out: Array | None, *, accumulate: bool = False) -> Array:
    """Return `gradient`, having written it to `out`, or added it, where `out` is given."""
    if out is None:
        return gradient
    if out.shape != gradient.shape:
        raise ValueError(f"out: got an array of shape {out.shape}; needed {gradient.shape}")
    if accumulate:
        out += gradient
    else:
        out[...] = gradient
    return out


def require_in_place(who: str, **arrays: Array | None) -> None:
    """Raise ValueError for an array that a compiled rung could not update where it lies."""
    for name, array in arrays.items():
        if array is not None and not (array.flags.writeable and array.flags.c_contiguous):
            problem = "is read-only" if not array.flags.writeable else "is not C-contiguous"
            raise ValueError(
                f"{who}: {name} {problem}; it is updated in place, so it must be writeable and "
                f"C-contiguous; try {name}.copy() and keep the copy"
            )


def scalar(value: Any, like: Array) -> Array:
    """`value` as an array of shape () and of the dtype of `like`."""
    return np.array(value, dtype=like.dtype)
