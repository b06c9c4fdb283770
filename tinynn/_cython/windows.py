"""Where the windows of a pool stand, for the loops of src/cython/pool.pyx, which check nothing themselves.

Along one axis the windows are three rows of integers: where each would begin if the padding were there, where
it begins, and where it ends. h plane   k kernel   s stride   p padding   o outputs
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynn.errors import ShapeError

Array = NDArray[Any]
Pair = tuple[int, int]


def how_many(h: int, k: int, s: int, p: int, ceil_mode: bool) -> int:
    """The number of windows, below 1 where none fits; with `ceil_mode` the last may hang over the end."""
    o = (h + 2 * p - k + (s - 1 if ceil_mode else 0)) // s + 1
    return o - 1 if ceil_mode and (o - 1) * s >= h + p else o  # it would hold nothing but padding


def output_size(who: str, plane: Pair, kernel: Pair, stride: Pair, padding: Pair, ceil_mode: bool) -> Pair:
    """How many windows there are along each axis."""
    sizes = list(zip(plane, kernel, stride, padding, strict=True))
    for h, k, s, p in sizes:
        if h < 1 or k < 1 or s < 1 or not 0 <= 2 * p <= k or how_many(h, k, s, p, ceil_mode) < 1:
            raise ShapeError(
                f"{who}: no window of {k}, stride {s}, padding {p} fits on {h}; padding at most k / 2"
            )
    oh, ow = (how_many(*along, ceil_mode) for along in sizes)
    return oh, ow


def sliding(
    who: str, out: Pair, plane: Pair, kernel: Pair, stride: Pair, padding: Pair
) -> tuple[Array, Array]:
    """The windows along both axes; `out` must be a number of windows that the sizes can give."""
    output_size(who, plane, kernel, stride, padding, True)
    axes = []
    for o, h, k, s, p in zip(out, plane, kernel, stride, padding, strict=True):
        if o < 1 or o not in (how_many(h, k, s, p, False), how_many(h, k, s, p, True)):
            raise ShapeError(f"{who}: {o} windows of {k}, stride {s}, padding {p} do not fit a plane of {h}")
        origin = np.arange(o, dtype=np.int64) * s - p
        axes.append(np.stack([origin, np.maximum(origin, 0), np.minimum(origin + k, h)]))
    return axes[0], axes[1]


def adaptive(who: str, out: Pair, plane: Pair) -> tuple[Array, Array]:
    """The windows of an adaptive pool: o that cover the plane, i h / o to (i + 1) h / o, rounded out."""
    axes = []
    for o, h in zip(out, plane, strict=True):
        if o < 1 or h < 1:
            raise ShapeError(f"{who}: {o} windows on {h}; needed at least one of each")
        i = np.arange(o, dtype=np.int64)
        axes.append(np.stack([i * h // o, i * h // o, -(-(i + 1) * h // o)]))
    return axes[0], axes[1]


def places_for(
    rows: Array, columns: Array, shape: tuple[int, ...], kernel: Pair | None = None
) -> tuple[Array, int]:
    """An array for the places that win, in bytes where they suffice, and the width of the widest window."""
    kh, kw = kernel or (int((axis[2] - axis[1]).max()) for axis in (rows, columns))
    return np.empty(shape, np.uint8 if kh * kw <= 256 else np.int32), kw


def counts(
    rows: Array, columns: Array, plane: Pair, kernel: Pair | None = None, padding: Pair | None = None
) -> Array:
    """How many numbers each window has, (oh, ow); with `padding`, what is padding counts as well."""
    if kernel is None or padding is None:
        along = [axis[2] - axis[1] for axis in (rows, columns)]
        return np.asarray(np.multiply.outer(*along), np.float64)
    along = [
        np.minimum(axis[0] + k, h + p) - axis[0]
        for axis, h, k, p in zip((rows, columns), plane, kernel, padding, strict=True)
    ]
    return np.asarray(np.multiply.outer(*along), np.float64)
