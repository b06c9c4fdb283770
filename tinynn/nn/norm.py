"""Layers that normalise: over the batch, channel by channel, and over the features, row by row."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn import functional as F
from tinynn.autograd import Array
from tinynn.errors import ArgumentError, ShapeError
from tinynn.functional.checks import need_flag, need_number, shape_of
from tinynn.functional.norm import need_eps, need_normalized_shape
from tinynn.nn.module import Module
from tinynn.nn.parameter import Parameter


class _BatchNorm(Module):
    """What BatchNorm1d and BatchNorm2d share: all but the number of axes."""

    axes: tuple[int, ...] = ()
    needed: str = ""
    running_mean: Array
    running_var: Array
    num_batches_tracked: Array

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        *,
        dtype: Any = np.float32,
    ) -> None:
        who = type(self).__name__
        whole = isinstance(num_features, (int, np.integer)) and not isinstance(num_features, bool)
        if not whole or num_features < 1:
            raise ArgumentError(f"{who}: num_features is {num_features!r}; needed a positive integer")
        self.num_features, self.eps = int(num_features), need_eps(who, eps)
        self.momentum = None if momentum is None else need_number(who, "momentum", momentum, 0, 1)
        self.affine = need_flag(who, "affine", affine)
        self.track_running_stats = need_flag(who, "track_running_stats", track_running_stats)
        self.weight = Parameter(np.ones(num_features, dtype)) if affine else None
        self.bias = Parameter(np.zeros(num_features, dtype)) if affine else None
        if track_running_stats:
            self.register_buffer("running_mean", np.zeros(num_features, dtype))
            self.register_buffer("running_var", np.ones(num_features, dtype))
            self.register_buffer("num_batches_tracked", np.zeros((), np.int64))

    def forward(self, x: Any) -> Any:
        shape = shape_of(x)
        if len(shape) not in self.axes or shape[1] != self.num_features:
            needed = self.needed.replace("c", str(self.num_features))
            raise ShapeError(f"{type(self).__name__}: x is {shape}; needed {needed}")
        if not self.track_running_stats:
            return F.batch_norm(x, None, None, self.weight, self.bias, training=True, eps=self.eps)
        count, momentum = int(self.num_batches_tracked) + self.training, self.momentum
        y = F.batch_norm(
            x,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            training=self.training,
            momentum=1 / max(count, 1) if momentum is None else momentum,
            eps=self.eps,
        )
        self.num_batches_tracked[...] = count
        return y

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"track_running_stats={self.track_running_stats}"
        )


class BatchNorm1d(_BatchNorm):
    """y = weight (x - mean) / sqrt(var + eps) + bias for features (n, c) or lines (n, c, l), by channels.

    In training mean and variance are those of the batch, and the running ones follow them; in evaluation the
    running ones are used, so that the answer to one example does not depend on the others.

    Parameters
    ----------
    num_features : int
        c, the channels.
    eps : float
        Added to the variance.
    momentum : float, or None
        How far the running statistics move towards those of a batch; None averages all batches alike.
    affine : bool
        Whether weight (which starts from 1) and bias (from 0) are learned.
    track_running_stats : bool
        False keeps none: the batch is used in evaluation, too.
    dtype : float32 or float64

    Attributes
    ----------
    running_mean, running_var : (c,), buffers
        They start from 0 and 1, and are saved with the parameters.
    num_batches_tracked : int64 of shape (), a buffer

    Raises
    ------
    ArgumentError; ShapeError where x does not fit, or in training holds one number per channel

    Notes
    -----
    Ioffe, Szegedy: Batch normalization (ICML 2015).

    Examples
    --------
    >>> layer = nn.BatchNorm1d(2)
    >>> layer(np.array([[1.0, 5.0], [3.0, 9.0]], "float32")).numpy().round(3)
    array([[-1., -1.],
           [ 1.,  1.]], dtype=float32)
    >>> layer.running_mean
    array([0.2, 0.7], dtype=float32)
    """

    axes = (2, 3)
    needed = "(n, c) or (n, c, l)"


class BatchNorm2d(_BatchNorm):
    """Batch normalisation of images (n, c, h, w), channel by channel; see `BatchNorm1d`.

    Parameters
    ----------
    num_features, eps, momentum, affine, track_running_stats, dtype
        As in `BatchNorm1d`.

    Examples
    --------
    >>> nn.BatchNorm2d(3)(np.zeros((2, 3, 4, 4), "float32")).shape
    (2, 3, 4, 4)
    """

    axes = (4,)
    needed = "(n, c, h, w)"


class LayerNorm(Module):
    """y = weight (x - mean) / sqrt(var + eps) + bias, every example over its own last axes.

    Parameters
    ----------
    normalized_shape : int or tuple of int
        The sizes of the axes that are normalised together, the last of x.
    eps : float
        Added to the variance.
    elementwise_affine : bool
        Whether weight (which starts from 1) and bias (from 0) are learned.
    bias : bool
        False learns no bias.
    dtype : float32 or float64

    Raises
    ------
    ArgumentError; ShapeError where x does not fit

    Notes
    -----
    Ba, Kiros, Hinton: Layer normalization (2016).

    Examples
    --------
    >>> nn.LayerNorm(2)(np.array([[1.0, 3.0], [5.0, 9.0]], "float32")).numpy().round(3)
    array([[-1.,  1.],
           [-1.,  1.]], dtype=float32)
    """

    def __init__(
        self,
        normalized_shape: int | tuple[int, ...],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        *,
        dtype: Any = np.float32,
    ) -> None:
        shape = need_normalized_shape("LayerNorm", normalized_shape)
        affine = need_flag("LayerNorm", "elementwise_affine", elementwise_affine)
        self.normalized_shape, self.eps = shape, need_eps("LayerNorm", eps)
        self.weight = Parameter(np.ones(shape, dtype)) if affine else None
        self.bias = (
            Parameter(np.zeros(shape, dtype)) if affine and need_flag("LayerNorm", "bias", bias) else None
        )

    def forward(self, x: Any) -> Any:
        return F.layer_norm(x, self.normalized_shape, self.weight, self.bias, eps=self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.weight is not None}"
