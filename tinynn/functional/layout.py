"""How an array lies in memory. Kernels read row-major; a view is laid out anew where it must be, once."""

from __future__ import annotations

from math import prod

from tinynn.autograd import Array
from tinynn.backends import kernels


def contiguous(x: Array) -> Array:
    """x itself where its numbers lie in row-major order, else a copy in which they do."""
    if x.flags.c_contiguous:
        return x
    y: Array = kernels.copy(x)
    return y


def fresh_copy(x: Array) -> Array:
    """x anew, in row-major order, shared with nobody."""
    y: Array = kernels.copy(x)
    return y


def as_rows(x: Array) -> Array:
    """x (..., c) as (m, c): all axes but the last joined."""
    if x.ndim == 2:
        return x
    return contiguous(x).reshape(prod(x.shape[:-1]), x.shape[-1])  # -1 is ambiguous for an empty batch


def as_channels(x: Array) -> Array:
    """x (n, c, ...) as (n, c, inner): a view where x lies row-major, and where it lies channels last."""
    if not x.transpose(0, *range(2, x.ndim), 1).flags.c_contiguous:
        x = contiguous(x)
    return x.reshape(*x.shape[:2], prod(x.shape[2:]))
