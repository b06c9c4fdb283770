"""Flatten: (n, ...) -> (n, the product of the rest)."""

from __future__ import annotations

from typing import Any

from tinynn import functional as F
from tinynn.nn.module import Module


class Flatten(Module):
    """One row per example: (n, c, h, w) -> (n, c*h*w)."""

    def forward(self, x: Any) -> Any:
        return F.flatten(x, start_dim=1)
