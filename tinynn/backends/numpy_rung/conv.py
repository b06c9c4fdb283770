"""Convolution: one small kernel, used at every place of the image.

z[o, p] = b[o] + sum over c, i of w[o, c, i] x[c, p stride + i dilation - padding], y = act(z): the input is
seen through a sliding window, and every window meets the same w. The gradients are the same sum read from
its other sides: each product w x of the forward pass sends w dz to its dx and x dz to its dw.

n images, c input channels, o output channels. In subscripts P stands for the positions in the output (p q, or
p alone in one dimension) and K for those in the kernel (i j, or i). Options have one number per axis,
`padding` two: before and after.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from ._place import Array, Out, place
from .activation import FORMULAS, activate, derivative, slope_gradient

__all__ = [
    "conv1d_backward",
    "conv1d_forward",
    "conv1d_transpose",
    "conv2d_backward",
    "conv2d_forward",
    "conv2d_transpose",
]

Gradients = tuple[Array | None, Array | None, Array | None, Array | None]
Pair = tuple[int, int]


# ---- the sum from its three sides ------------------------------------------------------------------


def windows_of(x: Array, kernel: Any, stride: Any, padding: Any, dilation: Any) -> Array:
    """What each place of the kernel sees at each output: x[n, c, ...] -> [n, c, P, K], a view."""
    padded = np.pad(x, ((0, 0), (0, 0), *padding))
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    windows = np.lib.stride_tricks.sliding_window_view(padded, reach, axis=tuple(range(2, x.ndim)))
    every: Any = (..., *(slice(None, None, step) for step in (*stride, *dilation)))
    return windows[every]


def _einsum(terms: str, a: Array, b: Array, groups: int, split: Pair, join: int, dim: int) -> Array:
    """The sum for each group; `split` says along which axes a and b hold their groups, `join` the result."""
    terms = terms.replace("P", "pq"[:dim]).replace("K", "ij"[:dim])
    parts = zip(np.split(a, groups, split[0]), np.split(b, groups, split[1]), strict=True)
    return np.ascontiguousarray(np.concatenate([np.einsum(terms, *p, optimize=True) for p in parts], join))


def _gather(x: Array, w: Array, stride: Any, padding: Any, dilation: Any, groups: int) -> Array:
    """Each output collects what it sees: z[p] = sum over i of w[i] x[p stride + i dilation]."""
    windows = windows_of(x, w.shape[2:], stride, padding, dilation)
    return _einsum("ncPK,ocK->noP", windows, w, groups, (1, 0), 1, w.ndim - 2)


def _spread(dz: Array, w: Array, size: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> Array:
    """Each output sends back to what it saw: dx[p stride + i dilation] += w[i] dz[p], for every i."""
    padded = [s + before + after for s, (before, after) in zip(size, padding, strict=True)]
    dx = np.zeros((len(dz), w.shape[1] * groups, *padded), dz.dtype)
    tap: Any
    for tap in product(*map(range, w.shape[2:])):
        seen = tuple(
            slice(i * d, i * d + (p - 1) * s + 1, s)
            for i, d, p, s in zip(tap, dilation, dz.shape[2:], stride, strict=True)
        )
        w_tap = w[:, :, *tap]
        dx[:, :, *seen] += _einsum("noP,oc->ncP", dz, w_tap, groups, (1, 0), 1, w.ndim - 2)
    inside = (slice(before, before + s) for s, (before, _) in zip(size, padding, strict=True))
    return dx[:, :, *inside].copy()


def _share(dz: Array, x: Array, w: Array, stride: Any, padding: Any, dilation: Any, groups: int) -> Array:
    """Each weight sums over all its uses: dw[i] = sum over p of x[p stride + i dilation] dz[p]."""
    windows = windows_of(x, w.shape[2:], stride, padding, dilation)
    return _einsum("noP,ncPK->ocK", dz, windows, groups, (1, 1), 0, w.ndim - 2)


def _as_read(w: Array, flip: bool) -> Array:
    """The kernel in the order in which it is read: backwards where it is flipped."""
    return np.flip(w, tuple(range(2, w.ndim))) if flip else w


def _per_channel(v: Array | None, dim: int) -> Array | None:
    """(o,) or (1,), to be broadcast against (n, o, P)."""
    return None if v is None else v.reshape(-1, *(1,) * dim)


# ---- any number of dimensions ----------------------------------------------------------------------


def _forward(
    x: Array,
    w: Array,
    b: Array | None,
    slope: Array | None,
    flip: bool,
    activation: str,
    alpha: Any,
    **geometry: Any,
) -> tuple[Array, Array | None]:
    dim = w.ndim - 2
    z = _gather(x, _as_read(w, flip), **geometry)
    if b is not None:
        z += _per_channel(b, dim)
    if activation == "identity":
        return z, None
    y = activate(z, activation, alpha, _per_channel(slope, dim))
    return y, (y if FORMULAS[activation].keeps == "y" else z)


def _backward(
    dy: Array,
    x: Array,
    w: Array,
    kept: Array | None,
    slope: Array | None,
    flip: bool,
    activation: str,
    alpha: Any,
    needs: Any,
    out: Out,
    accumulate: bool,
    **geometry: Any,
) -> Gradients:
    out_dx, out_dw, out_db, out_dslope = out or (None,) * 4
    dim = w.ndim - 2
    dz = dy * derivative(kept, activation, alpha, _per_channel(slope, dim))
    dx = dw = db = dslope = None
    if needs[0]:
        dx = place(_spread(dz, _as_read(w, flip), x.shape[2:], **geometry), out_dx)
    if needs[1]:
        share = _as_read(_share(dz, x, w, **geometry), flip)
        dw = place(share.copy() if flip else share, out_dw, accumulate=accumulate)
    if needs[2]:
        db = place(dz.sum(axis=(0, *range(2, dz.ndim))), out_db, accumulate=accumulate)
    if needs[3] and slope is not None and kept is not None:
        dslope = place(slope_gradient(dy, kept, slope, axis=1), out_dslope, accumulate=accumulate)
    return dx, dw, db, dslope


def _transpose(x: Array, w: Array, b: Array | None, flip: bool, **geometry: Any) -> Array:
    y = _spread(x, _as_read(w, flip), **geometry)
    if b is not None:
        y += _per_channel(b, w.ndim - 2)
    return y


# ---- the kernels -----------------------------------------------------------------------------------


def conv1d_forward(
    x: Array,
    w: Array,
    b: Array | None,
    slope: Array | None,
    *,
    stride: int,
    padding: Pair,
    dilation: int,
    groups: int,
    flip: bool,
    activation: str,
    alpha: float | None,
) -> tuple[Array, Array | None]:
    """Convolve along one axis: `conv2d_forward` with one axis less.

    Parameters
    ----------
    x : array (n, c, l)
    w : array (o, c / groups, k)
    b, slope, groups, flip, activation, alpha : see `conv2d_forward`
    stride, dilation : int, at least 1
    padding : (left, right)

    Returns
    -------
    y : array (n, o, p), p = (l + left + right - (k - 1) dilation - 1) // stride + 1
    kept : array of the shape of y, or None
    """
    return _forward(
        x, w, b, slope, flip, activation, alpha,
        stride=(stride,), padding=(padding,), dilation=(dilation,), groups=groups,
    )  # fmt: skip


def conv1d_backward(
    dy: Array,
    x: Array,
    w: Array,
    kept: Array | None,
    slope: Array | None,
    *,
    stride: int,
    padding: Pair,
    dilation: int,
    groups: int,
    flip: bool,
    activation: str,
    alpha: float | None,
    needs: tuple[bool, bool, bool, bool] = (True, True, True, True),
    out: Out = None,
    accumulate: bool = False,
) -> Gradients:
    """Differentiate `conv1d_forward`: see `conv2d_backward`."""
    return _backward(
        dy, x, w, kept, slope, flip, activation, alpha, needs, out, accumulate,
        stride=(stride,), padding=(padding,), dilation=(dilation,), groups=groups,
    )  # fmt: skip


def conv2d_forward(
    x: Array,
    w: Array,
    b: Array | None,
    slope: Array | None,
    *,
    stride: Pair,
    padding: tuple[Pair, Pair],
    dilation: Pair,
    groups: int,
    flip: bool,
    activation: str,
    alpha: float | None,
) -> tuple[Array, Array | None]:
    """Convolve, add the bias, apply the activation.

    z[n,o,p,q] = b[o] + sum over c, i, j of w[o,c,i,j] x[n,c, p sh + i dh - top, q sw + j dw - left]

    Parameters
    ----------
    x : array (n, c, h, w)
        0 outside.
    w : array (o, c / groups, kh, kw)
    b : array (o,), or None
    slope : array (1,) or (o,) for prelu, else None
    stride : (sh, sw)
    padding : ((top, bottom), (left, right))
    dilation : (dh, dw)
    groups : int
        Channels are cut into so many groups; an output sees the inputs of its own group alone.
    flip : bool
        Read w backwards along i and j: the mathematician's convolution.
    activation, alpha : see `activation_forward`

    Returns
    -------
    y : array (n, o, p, q), p = (h + top + bottom - (kh - 1) dh - 1) // sh + 1, q alike
    kept : array of the shape of y, or None
        What the backward pass needs of the activation: y itself, or z, or nothing (identity).
    """
    return _forward(
        x, w, b, slope, flip, activation, alpha,
        stride=stride, padding=padding, dilation=dilation, groups=groups,
    )  # fmt: skip


def conv2d_backward(
    dy: Array,
    x: Array,
    w: Array,
    kept: Array | None,
    slope: Array | None,
    *,
    stride: Pair,
    padding: tuple[Pair, Pair],
    dilation: Pair,
    groups: int,
    flip: bool,
    activation: str,
    alpha: float | None,
    needs: tuple[bool, bool, bool, bool] = (True, True, True, True),
    out: Out = None,
    accumulate: bool = False,
) -> Gradients:
    """Differentiate `conv2d_forward`.

    dz = dy act'(kept); dx, dw: every product w x of the forward pass gives w dz to dx and x dz to dw;
    db = sum of dz over images and positions.

    Parameters
    ----------
    dy : array (n, o, p, q)
    x, w, slope and the options : as in the forward pass
    kept : array of the shape of dy, or None, as the forward pass returned it
    needs : which of (dx, dw, db, dslope) to compute
    out : where to write them; an entry may be None
    accumulate : add dw, db and dslope to `out` instead of overwriting it; dx is always overwritten

    Returns
    -------
    dx, dw, db, dslope : arrays of the shapes of x, w, b and slope; None where not needed
    """
    return _backward(
        dy, x, w, kept, slope, flip, activation, alpha, needs, out, accumulate,
        stride=stride, padding=padding, dilation=dilation, groups=groups,
    )  # fmt: skip


def conv1d_transpose(
    x: Array,
    w: Array,
    b: Array | None,
    *,
    size: int,
    stride: int,
    padding: Pair,
    dilation: int,
    groups: int,
    flip: bool,
) -> Array:
    """The adjoint of `conv1d_forward`: see `conv2d_transpose`."""
    return _transpose(
        x, w, b, flip, size=(size,), stride=(stride,), padding=(padding,), dilation=(dilation,), groups=groups
    )  # fmt: skip


def conv2d_transpose(
    x: Array,
    w: Array,
    b: Array | None,
    *,
    size: Pair,
    stride: Pair,
    padding: tuple[Pair, Pair],
    dilation: Pair,
    groups: int,
    flip: bool,
) -> Array:
    """The adjoint of `conv2d_forward`, that is what it sends to dx when dz is x, plus a bias.

    Parameters
    ----------
    x : array (n, o, p, q)
    w : array (o, c / groups, kh, kw)
    b : array (c,), or None
    size : (h, w)
        Of y: with a stride several sizes lead to the same p and q.
    stride, padding, dilation, groups, flip : those of the `conv2d_forward` that takes y to x

    Returns
    -------
    y : array (n, c, h, w)
    """
    return _transpose(
        x, w, b, flip, size=size, stride=stride, padding=padding, dilation=dilation, groups=groups
    )  # fmt: skip
