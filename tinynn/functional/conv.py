"""Convolution: a small kernel w that is used at every place of the input.

z[o, p] = b[o] + sum over c, i of w[o, c, i] x[c, p stride + i dilation - padding];  y = act(z)

This is cross-correlation, as in the field; `flip=True` reads the kernel backwards, the mathematician's
convolution. Whatever learns w learns the same either way, only mirrored.

n images   c input channels   o output channels   h w (l) positions   k places in a kernel
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.autograd import Array, Backward, op
from tinynn.backends import kernels
from tinynn.errors import ArgumentError, ShapeError
from tinynn.functional.activation import check_activation
from tinynn.functional.checks import are_float, need_array, need_float, need_shape
from tinynn.functional.geometry import geometry, need_images, need_sizes


@op
def conv1d(
    x: Any,
    w: Any,
    b: Any = None,
    slope: Any = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    activation: str = "identity",
    alpha: float | None = None,
    flip: bool = False,
) -> tuple[Array, Backward]:
    """Slide a kernel along a sequence, add the bias, apply the activation: one fused kernel.

    y[n,o,p] = act(b[o] + sum over c, i of w[o,c,i] x[n,c, p stride + i dilation - left])

    Parameters
    ----------
    x : (n, c, l) float
        A single sequence has n = 1; (c, l) is refused.
    w : (o, c / groups, k) float
    b : (o,) float, optional
    slope : (1,) or (o,) float, for activation="prelu" only
    stride, dilation : int
    padding : int, (left, right), "same" or "valid"
        Zeros to put before and after; "same" keeps l and needs stride 1.
    groups, activation, alpha, flip
        See `conv2d`.

    Returns
    -------
    (n, o, p), p = (l + left + right - (k - 1) dilation - 1) // stride + 1

    Raises
    ------
    ShapeError, DtypeError, ArgumentError

    Examples
    --------
    >>> x = np.array([[[1.0, 2.0, 4.0, 8.0]]])
    >>> conv1d(x, np.array([[[-1.0, 1.0]]]))
    array([[[1., 2., 4.]]])
    """
    return _conv(1, x, w, b, slope, stride, padding, dilation, groups, activation, alpha, flip)


@op
def conv2d(
    x: Any,
    w: Any,
    b: Any = None,
    slope: Any = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    activation: str = "identity",
    alpha: float | None = None,
    flip: bool = False,
) -> tuple[Array, Backward]:
    """Slide a kernel over images, add the bias, apply the activation: one fused kernel.

    y[n,o,p,q] = act(b[o] + sum over c, i, j of w[o,c,i,j] x[n,c, p sh + i dh - top, q sw + j dw - left])

    Parameters
    ----------
    x : (n, c, h, w) float
        A single image has n = 1; (c, h, w) is refused.
    w : (o, c / groups, kh, kw) float
    b : (o,) float, optional
    slope : (1,) or (o,) float, for activation="prelu" only
    stride, dilation : int or (rows, columns)
    padding : int, (rows, columns), ((top, bottom), (left, right)), "same" or "valid"
        Zeros to put around x; "same" keeps h and w and needs stride 1 (of an odd number of zeros the greater
        half comes after).
    groups : int
        Channels are cut into so many groups; an output sees the inputs of its own group alone. With
        groups = c each channel has kernels of its own (depthwise).
    activation : str
        See tinynn.functional.activation.
    alpha : float, optional
        leaky_relu and elu.
    flip : bool
        Read w backwards along both axes: the mathematician's convolution.

    Returns
    -------
    (n, o, p, q), p = (h + top + bottom - (kh - 1) dh - 1) // sh + 1, q alike

    Raises
    ------
    ShapeError, DtypeError, ArgumentError

    Examples
    --------
    >>> x = np.arange(9.0).reshape(1, 1, 3, 3)
    >>> conv2d(x, np.ones((1, 1, 2, 2)), np.array([100.0]))
    array([[[[108., 112.],
             [120., 124.]]]])
    """
    return _conv(2, x, w, b, slope, stride, padding, dilation, groups, activation, alpha, flip)


def _conv(
    dims: int,
    x: Any,
    w: Any,
    b: Any,
    slope: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: Any,
    activation: str,
    alpha: float | None,
    flip: Any,
) -> tuple[Array, Backward]:
    who = f"conv{dims}d"
    alpha = check_conv(who, dims, x, w, b, slope, groups, activation, alpha, flip)
    place = geometry(who, dims, w.shape[2:], stride, padding, dilation)
    place.places(who, x.shape[2:], w.shape[2:])
    options = {**place.options(), "groups": groups, "flip": flip, "activation": activation, "alpha": alpha}
    y, kept = getattr(kernels, f"{who}_forward")(x, w, b, slope, **options)

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array | None, ...]:
        kernel = getattr(kernels, f"{who}_backward")
        gradients = kernel(dy, x, w, kept, slope, **options, needs=(*needs, False, False)[:4])
        return gradients[: len(needs)]  # type: ignore[no-any-return]

    return y, backward


def check_conv(
    who: str,
    dims: int,
    x: Any,
    w: Any,
    b: Any,
    slope: Any,
    groups: Any,
    activation: str,
    alpha: float | None,
    flip: Any,
) -> float:
    """All but the geometry; returns the alpha to hand to the kernel."""
    need_conv_arrays(who, dims, x, w, b, slope, groups, flip)
    alpha = check_activation(who, activation, alpha)
    c, (o, inner) = x.shape[1], w.shape[:2]
    if c != inner * groups:
        expects = f"{inner * groups} (w is {w.shape}" + (f", groups is {groups})" if groups > 1 else ")")
        raise ShapeError(f"{who}: x has {c} channels but w expects {expects}{_hint(x, w, groups)}")
    if b is not None:
        need_shape(who, "b", b, (o,), ", one per output channel")
    if slope is not None and activation != "prelu":
        raise ArgumentError(f"{who}: got a slope with activation={activation!r}; only prelu has one")
    if activation == "prelu" and (slope is None or slope.shape not in ((1,), (o,))):
        got = None if slope is None else slope.shape
        raise ShapeError(f"{who}: slope is {got}; prelu needed (1,) or ({o},)")
    return alpha


def _hint(x: Array, w: Array, groups: int) -> str:
    """What may have been meant where x and w disagree about the channels."""
    c, (o, inner) = x.shape[1], w.shape[:2]
    if x.shape[-1] == inner * groups:
        return f"; try x.transpose({'0, 2, 1' if x.ndim == 3 else '0, 3, 1, 2'}), for channels come second"
    if inner and c >= inner and c % inner == 0 and o % (c // inner) == 0:
        return f"; did you mean groups={c // inner}?"
    return ""


def need_conv_arrays(who: str, dims: int, x: Any, w: Any, b: Any, slope: Any, groups: Any, flip: Any) -> None:
    """Floats of one kind, of the right number of axes, and groups that divide the first axis of w."""
    if w is None or not are_float(x, w, b, slope):
        need_array(who, "x", x)
        need_array(who, "w", w)
        need_float(who, x=x, w=w, b=b, slope=slope)
    need_images(who, "x", x, dims)
    if w.ndim != dims + 2 or 0 in w.shape[2:]:
        wanted = "(o, c / groups, k)" if dims == 1 else "(o, c / groups, kh, kw)"
        raise ShapeError(f"{who}: w is {w.shape}; needed {wanted} with a kernel of at least one place")
    (groups,) = need_sizes(who, "groups", groups, 1, 1)
    if w.shape[0] % groups:
        raise ArgumentError(
            f"{who}: groups is {groups} and w is {w.shape}; needed a divisor of {w.shape[0]}, its first axis"
        )
    if not isinstance(flip, (bool, np.bool_)):
        raise ArgumentError(f"{who}: flip is {flip!r}; needed True or False")
