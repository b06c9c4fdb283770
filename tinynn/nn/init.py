"""Initialisers: arrays to start from, drawn from tinynn's generator."""

from __future__ import annotations

from typing import Any

from tinynn.autograd import Array
from tinynn.backends import kernels
from tinynn.random import Generator, default_generator


def uniform(
    shape: tuple[int, ...],
    low: float = 0.0,
    high: float = 1.0,
    *,
    dtype: Any = "float32",
    generator: Generator | None = None,
) -> Array:
    """Uniform in [low, high)."""
    size = 1
    for s in shape:
        size *= s
    seed, offset = (generator or default_generator).reserve((size + 1) // 2)
    y: Array = kernels.philox_uniform(shape, seed=seed, offset=offset, low=low, high=high, dtype=dtype)
    return y
