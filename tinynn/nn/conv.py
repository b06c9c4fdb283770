"""Convolutional layers: few weights, used everywhere.  x (n, in, h, w)   weight (out, in / groups, kh, kw)"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from tinynn import functional as F
from tinynn.errors import ArgumentError
from tinynn.functional.activation import check_activation
from tinynn.functional.checks import need_choice
from tinynn.functional.conv_pool import POOLED
from tinynn.functional.geometry import geometry, need_sizes
from tinynn.nn import init
from tinynn.nn.module import Module
from tinynn.nn.parameter import Parameter


class _Conv(Module):
    """What the four layers share. `transposed` says which way the weight is laid out."""

    dims = 2
    transposed = False

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        *,
        activation: str = "identity",
        alpha: float | None = None,
        flip: bool = False,
        dtype: Any = np.float32,
    ) -> None:
        who = type(self).__name__
        need_sizes(who, "in_channels", in_channels, 1, 1)
        need_sizes(who, "out_channels", out_channels, 1, 1)
        need_sizes(who, "groups", groups, 1, 1)
        if in_channels % groups or out_channels % groups:
            raise ArgumentError(
                f"{who}: groups is {groups}; needed a divisor of in_channels, {in_channels}, "
                f"and of out_channels, {out_channels}"
            )
        kernel = need_sizes(who, "kernel_size", kernel_size, self.dims, 1)
        geometry(who, self.dims, kernel, stride, padding, dilation)
        check_activation(who, activation, alpha)
        self.in_channels, self.out_channels, self.kernel_size = int(in_channels), int(out_channels), kernel
        self.stride, self.padding, self.dilation, self.groups = stride, padding, dilation, int(groups)
        self.activation, self.alpha, self.flip = activation, alpha, flip
        ends = (in_channels, out_channels) if self.transposed else (out_channels, in_channels)
        shape = (ends[0], ends[1] // groups, *kernel)
        bound = 1 / np.sqrt(prod(shape[1:]))
        self.weight = Parameter(init.uniform(shape, -bound, bound, dtype=dtype))
        self.bias = Parameter(init.uniform((out_channels,), -bound, bound, dtype=dtype)) if bias else None
        self.slope = Parameter(np.full(1, 0.25, dtype)) if activation == "prelu" else None

    def options(self) -> dict[str, Any]:
        """The geometry, as the functions take it."""
        return {
            "stride": self.stride,
            "padding": self.padding,
            "dilation": self.dilation,
            "groups": self.groups,
            "flip": self.flip,
        }

    def extra_repr(self) -> str:
        usual: dict[str, Any] = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "flip": False}
        usual["activation"] = "identity"
        kernel = self.kernel_size[0] if len(set(self.kernel_size)) == 1 else self.kernel_size
        shown = [str(self.in_channels), str(self.out_channels), f"kernel_size={kernel}"]
        shown += [f"{k}={getattr(self, k)!r}" for k, v in usual.items() if getattr(self, k) != v]
        return ", ".join(shown + ([] if self.bias is not None else ["bias=False"]))


class Conv1d(_Conv):
    """Slide kernels along a sequence: see `tinynn.functional.conv1d`, and `Conv2d` for the parameters.

    Examples
    --------
    >>> nn.Conv1d(3, 8, 5, padding="same")(np.zeros((2, 3, 100), "float32")).shape
    (2, 8, 100)
    """

    dims = 1

    def forward(self, x: Any) -> Any:
        act: dict[str, Any] = {"activation": self.activation, "alpha": self.alpha}
        return F.conv1d(x, self.weight, self.bias, self.slope, **self.options(), **act)


class Conv2d(_Conv):
    """Slide kernels over images, with the activation fused in: see `tinynn.functional.conv2d`.

    Weights and biases start uniform in +-1/sqrt(fan_in), fan_in = in_channels / groups * places of a kernel,
    PyTorch's default; see tinynn.nn.init for the initialisers of the literature.

    Parameters
    ----------
    in_channels, out_channels : int
    kernel_size, stride, dilation : int or (rows, columns)
    padding : int, (rows, columns), ((top, bottom), (left, right)), "same" or "valid"
    groups : int
        A divisor of both numbers of channels; in_channels of them are a depthwise convolution.
    bias : bool
    activation : str
        "identity" (default), "relu", "tanh", ...; "prelu" learns its slope.
    alpha : float, optional
        leaky_relu and elu.
    flip : bool
        Read the kernels backwards, the mathematician's convolution.
    max_pool : int or (rows, columns), optional
        Keep the largest of each window of so many places, in the same pass: `F.conv2d_max_pool`.
    dtype : float32 or float64

    Raises
    ------
    ArgumentError

    Examples
    --------
    >>> layer = nn.Conv2d(3, 16, 3, padding=1, activation="relu", max_pool=2)
    >>> layer(np.zeros((2, 3, 32, 32), "float32")).shape
    (2, 16, 16, 16)
    >>> layer
    Conv2d(3, 16, kernel_size=3, padding=1, activation='relu', max_pool=2)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        *,
        activation: str = "identity",
        alpha: float | None = None,
        flip: bool = False,
        max_pool: Any = None,
        dtype: Any = np.float32,
    ) -> None:
        more: dict[str, Any] = {"activation": activation, "alpha": alpha, "flip": flip, "dtype": dtype}
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, **more
        )
        if max_pool is not None:
            need_sizes("Conv2d", "max_pool", max_pool, 2, 1)
            need_choice("Conv2d", "activation", self.activation, POOLED)
        self.max_pool = max_pool

    def forward(self, x: Any) -> Any:
        act: dict[str, Any] = {"activation": self.activation, "alpha": self.alpha}
        if self.max_pool is None:
            return F.conv2d(x, self.weight, self.bias, self.slope, **self.options(), **act)
        return F.conv2d_max_pool(x, self.weight, self.bias, pool=self.max_pool, **self.options(), **act)

    def extra_repr(self) -> str:
        return super().extra_repr() + (f", max_pool={self.max_pool}" if self.max_pool is not None else "")


