"""A small problem that every test of training can afford."""

from __future__ import annotations

import numpy as np
import pytest

import tinynn as tn
from tinynn import data, nn


@pytest.fixture(autouse=True)
def seeded() -> None:
    tn.manual_seed(0)


@pytest.fixture(scope="session")
def points() -> data.Dataset:
    """300 points on a spiral of three arms."""
    return data.spirals(100, arms=3, noise=0.05, seed=0)


@pytest.fixture
def net() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 16, activation="relu"), nn.Linear(16, 3))


@pytest.fixture(scope="session")
def line() -> tuple[np.ndarray, np.ndarray]:
    """y = 3 x - 1, exactly."""
    x = np.linspace(-1, 1, 64)[:, None]
    return x, 3 * x - 1
