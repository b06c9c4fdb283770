"""Gradients against central differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def assert_gradient(f: Callable[..., Any], gradients: Any, arrays: list[Any], dy: Any, seed: int = 0) -> None:
    """In three random directions of each array: sum(gradient * direction) is the slope of sum(dy * f)."""
    assert np.abs(dy).max() > 0
    for i, (array, gradient) in enumerate(zip(arrays, gradients, strict=True)):
        if array is None:
            continue
        assert gradient.shape == array.shape
        for direction in rng(seed + i).normal(size=(3, *array.shape)):
            h = 1e-5
            up, down = (
                np.sum(dy * f(*arrays[:i], array + s * h * direction, *arrays[i + 1 :])) for s in (1, -1)
            )
            want, got = (up - down) / (2 * h), np.sum(gradient * direction)
            assert got == pytest.approx(want, rel=1e-6, abs=1e-8), f"array {i}: {got}, by difference {want}"
