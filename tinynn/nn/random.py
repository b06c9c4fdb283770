"""Dropout and noise: at work in training mode, the identity after `model.eval()`."""

from __future__ import annotations

from typing import Any

from tinynn import functional as F
from tinynn.functional.checks import need_number
from tinynn.nn.module import Module
from tinynn.random import Generator, default_generator


class Dropout(Module):
    """Drop each number with probability p and scale the rest by 1 / (1 - p); see functional.dropout.

    Parameters
    ----------
    p : float in 0..1
    generator : Generator, optional
        A stream of its own; by default the one that `manual_seed` seeds.

    Raises
    ------
    ArgumentError

    Examples
    --------
    >>> nn.Dropout(0.5).eval()(tn.ones(3))
    Tensor([1., 1., 1.], dtype=float32)
    """

    def __init__(self, p: float = 0.5, *, generator: Generator | None = None) -> None:
        self.p = need_number("Dropout", "p", p, 0, 1)
        self.generator = generator

    def forward(self, x: Any) -> Any:
        return F.dropout(x, self.p, self.training, generator=self.generator)

    def extra_repr(self) -> str:
        return f"p={self.p}"


class GaussianNoise(Module):
    """x + std n, n normal; see functional.gaussian_noise.

    Parameters
    ----------
    std : float >= 0
    generator : Generator, optional

    Raises
    ------
    ArgumentError

    Examples
    --------
    >>> nn.GaussianNoise(0.1).eval()(tn.ones(3))
    Tensor([1., 1., 1.], dtype=float32)
    """

    def __init__(self, std: float = 0.1, *, generator: Generator | None = None) -> None:
        self.std = need_number("GaussianNoise", "std", std, 0)
        self.generator = generator

    def forward(self, x: Any) -> Any:
        return F.gaussian_noise(x, self.std, self.training, generator=self.generator)

    def extra_repr(self) -> str:
        return f"std={self.std}"


def generators(model: Module) -> dict[str, Generator]:
    """The generators that training draws from: the default one, and those that modules hold."""
    found = {"": default_generator}
    for prefix, module in model.named_modules():
        own = {k: v for k, v in vars(module).items() if isinstance(v, Generator)}
        found |= {f"{prefix}.{name}": g for name, g in own.items() if g is not default_generator}
    return found
