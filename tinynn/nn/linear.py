"""Layers that are fully connected.   x (..., in)   w (out, in)   b (out,)"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn import functional as F
from tinynn.errors import ArgumentError
from tinynn.functional.activation import check_activation
from tinynn.nn import init
from tinynn.nn.module import Module
from tinynn.nn.parameter import Parameter


class Linear(Module):
    """y = act(x w^T + b): a fully connected layer with its activation fused in.

    Weights and biases start uniform in +-1/sqrt(in_features), PyTorch's default; see tinynn.nn.init
    for the initialisers of the literature.

    Parameters
    ----------
    in_features, out_features : int
    bias : bool
    activation : str
        "identity" (default), "relu", "tanh", ...; "prelu" learns its slope.
    alpha : float, optional
        leaky_relu and elu.
    dtype : float32 or float64

    Examples
    --------
    >>> layer = Linear(784, 10)
    >>> layer(np.zeros((2, 784), "float32")).shape
    (2, 10)
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        activation: str = "identity",
        alpha: float | None = None,
        dtype: Any = np.float32,
    ) -> None:
        _need_sizes("Linear", in_features=in_features, out_features=out_features)
        check_activation("Linear", activation, alpha)
        self.in_features, self.out_features = int(in_features), int(out_features)
        self.activation, self.alpha = activation, alpha
        bound = 1 / np.sqrt(in_features)
        self.weight = Parameter(init.uniform((out_features, in_features), -bound, bound, dtype=dtype))
        self.bias = Parameter(init.uniform((out_features,), -bound, bound, dtype=dtype)) if bias else None
        self.slope = Parameter(np.full(1, 0.25, dtype)) if activation == "prelu" else None

    def forward(self, x: Any) -> Any:
        return F.linear(x, self.weight, self.bias, self.slope, activation=self.activation, alpha=self.alpha)

    def extra_repr(self) -> str:
        act = "" if self.activation == "identity" else f", activation={self.activation!r}"
        return (
            f"{self.in_features}, {self.out_features}{'' if self.bias is not None else ', bias=False'}{act}"
        )


class Maxout(Module):
    """y = max over p of (x w_p^T + b_p): each output is the largest of `pieces` linear maps.

    It contains ReLU (two pieces, one of them 0) and leaky ReLU, never saturates, and has `pieces` times the
    parameters of a linear layer.

    Parameters
    ----------
    in_features, out_features : int
    pieces : int
        1 to 256.
    bias : bool
    dtype : float32 or float64

    Raises
    ------
    ArgumentError

    Notes
    -----
    Goodfellow, Warde-Farley, Mirza, Courville, Bengio: Maxout networks (ICML 2013).

    Examples
    --------
    >>> nn.Maxout(4, 3, pieces=2).num_parameters()
    30
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        pieces: int = 2,
        bias: bool = True,
        *,
        dtype: Any = np.float32,
    ) -> None:
        _need_sizes("Maxout", in_features=in_features, out_features=out_features, pieces=pieces)
        if pieces > 256:
            raise ArgumentError(f"Maxout: pieces is {pieces}; needed at most 256")
        self.in_features, self.out_features, self.pieces = int(in_features), int(out_features), int(pieces)
        bound, shape = 1 / np.sqrt(in_features), (pieces, out_features, in_features)
        self.weight = Parameter(init.uniform(shape, -bound, bound, dtype=dtype))
        self.bias = Parameter(init.uniform(shape[:2], -bound, bound, dtype=dtype)) if bias else None

    def forward(self, x: Any) -> Any:
        return F.maxout(x, self.weight, self.bias)

    def extra_repr(self) -> str:
        bias = "" if self.bias is not None else ", bias=False"
        return f"{self.in_features}, {self.out_features}, pieces={self.pieces}{bias}"


def _need_sizes(who: str, **sizes: Any) -> None:
    for name, size in sizes.items():
        if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or size < 1:
            raise ArgumentError(f"{who}: {name} is {size!r}; needed a positive integer")
