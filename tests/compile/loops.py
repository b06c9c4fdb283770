"""The loop that a compiled step stands for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tinynn import nn, optim


def by_hand(model: nn.Module, loss: Any, optimizer: optim.Optimizer) -> Callable[[Any, Any], float]:
    """step(x, y) -> loss, eager."""
    if not optimizer.parameters:
        optimizer.bind(p for p in model.parameters() if p.requires_grad)

    def step(x: Any, y: Any) -> float:
        cost = loss(model(x), y)
        cost.backward()
        optimizer.step()
        optimizer.zero_grad()
        return float(cost.item())

    return step
