"""Moving numbers without changing them."""

from __future__ import annotations

import numpy as np

from ._place import Array

__all__ = ["copy"]


def copy(x: Array, *, out: Array | None = None) -> Array:
    """Copy x, whatever its strides: y = x.

    Into `out`, which may be a part of a larger array, this joins and pads; without, it makes a view
    contiguous.

    Parameters
    ----------
    x : array of any shape and strides
    out : array of the shape of x, any strides, sharing nothing with x; or None for a fresh one

    Returns
    -------
    y : out, or a C-contiguous array of the shape of x
    """
    if out is None:
        return np.array(x, order="C")
    if out.shape != x.shape:
        raise ValueError(f"out: got an array of shape {out.shape}; needed {x.shape}")
    out[...] = x
    return out
