"""Linear: y = act(x w^T + b).   x (..., in)   w (out, in)   b (out,)"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn import functional as F
from tinynn.errors import ArgumentError
from tinynn.functional.activation import check_activation
from tinynn.nn import init
from tinynn.nn.module import Module, Parameter


class Linear(Module):
    """A fully connected layer with its activation fused in.

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
        for name, size in (("in_features", in_features), ("out_features", out_features)):
            if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or size < 1:
                raise ArgumentError(f"Linear: {name} is {size!r}; needed a positive integer")
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
