"""Normalisation: mean 0 and variance 1 for each channel over the batch, or for each row over its features.

n images   c channels   h = (x - mean) / sqrt(var + eps)
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from tinynn.autograd import Array, Backward, op
from tinynn.backends import kernels
from tinynn.errors import ArgumentError, ShapeError
from tinynn.functional.checks import need_array, need_flag, need_float, need_number, need_shape
from tinynn.functional.layout import as_channels, contiguous


@op
def batch_norm(
    x: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    *,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> tuple[Array, Backward]:
    """y = weight h + bias, every channel normalised over the batch and all places of the image.

    In training mean and variance are those of x, and they depend on x:
    dx = weight / sqrt(var + eps) (dy - mean of dy - h mean of dy h). Else the running ones are constants, and
    dx = weight / sqrt(var + eps) dy. dweight = sum dy h, dbias = sum dy.

    Parameters
    ----------
    x : (n, c) or (n, c, ...) float
    running_mean, running_var : (c,) float, optional in training
        In training they move, in place: running = (1 - momentum) running + momentum (that of x), the variance
        of x being the unbiased one, which divides by the count less one, as in PyTorch.
    weight, bias : (c,) float, optional
    training : bool
    momentum : float
        0 to 1.
    eps : float
        Added to the variance; greater than 0.

    Raises
    ------
    ShapeError, DtypeError, ArgumentError

    Notes
    -----
    Ioffe, Szegedy: Batch normalization (ICML 2015).

    Examples
    --------
    >>> batch_norm(np.array([[1.0, 5.0], [3.0, 9.0]]), training=True).round(3)
    array([[-1., -1.],
           [ 1.,  1.]])
    """
    training = need_flag("batch_norm", "training", training)
    momentum = need_number("batch_norm", "momentum", momentum, 0, 1)
    eps = need_eps("batch_norm", eps)
    _need_batch(x, running_mean, running_var, weight, bias, training)
    rows = as_channels(x)
    y, mean, rstd = kernels.batch_norm_forward(
        rows, weight, bias, running_mean, running_var, training=training, momentum=momentum, eps=eps
    )

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array | None, ...]:
        wanted = (*needs, False, False, False, False)
        dx, dweight, dbias = kernels.batch_norm_backward(
            as_channels(dy),
            rows,
            weight,
            mean,
            rstd,
            training=training,
            needs=(wanted[0], wanted[3], wanted[4]),
        )
        return (None if dx is None else dx.reshape(x.shape), None, None, dweight, dbias)[: len(needs)]

    return y.reshape(x.shape), backward


def _need_batch(x: Any, mean: Any, var: Any, weight: Any, bias: Any, training: bool) -> None:
    who = "batch_norm"
    need_array(who, "x", x)
    need_float(who, x=x, running_mean=mean, running_var=var, weight=weight, bias=bias)
    if x.ndim < 2:
        raise ShapeError(f"{who}: x is {x.shape}; needed (n, c) or (n, c, ...)")
    for name, array in (("running_mean", mean), ("running_var", var), ("weight", weight), ("bias", bias)):
        if array is not None:
            need_shape(who, name, array, (x.shape[1],), ", one per channel")
    if (mean is None) != (var is None):
        raise ArgumentError(f"{who}: got one of running_mean and running_var; needed both or neither")
    if not training:
        if mean is None:
            raise ArgumentError(
                f"{who}: running_mean is None; needed both running statistics unless training=True"
            )
    elif (count := x.shape[0] * prod(x.shape[2:])) < 2:
        raise ShapeError(f"{who}: x is {x.shape}, {count} numbers per channel; training needed at least 2")
    elif mean is not None:
        for name, array in (("running_mean", mean), ("running_var", var)):
            if not (array.flags.writeable and array.flags.c_contiguous):
                raise ArgumentError(
                    f"{who}: {name} is updated in place; needed it writeable and C-contiguous"
                )
        if np.may_share_memory(mean, var):
            raise ArgumentError(f"{who}: running_mean and running_var share memory; needed two arrays")


def need_eps(who: str, eps: Any) -> float:
    """A number greater than 0: a channel that is constant has variance 0."""
    if need_number(who, "eps", eps, 0) == 0 or np.isinf(eps):
        raise ArgumentError(f"{who}: eps is {eps!r}; needed a finite number greater than 0")
    return float(eps)


def layer_norm(
    x: Any, normalized_shape: int | tuple[int, ...], weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Any:
    """y = weight h + bias, every example normalised over its own last axes: the batch plays no part.

    With g = dy weight: dx = (g - mean of g - h mean of g h) / sqrt(var + eps), dweight = sum dy h,
    dbias = sum dy.

    Parameters
    ----------
    x : (..., *normalized_shape) float
    normalized_shape : int or tuple of int
        The sizes of the axes that are normalised together, the last of x.
    weight, bias : float arrays of normalized_shape, optional
    eps : float
        Added to the variance; greater than 0.

    Raises
    ------
    ShapeError, DtypeError, ArgumentError

    Notes
    -----
    Ba, Kiros, Hinton: Layer normalization (2016).

    Examples
    --------
    >>> layer_norm(np.array([[1.0, 3.0], [5.0, 9.0]]), 2).round(3)
    array([[-1.,  1.],
           [-1.,  1.]])
    """
    shape = need_normalized_shape("layer_norm", normalized_shape)
    return _layer_norm(x, weight, bias, shape=shape, eps=need_eps("layer_norm", eps))


@op
def _layer_norm(
    x: Any, weight: Any = None, bias: Any = None, *, shape: tuple[int, ...], eps: float
) -> tuple[Array, Backward]:
    need_array("layer_norm", "x", x)
    need_float("layer_norm", x=x, weight=weight, bias=bias)
    if x.shape[-len(shape) :] != shape:
        raise ShapeError(f"layer_norm: x is {x.shape} but normalized_shape is {shape}; the last axes differ")
    for name, array in (("weight", weight), ("bias", bias)):
        if array is not None:
            need_shape("layer_norm", name, array, shape, ", normalized_shape")
    k = prod(shape)
    rows = contiguous(x).reshape(x.size // k, k)
    w, b = (None if a is None else contiguous(a).reshape(k) for a in (weight, bias))
    y, mean, rstd = kernels.layer_norm_forward(rows, w, b, eps=eps)

    def backward(dy: Array, needs: tuple[bool, ...]) -> tuple[Array | None, ...]:
        dy = contiguous(dy).reshape(rows.shape)
        wanted = (*needs, False, False)[:3]
        gradients = kernels.layer_norm_backward(dy, rows, w, mean, rstd, needs=wanted)
        shapes = (x.shape, shape, shape)[: len(needs)]
        return tuple(None if g is None else g.reshape(s) for g, s in zip(gradients, shapes, strict=False))

    return y.reshape(x.shape), backward


def need_normalized_shape(who: str, shape: Any) -> tuple[int, ...]:
    """An integer or a tuple of them, each at least 1, as a tuple."""
    sizes = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
    if not sizes or not all(
        isinstance(s, (int, np.integer)) and not isinstance(s, bool) and s >= 1 for s in sizes
    ):
        raise ArgumentError(
            f"{who}: normalized_shape is {shape!r}; needed an integer >= 1 or a tuple of them"
        )
    return tuple(int(s) for s in sizes)
