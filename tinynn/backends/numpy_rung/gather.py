"""Picking rows by index: mini-batches, embeddings, images."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from ._place import Array

__all__ = ["gather_images", "gather_rows", "scatter_add_rows"]


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
