"""The transposed convolution: the adjoint of a convolution, from the size of its output to that of its input.

What is the backward pass of one is the forward pass of the other; dw, the sum over all places where a weight
is used, is the same for both, with x and dy on changed sides.

n images   o channels that come in, c that go out   h w (l) positions   k places in a kernel
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.autograd import Array, Backward, op
from tinynn.backends import kernels
from tinynn.errors import ArgumentError, ShapeError
from tinynn.functional.checks import need_shape
from tinynn.functional.conv import need_conv_arrays
from tinynn.functional.geometry import Geometry, geometry, need_sizes
from tinynn.functional.layout import contiguous


@op
def conv_transpose1d(
    x: Any,
    w: Any,
    b: Any = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
    flip: bool = False,
) -> tuple[Array, Backward]:
    """Send each element of a sequence back to the places that a `conv1d` would have taken it from.

    Parameters
    ----------
    x : (n, o, l) float
    w : (o, c / groups, k) float
    b : (c,) float, optional
    stride, padding, output_padding, groups, dilation, flip
        See `conv_transpose2d`.

    Returns
    -------
    (n, c, (l - 1) stride - left - right + (k - 1) dilation + 1 + output_padding)

    Raises
    ------
    ShapeError, DtypeError, ArgumentError

    Examples
    --------
    >>> conv_transpose1d(np.array([[[1.0, 10.0]]]), np.array([[[1.0, 2.0, 3.0]]]), stride=2)
    array([[[ 1.,  2., 13., 20., 30.]]])
    """
    return _conv_transpose(1, x, w, b, stride, padding, output_padding, groups, dilation, flip)


@op
def conv_transpose2d(
    x: Any,
    w: Any,
    b: Any = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
    flip: bool = False,
) -> tuple[Array, Backward]:
    """The adjoint of `conv2d`: from the size of its output to that of its input, as its gradient goes.

    y[n,c, p sh + i dh - top, q sw + j dw - left] collects w[o,c,i,j] x[n,o,p,q] over all o, i, j, p, q that
    lead there, plus b[c].

    Parameters
    ----------
    x : (n, o, h, w) float
    w : (o, c / groups, kh, kw) float
        As that `conv2d` has it: o is the number of channels that come in here.
    b : (c,) float, optional
    stride, padding, dilation : int or (rows, columns)
        Those of that `conv2d`: padding is taken away from the result.
    output_padding : int or (rows, columns)
        By how much to lengthen the result at the bottom and the right, since with a stride several sizes lead
        to the same one; less than the stride or than the dilation.
    groups : int
    flip : bool
        Be the adjoint of the `conv2d` with this flip.

    Returns
    -------
    (n, c, (h - 1) sh - top - bottom + (kh - 1) dh + 1 + output_padding, the same for the columns)

    Raises
    ------
    ShapeError, DtypeError, ArgumentError

    Examples
    --------
    >>> conv_transpose2d(np.ones((1, 1, 2, 2)), np.ones((1, 1, 2, 2)))
    array([[[[1., 2., 1.],
             [2., 4., 2.],
             [1., 2., 1.]]]])
    """
    return _conv_transpose(2, x, w, b, stride, padding, output_padding, groups, dilation, flip)


def _conv_transpose(
    dims: int,
    x: Any,
    w: Any,
    b: Any,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: Any,
    dilation: Any,
    flip: Any,
) -> tuple[Array, Backward]:
    who = f"conv_transpose{dims}d"
    need_conv_arrays(who, dims, x, w, b, None, groups, flip)
    if x.shape[1] != w.shape[0]:
        raise ShapeError(f"{who}: x has {x.shape[1]} channels but w expects {w.shape[0]} (w is {w.shape})")
    c = w.shape[1] * groups
    if b is not None:
        need_shape(who, "b", b, (c,), ", one per output channel")
    size, place = _size_before(who, dims, x.shape[2:], w.shape[2:], stride, padding, output_padding, dilation)
    x, given = _lengthened(x, place.places(who, size, w.shape[2:])), x.shape
    options = {**place.options(), "groups": groups, "flip": flip}
    out = size if dims > 1 else size[0]
    y: Array = getattr(kernels, f"conv{dims}d_transpose")(x, w, b, size=out, **options)
    options |= {"activation": "identity", "alpha": None}

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array | None, ...]:
        dx = dw = db = None
        if needs[0]:
            dx, _ = getattr(kernels, f"conv{dims}d_forward")(dy, w, None, None, **options)
            dx = dx[tuple(map(slice, given))]
        if needs[1]:  # the products are the same, x and dy have changed sides
            kernel, only_w = getattr(kernels, f"conv{dims}d_backward"), (False, True, False, False)
            dw = kernel(x, dy, w, None, None, **options, needs=only_w)[1]
        if needs[2:] == (True,):
            db = _per_channel(dy)
        return (dx, dw, db)[: len(needs)]

    return y, backward


def _size_before(
    who: str,
    dims: int,
    size: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: Any,
    padding: Any,
    output_padding: Any,
    dilation: Any,
) -> tuple[tuple[int, ...], Geometry]:
    """The size that a convolution of this geometry turns into `size`, and the geometry."""
    if isinstance(padding, str):
        raise ArgumentError(f"{who}: padding is {padding!r}; needed integers")
    place = geometry(who, dims, kernel, stride, padding, dilation)
    extra = need_sizes(who, "output_padding", output_padding, dims, 0)
    if any(e >= max(s, d) for e, s, d in zip(extra, place.stride, place.dilation, strict=True)):
        raise ArgumentError(
            f"{who}: output_padding is {output_padding!r}, stride {stride!r} and dilation {dilation!r}; "
            "needed less than the stride or than the dilation"
        )
    axes = zip(size, kernel, place.stride, place.padding, place.dilation, extra, strict=True)
    before = tuple((n - 1) * s - sum(p) + (k - 1) * d + 1 + e for n, k, s, p, d, e in axes)
    if min(before) < 1 or min(size) < 1:
        raise ShapeError(
            f"{who}: x is {size} and padding is {padding!r}: the result would be {before}; "
            "needed at least one place in each direction; try less padding"
        )
    return before, place


def _lengthened(x: Array, size: tuple[int, ...]) -> Array:
    """x (n, o, ...) with zeros at the end of its positions: an output_padding of a stride or more makes room
    for places of the kernel that nothing was sent from."""
    if x.shape[2:] == size:
        return x
    y = np.zeros((*x.shape[:2], *size), x.dtype)
    kernels.copy(x, out=y[tuple(map(slice, x.shape))])
    return y


def _per_channel(dy: Array) -> Array:
    """The sum over images and positions: (n, c, ...) -> (c,)."""
    c = dy.shape[1]
    rows = contiguous(np.moveaxis(dy, 1, -1)).reshape(1, dy.size // max(c, 1), c)
    total: Array = kernels.reduce_sum(rows)
    return total.reshape(c)
