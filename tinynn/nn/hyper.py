"""Layers whose weights are not learned but computed.

g groups (inputs or tasks)   m rows of one group   k inputs   n outputs   d size of the condition
"""

from __future__ import annotations

from typing import Any

from tinynn import functional as F
from tinynn.errors import ArgumentError, DtypeError, ShapeError
from tinynn.functional.activation import check_activation
from tinynn.functional.checks import shape_of
from tinynn.nn.linear import _need_sizes
from tinynn.nn.module import Module


class HyperLinear(Module):
    """y = act(x w^T + b) with (w, b) = H(c, u): a linear layer G whose weights another network H computes.

    The parameters are those of H, u. Where the condition c is x itself, every input has weights of its own:
    G(x, H(x, u)). Where it describes a task, all rows of the task share them.

    Parameters
    ----------
    in_features, out_features : int
        k and n of G.
    hyper : Module
        H: c (..., d) -> (..., n k), or (..., n k + n) with a bias: w row by row, then b.
    bias : bool
    activation : str
        Of G; all but "prelu".
    alpha : float, optional

    Raises
    ------
    ArgumentError, DtypeError; ShapeError at the first call where H gives another number of weights.

    Notes
    -----
    Ha, Dai, Le: HyperNetworks (ICLR 2017).

    Examples
    --------
    >>> G = nn.HyperLinear(2, 1, nn.Linear(2, 3))
    >>> G(np.ones((5, 2), "float32")).shape                                      # weights per input
    (5, 1)
    >>> G(np.ones((4, 7, 2), "float32"), np.ones((4, 2), "float32")).shape       # 4 tasks of 7 rows
    (4, 7, 1)
    >>> G(np.ones((7, 2), "float32"), np.ones(2, "float32")).shape               # one task
    (7, 1)
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        hyper: Module,
        bias: bool = True,
        *,
        activation: str = "identity",
        alpha: float | None = None,
    ) -> None:
        _need_sizes("HyperLinear", in_features=in_features, out_features=out_features)
        check_activation("HyperLinear", activation, alpha)
        if activation == "prelu":
            raise ArgumentError("HyperLinear: prelu would need a slope; try leaky_relu")
        if not isinstance(hyper, Module):
            raise DtypeError(f"HyperLinear: H is {type(hyper).__name__}; needed a Module, such as nn.Linear")
        self.in_features, self.out_features, self.bias = int(in_features), int(out_features), bool(bias)
        self.activation, self.alpha = activation, alpha
        self.hyper = hyper

    def weights(self, condition: Any) -> tuple[Any, Any]:
        """w (..., n, k) and b (..., n), or None, that H computes for a condition (..., d)."""
        k, n = self.in_features, self.out_features
        given = self.hyper(condition)
        needed = n * k + n * self.bias
        if given.shape[-1:] != (needed,):
            raise ShapeError(f"HyperLinear: H gave {given.shape}; needed (..., {needed}): {n} x {k} weights"
                             f"{f' and {n} biases' if self.bias else ''}")  # fmt: skip
        w = F.reshape(given[..., : n * k], (*given.shape[:-1], n, k))
        return w, given[..., n * k :] if self.bias else None

    def forward(self, x: Any, condition: Any = None) -> Any:
        """G(x, H(c, u)).

        Parameters
        ----------
        x : (g, k), one row per group, or (g, m, k); with one condition (d,) any (..., k)
        condition : (g, d), or (d,); by default x (g, k) itself
        """
        shape = shape_of(x)
        w, b = self.weights(x if condition is None else condition)
        if w.ndim == 2 or len(shape) == 3:
            return F.linear(x, w, b, activation=self.activation, alpha=self.alpha)
        if len(shape) != 2 or w.ndim != 3:
            raise ShapeError(f"HyperLinear: x is {shape} and w is {w.shape}; needed x (g, k) or (g, m, k)")
        rows = F.reshape(x, (shape[0], 1, shape[1]))  # a group of one row
        y = F.linear(rows, w, b, activation=self.activation, alpha=self.alpha)
        return F.reshape(y, (shape[0], self.out_features))

    def extra_repr(self) -> str:
        return f"{self.in_features}, {self.out_features}"