class _Transposed(_Conv):
    transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        **more: Any,
    ) -> None:
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, **more
        )
        who = type(self).__name__
        if isinstance(padding, str):
            raise ArgumentError(f"{who}: padding is {padding!r}; needed integers")
        need_sizes(who, "output_padding", output_padding, self.dims, 0)
        self.output_padding = output_padding

    def forward(self, x: Any) -> Any:
        conv = F.conv_transpose1d if self.dims == 1 else F.conv_transpose2d
        y = conv(x, self.weight, self.bias, **self.options(), output_padding=self.output_padding)
        if self.activation == "identity":
            return y
        return F.activation(y, self.slope, activation=self.activation, alpha=self.alpha)

    def extra_repr(self) -> str:
        more = f", output_padding={self.output_padding}" if self.output_padding != 0 else ""
        return super().extra_repr() + more


class ConvTranspose1d(_Transposed):
    """The adjoint of a `Conv1d`: see `tinynn.functional.conv_transpose1d`, and `ConvTranspose2d`.

    Examples
    --------
    >>> nn.ConvTranspose1d(8, 3, 4, stride=2, padding=1)(np.zeros((2, 8, 50), "float32")).shape
    (2, 3, 100)
    """

    dims = 1


class ConvTranspose2d(_Transposed):
    """The adjoint of a `Conv2d`, which makes images larger: see `tinynn.functional.conv_transpose2d`.

    Weights and biases start as PyTorch's, uniform in +-1/sqrt(out_channels / groups * places of a kernel).

    Parameters
    ----------
    in_channels, out_channels, kernel_size, stride, padding
        As of the `Conv2d` whose adjoint it is, but for the ends: that one leads from out_channels to
        in_channels. padding is taken away from the result.
    output_padding : int or (rows, columns)
        How much longer the result is at the bottom and the right; less than the stride or the dilation.
    groups, bias, dilation
        In this order, which is PyTorch's.
    activation, alpha, flip, dtype
        See `Conv2d`; the activation is a step of its own.

    Raises
    ------
    ArgumentError

    Examples
    --------
    >>> nn.ConvTranspose2d(16, 3, 2, stride=2)(np.zeros((2, 16, 8, 8), "float32")).shape
    (2, 3, 16, 16)
    """
