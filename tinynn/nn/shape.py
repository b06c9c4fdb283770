"""Modules that change the shape, or nothing."""

from __future__ import annotations

from typing import Any

from tinynn import functional as F
from tinynn.nn.module import Module


class Flatten(Module):
    """One row per example: (n, c, h, w) -> (n, c*h*w).

    Examples
    --------
    >>> nn.Flatten()(tn.zeros(8, 1, 28, 28)).shape
    (8, 784)
    """

    def forward(self, x: Any) -> Any:
        return F.flatten(x, start_dim=1)


class Identity(Module):
    """y = x: a place that another module may take."""

    def forward(self, x: Any) -> Any:
        return x
