"""Adam follows its published equations, written out here once more in float64."""

from __future__ import annotations

import numpy as np
import pytest

from tinynn import Tensor, optim
from tinynn.errors import ArgumentError

rng = np.random.default_rng(11)


def by_the_book(w: np.ndarray, gradients: np.ndarray, lr: float, decay: float) -> np.ndarray:
    m = v = np.zeros_like(w)
    for t, g in enumerate(gradients, 1):
        g = g + decay * w
        m, v = 0.8 * m + 0.2 * g, 0.95 * v + 0.05 * g * g
        w = w - lr * (m / (1 - 0.8**t)) / (np.sqrt(v / (1 - 0.95**t)) + 1e-6)
    return w


@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_ten_steps(decay: float) -> None:
    start, gradients = rng.normal(size=(3, 4)), rng.normal(size=(10, 3, 4))
    w = Tensor(start.copy(), requires_grad=True)
    optimizer = optim.Adam([w], lr=0.05, betas=(0.8, 0.95), eps=1e-6, weight_decay=decay)
    for g in gradients:
        w.grad = Tensor(g)
        optimizer.step()
    np.testing.assert_allclose(w.data, by_the_book(start, gradients, 0.05, decay), rtol=1e-12)
    assert np.abs(w.data - start).max() > 0.05


def test_continued_from_its_state_it_goes_on_alike() -> None:
    gradients = rng.normal(size=(6, 5))
    w, again = (Tensor(np.ones(5), requires_grad=True) for _ in range(2))
    first, second = optim.Adam([w], lr=0.1), optim.Adam([again], lr=0.1)
    for step, g in enumerate(gradients):
        if step == 3:
            again.data[...] = w.data
            second.load_state_dict(first.state_dict())
        for tensor, optimizer in ((w, first), (again, second))[: 1 + (step >= 3)]:
            tensor.grad = Tensor(g)
            optimizer.step()
    np.testing.assert_array_equal(w.data, again.data)


@pytest.mark.parametrize(
    "options",
    [{"lr": 0.0}, {"betas": (1.0, 0.9)}, {"betas": (0.9, -0.1)}, {"eps": 0.0}, {"weight_decay": -1}],
)
def test_options_out_of_range(options: dict) -> None:
    with pytest.raises(ArgumentError, match="Adam: "):
        optim.Adam(**options)
