"""Activations as modules. nn.Linear(..., activation="relu") does the same in one kernel with the layer."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn import functional as F
from tinynn.errors import ArgumentError
from tinynn.functional.activation import check_activation
from tinynn.nn.module import Module
from tinynn.nn.parameter import Parameter


class ReLU(Module):
    """max(x, 0); see functional.relu."""

    def forward(self, x: Any) -> Any:
        return F.relu(x)


class LeakyReLU(Module):
    """x where x > 0, else alpha x; see functional.leaky_relu."""

    def __init__(self, alpha: float = 0.01) -> None:
        self.alpha = check_activation("LeakyReLU", "leaky_relu", alpha)

    def forward(self, x: Any) -> Any:
        return F.leaky_relu(x, alpha=self.alpha)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}"


class PReLU(Module):
    """x where x > 0, else slope x, the slope being learned; see functional.prelu.

    Parameters
    ----------
    channels : int
        1 for one slope, or the size of axis 1 of the input for one slope each.
    start : float
        The slope to start from.
    dtype : float32 or float64

    Notes
    -----
    He, Zhang, Ren, Sun: Delving deep into rectifiers (ICCV 2015), which starts from 0.25.

    Examples
    --------
    >>> nn.PReLU()(np.array([[-1.0, 2.0]], "float32"))
    Tensor([[-0.25,  2.  ]], dtype=float32, made_by=activation)
    """

    def __init__(self, channels: int = 1, start: float = 0.25, *, dtype: Any = np.float32) -> None:
        if isinstance(channels, bool) or not isinstance(channels, (int, np.integer)) or channels < 1:
            raise ArgumentError(f"PReLU: channels is {channels!r}; needed a positive integer")
        self.slope = Parameter(np.full(channels, start, dtype))

    def forward(self, x: Any) -> Any:
        return F.prelu(x, self.slope)

    def extra_repr(self) -> str:
        return f"channels={self.slope.size}"


class Sigmoid(Module):
    """1 / (1 + exp(-x)); see functional.sigmoid."""

    def forward(self, x: Any) -> Any:
        return F.sigmoid(x)


class Tanh(Module):
    """tanh x; see functional.tanh."""

    def forward(self, x: Any) -> Any:
        return F.tanh(x)


class ELU(Module):
    """x where x > 0, else alpha (exp x - 1); see functional.elu."""

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = check_activation("ELU", "elu", alpha)

    def forward(self, x: Any) -> Any:
        return F.elu(x, alpha=self.alpha)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}"


class GELU(Module):
    """x Phi(x); see functional.gelu."""

    def forward(self, x: Any) -> Any:
        return F.gelu(x)


class SiLU(Module):
    """x sigmoid(x), also called swish; see functional.silu."""

    def forward(self, x: Any) -> Any:
        return F.silu(x)


class Softplus(Module):
    """log(1 + exp x); see functional.softplus."""

    def forward(self, x: Any) -> Any:
        return F.softplus(x)


class Softmax(Module):
    """exp(x) / sum exp(x) along `axis`. Before cross-entropy leave it out: the loss takes logits."""

    def __init__(self, axis: int = -1) -> None:
        self.axis = axis

    def forward(self, x: Any) -> Any:
        return F.softmax(x, self.axis)

    def extra_repr(self) -> str:
        return f"axis={self.axis}"


class LogSoftmax(Module):
    """log softmax(x) along `axis`; see functional.log_softmax."""

    def __init__(self, axis: int = -1) -> None:
        self.axis = axis

    def forward(self, x: Any) -> Any:
        return F.log_softmax(x, self.axis)

    def extra_repr(self) -> str:
        return f"axis={self.axis}"
