"""Normalisation: over the batch, channel by channel, and over the features, row by row.

n images   c channels   inner elements of a channel   m rows   k features   h = (x - mean) rstd

Means and variances are taken in double precision whatever the dtype of x: a variance is a small difference
of large numbers where the mean is large.
"""

from __future__ import annotations

import numpy as np

from ._place import Array, Out, place, require_in_place

__all__ = ["batch_norm_backward", "batch_norm_forward", "layer_norm_backward", "layer_norm_forward"]


def batch_norm_forward(
    x: Array,
    weight: Array | None,
    bias: Array | None,
    mean: Array | None,
    var: Array | None,
    *,
    training: bool,
    momentum: float,
    eps: float,
) -> tuple[Array, Array, Array]:
    """Normalise every channel over the batch: y = weight (x - mean) / sqrt(var + eps) + bias.

    In training mean and variance are those of x, and `mean` and `var` move towards them, in place, the
    variance being the unbiased one, which divides by count - 1; else `mean` and `var` are used as they are.

    Parameters
    ----------
    x : array (n, c, inner)
    weight, bias : array (c,) or None
    mean, var : arrays (c,), the running statistics; both may be None in training
    training : bool
    momentum : float
        mean = (1 - momentum) mean + momentum (mean of x), var likewise.
    eps : float

    Returns
    -------
    y : array (n, c, inner)
    saved_mean, saved_rstd : arrays (c,), kept for the backward pass
    """
    if (mean is None) != (var is None) or (mean is None and not training):
        raise ValueError("batch_norm_forward: needed both mean and var, or in training neither")
    if training:
        require_in_place("batch_norm_forward", mean=mean, var=var)
        count = np.float64(x.shape[0] * x.shape[2])  # of nothing the mean is 0 / 0, NaN
        centre = x.sum(axis=(0, 2), dtype=np.float64) / count
        spread = np.square(x - centre[:, None]).sum(axis=(0, 2)) / count
        if mean is not None and var is not None:
            mean += momentum * (centre - mean)
            var += momentum * (spread * (count / max(count - 1, 1)) - var)
    else:
        centre, spread = np.asarray(mean, np.float64), np.asarray(var, np.float64)
    rstd = 1 / np.sqrt(spread + eps)
    y = _affine((x - centre[:, None]) * rstd[:, None], weight, bias)
    return y.astype(x.dtype), centre.astype(x.dtype), rstd.astype(x.dtype)


def _affine(h: Array, weight: Array | None, bias: Array | None) -> Array:
    if weight is not None:
        h = h * weight[:, None]
    return h if bias is None else h + bias[:, None]


def batch_norm_backward(
    dy: Array,
    x: Array,
    weight: Array | None,
    saved_mean: Array,
    saved_rstd: Array,
    *,
    training: bool,
    needs: tuple[bool, bool, bool] = (True, True, True),
    out: Out = None,
    accumulate: bool = False,
) -> tuple[Array | None, Array | None, Array | None]:
    """Differentiate `batch_norm_forward`.

    dweight = sum dy h, dbias = sum dy. In training the mean and the variance depend on x as well, which takes
    two means out of dx = weight rstd (dy - mean of dy - h mean of dy h); else dx = weight rstd dy.

    Parameters
    ----------
    dy, x : arrays (n, c, inner)
    weight : array (c,) or None
    saved_mean, saved_rstd : arrays (c,), as the forward pass returned them
    training : as in the forward pass
    needs : which of (dx, dweight, dbias) to compute
    out : where to write them; an entry may be None
    accumulate : add dweight and dbias to `out` instead of overwriting it; dx is always overwritten

    Returns
    -------
    dx, dweight, dbias : arrays (n, c, inner), (c,) and (c,); None where not needed
    """
    out_dx, out_dweight, out_dbias = out or (None,) * 3
    count = np.float64(x.shape[0] * x.shape[2])
    h = (x - saved_mean[:, None].astype(np.float64)) * saved_rstd[:, None]
    sum_dy, sum_dyh = dy.sum(axis=(0, 2), dtype=np.float64), (dy * h).sum(axis=(0, 2))
    dx = dweight = dbias = None
    if needs[0]:
        g = dy - sum_dy[:, None] / count - h * (sum_dyh / count)[:, None] if training else dy
        dx = _affine(g * saved_rstd[:, None], weight, None).astype(x.dtype)
        dx = place(dx, out_dx)
    if needs[1]:
        dweight = place(sum_dyh.astype(x.dtype), out_dweight, accumulate=accumulate)
    if needs[2]:
        dbias = place(sum_dy.astype(x.dtype), out_dbias, accumulate=accumulate)
    return dx, dweight, dbias


def layer_norm_forward(
    x: Array, weight: Array | None, bias: Array | None, *, eps: float
) -> tuple[Array, Array, Array]:
    """Normalise every row: y = weight (x - mean) / sqrt(var + eps) + bias, mean and variance of the row.

    Parameters
    ----------
    x : array (m, k)
    weight, bias : array (k,) or None
    eps : float

    Returns
    -------
    y : array (m, k)
    mean, rstd : arrays (m,), kept for the backward pass
    """
    k = np.float64(x.shape[1])  # of no features the mean is 0 / 0, NaN
    mean = x.sum(axis=1, dtype=np.float64) / k
    rstd = 1 / np.sqrt(np.square(x - mean[:, None]).sum(axis=1) / k + eps)
    y = (x - mean[:, None]) * rstd[:, None]
    if weight is not None:
        y = y * weight
    if bias is not None:
        y = y + bias
    return y.astype(x.dtype), mean.astype(x.dtype), rstd.astype(x.dtype)


def layer_norm_backward(
    dy: Array,
    x: Array,
    weight: Array | None,
    mean: Array,
    rstd: Array,
    *,
    needs: tuple[bool, bool, bool] = (True, True, True),
    out: Out = None,
    accumulate: bool = False,
) -> tuple[Array | None, Array | None, Array | None]:
    """Differentiate `layer_norm_forward`.

    With g = dy weight: dx = rstd (g - mean of g - h mean of g h), dweight = sum dy h, dbias = sum dy, the
    means along the row and the sums over the rows.

    Parameters
    ----------
    dy, x : arrays (m, k)
    weight : array (k,) or None
    mean, rstd : arrays (m,), as the forward pass returned them
    needs : which of (dx, dweight, dbias) to compute
    out : where to write them; an entry may be None
    accumulate : add dweight and dbias to `out` instead of overwriting it; dx is always overwritten

    Returns
    -------
    dx, dweight, dbias : arrays (m, k), (k,) and (k,); None where not needed
    """
    out_dx, out_dweight, out_dbias = out or (None,) * 3
    h = (x - mean[:, None].astype(np.float64)) * rstd[:, None]
    dx = dweight = dbias = None
    if needs[0]:
        g = dy.astype(np.float64) if weight is None else dy * weight.astype(np.float64)
        k = np.float64(x.shape[1])
        g = g - g.sum(axis=1, keepdims=True) / k - h * ((g * h).sum(axis=1, keepdims=True) / k)
        dx = place((g * rstd[:, None]).astype(x.dtype), out_dx)
    if needs[1]:
        dweight = place((dy * h).sum(axis=0).astype(x.dtype), out_dweight, accumulate=accumulate)
    if needs[2]:
        dbias = place(dy.sum(axis=0, dtype=np.float64).astype(x.dtype), out_dbias, accumulate=accumulate)
    return dx, dweight, dbias
