"""Where the windows of a pool stand.   h, w sizes of the plane   k kernel   s stride   p padding   o outputs

A window runs from `begin` to before `end` along each axis. Window i of a pool begins at i s - p and is k
long; what lies before 0 or behind h is padding. Window i of an adaptive pool runs from i h / o, rounded down,
to (i + 1) h / o, rounded up: o windows that cover the plane, and share a row where o does not divide h.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ._place import Array

Pair = tuple[int, int]  # along the height, along the width
MOST_IN_A_BYTE = 256  # places in a window


def output_size(plane: Pair, kernel: Pair, stride: Pair, padding: Pair, ceil_mode: bool) -> Pair:
    """How many windows there are along each axis; with `ceil_mode` the last may hang over the end."""
    rows, columns = (_count(*sizes, ceil_mode) for sizes in zip(plane, kernel, stride, padding, strict=True))
    return rows, columns


def _count(h: int, k: int, s: int, p: int, ceil_mode: bool) -> int:
    if h < 1 or k < 1 or s < 1 or not 0 <= 2 * p <= k:
        raise ValueError(f"pool: no windows of {k}, stride {s}, padding {p} on {h}")
    o = (h + 2 * p - k + (s - 1 if ceil_mode else 0)) // s + 1
    if ceil_mode and (o - 1) * s >= h + p:  # it would hold nothing but padding
        o -= 1
    if o < 1:
        raise ValueError(f"pool: a window of {k} does not fit on {h} with padding {p}")
    return o


def padded(x: Array, out: Pair, kernel: Pair, stride: Pair, padding: Pair, value: float) -> Array:
    """x (..., h, w) with `value` around it, so that every window lies within."""
    ends = [
        (o - 1) * s + k - h - p
        for o, k, s, h, p in zip(out, kernel, stride, x.shape[-2:], padding, strict=True)
    ]
    around = [(p, max(end, 0)) for p, end in zip(padding, ends, strict=True)]
    return np.pad(x, [(0, 0)] * (x.ndim - 2) + around, constant_values=value)


def windows(x: Array, out: Pair, kernel: Pair, stride: Pair) -> Array:
    """x (..., h, w), padded, as (..., *out, kh kw): every window written as one row."""
    every = sliding_window_view(x, kernel, axis=(-2, -1))
    (oh, ow), (sh, sw) = out, stride
    return every[..., : oh * sh : sh, : ow * sw : sw, :, :].reshape(*x.shape[:-2], *out, prod(kernel))


def places(out: Pair, kernel: Pair, stride: Pair) -> Iterator[tuple[slice, slice]]:
    """For every place in a window, row by row: where it falls in a padded plane, for all windows at once."""
    (oh, ow), (sh, sw) = out, stride
    for i, j in product(*map(range, kernel)):
        yield slice(i, i + oh * sh, sh), slice(j, j + ow * sw, sw)


def without_padding(x: Array, plane: Pair, padding: Pair) -> Array:
    """The plane alone, fresh: the way back of `padded`."""
    (h, w), (top, left) = plane, padding
    return x[..., top : top + h, left : left + w].copy()


def counts(
    plane: Pair, out: Pair, kernel: Pair, stride: Pair, padding: Pair, count_include_pad: bool
) -> Array:
    """How many numbers each window has, (oh, ow): all its places, or those that are no padding.

    Padding ends p behind the plane: what hangs over even that, in ceil mode, is never counted.
    """
    along = []
    for h, o, k, s, p in zip(plane, out, kernel, stride, padding, strict=True):
        begin = np.arange(o) * s - p
        end = np.minimum(begin + k, h + p)
        if not count_include_pad:
            begin, end = np.maximum(begin, 0), np.minimum(end, h)
        along.append(end - begin)
    return np.multiply.outer(*along)


def adaptive(plane: Pair, out: Pair) -> Iterator[tuple[int, int, slice, slice]]:
    """The windows of an adaptive pool: the output, and the rows and columns of the plane that it sees."""
    rows, columns = (_cuts(h, o) for h, o in zip(plane, out, strict=True))
    for (i, row), (j, column) in product(enumerate(rows), enumerate(columns)):
        yield i, j, row, column


def _cuts(h: int, o: int) -> list[slice]:
    if h < 1 or o < 1:
        raise ValueError(f"pool: {o} windows on {h}; needed at least one of each")
    return [slice(i * h // o, -(-(i + 1) * h // o)) for i in range(o)]


def adaptive_kernel(plane: Pair, out: Pair) -> Pair:
    """The size of the largest window, in whose places `arg` counts."""
    kh, kw = (max(cut.stop - cut.start for cut in _cuts(h, o)) for h, o in zip(plane, out, strict=True))
    return kh, kw


def compact(arg: Array, kernel: Pair) -> Array:
    """Places in a window, in bytes where they suffice."""
    return arg.astype(np.uint8 if prod(kernel) <= MOST_IN_A_BYTE else np.int32)
