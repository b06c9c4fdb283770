"""Picking rows by index: mini-batches, embeddings, images, crops of images."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from ._place import Array

__all__ = ["gather_crops", "gather_images", "gather_rows", "scatter_add_rows"]


def gather_rows(x: Array, index: Array) -> Array:
    """Pick rows: y_i = x[index_i].

    Parameters
    ----------
    x : array (rows, d)
    index : int64 array (n,), each in 0..rows-1

    Returns
    -------
    y : array (n, d)
    """
    return x[index]


def scatter_add_rows(dy: Array, index: Array, rows: int) -> Array:
    """Differentiate `gather_rows`: dx_r is the sum of dy_i over all i with index_i = r.

    Parameters
    ----------
    dy : array (n, d)
    index : int64 array (n,), each in 0..rows-1
    rows : how many rows x has; those never picked become 0

    Returns
    -------
    dx : array (rows, d)
    """
    dx = np.zeros((rows, *dy.shape[1:]), dy.dtype)
    np.add.at(dx, index, dy)  # dx[index] += dy would count a repeated row once
    return dx


def gather_images(
    images: Array, index: Array, mean: Array | None, std: Array | None, *, dtype: DTypeLike
) -> Array:
    """Pick images and normalise them: y_i = (images[index_i] / 255 - mean_c) / std_c.

    Parameters
    ----------
    images : uint8 array (rows, c, inner)
    index : int64 array (n,), each in 0..rows-1
    mean, std : arrays (c,), or None to leave that step out
    dtype : float32 or float64

    Returns
    -------
    y : array (n, c, inner) of `dtype`
    """
    y = images[index].astype(dtype)
    y /= 255
    if mean is not None:
        y -= mean[:, None]
    if std is not None:
        y /= std[:, None]
    return y


def gather_crops(
    images: Array,
    index: Array,
    place: Array,
    mean: Array | None,
    std: Array | None,
    *,
    hole: int,
    dtype: DTypeLike,
) -> Array:
    """Pick images, normalise them, and show each shifted, mirrored and with a hole, as its `place` says.

    Parameters
    ----------
    images : uint8 array (rows, c, h, w)
    index : int64 array (n,), each in 0..rows-1
    place : int64 array (n, 5)
        Row and column of the crop's corner in the image, nearer to 0 than h and w (beyond its rim an image
        goes on mirrored); 1 for mirrored left to right; row and column of the hole's corner.
    mean, std : arrays (c,), or None to leave that step out
    hole : pixels along a side of the hole, where y is 0
    dtype : float32 or float64

    Returns
    -------
    y : array (n, c, h, w) of `dtype`, its channels last in memory
    """
    n, (_, c, h, w) = len(index), images.shape
    top, left, mirrored, hole_top, hole_left = (place[:, i, None] for i in range(5))
    row, column = np.arange(h), np.arange(w)
    from_row = _reflect(row + top, h)  # (n, h)
    from_column = _reflect(np.where(mirrored, w - 1 - column, column) + left, w)  # (n, w)
    picked = images[index[:, None, None], :, from_row[:, :, None], from_column[:, None, :]]  # (n, h, w, c)
    y = gather_images(picked.reshape(n, h * w, c).swapaxes(1, 2), np.arange(n), mean, std, dtype=dtype)
    y = y.swapaxes(1, 2).reshape(n, h, w, c)
    inside = (row >= hole_top) & (row < hole_top + hole), (column >= hole_left) & (column < hole_left + hole)
    y[inside[0][:, :, None] & inside[1][:, None, :]] = 0
    return y.transpose(0, 3, 1, 2).copy("K")


def _reflect(i: Array, n: int) -> Array:
    """Where pixel i lies in a row of n whose image goes on mirrored beyond either rim."""
    return np.where(i < 0, -i, np.where(i >= n, 2 * (n - 1) - i, i))
