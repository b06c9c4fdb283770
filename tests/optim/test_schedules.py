"""Schedules: functions of the step, whoever asks and in whatever order; PyTorch's values: tests/parity."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tinynn import optim
from tinynn.errors import ArgumentError

STEPS = 20


def make(name: str) -> optim.Schedule:
    sgd = optim.SGD(lr=0.5)
    schedules: dict[str, Any] = {
        "StepLR": lambda: optim.StepLR(sgd, 6, 0.5),
        "MultiStepLR": lambda: optim.MultiStepLR(sgd, [3, 11], 0.1),
        "ExponentialLR": lambda: optim.ExponentialLR(sgd, 0.8),
        "LinearLR": lambda: optim.LinearLR(sgd, 0.2, 1.0, 8),
        "CosineAnnealingLR": lambda: optim.CosineAnnealingLR(sgd, 16, 0.1),
        "OneCycleLR": lambda: optim.OneCycleLR(sgd, 2.0, STEPS),
        "LambdaLR": lambda: optim.LambdaLR(sgd, lambda step: 1 / (1 + step)),
        "WarmupLR": lambda: optim.WarmupLR(sgd, 5, optim.CosineAnnealingLR(sgd, 10)),
    }
    return schedules[name]()  # type: ignore[no-any-return]


def half_cosine(share: float) -> float:
    return (1 + math.cos(math.pi * min(share, 1))) / 2


EXPECTED: dict[str, Any] = {
    "StepLR": lambda t: 0.5 * 0.5 ** (t // 6),
    "MultiStepLR": lambda t: 0.5 * 0.1 ** ((t >= 3) + (t >= 11)),
    "ExponentialLR": lambda t: 0.5 * 0.8**t,
    "LinearLR": lambda t: 0.5 * (0.2 + 0.8 * min(t / 8, 1)),
    "CosineAnnealingLR": lambda t: 0.1 + 0.4 * half_cosine(t / 16),
    "LambdaLR": lambda t: 0.5 / (1 + t),
    "WarmupLR": lambda t: (
        0.5 * ((t + 1) / 5 if t < 5 else (1 + math.cos(math.pi * min((t - 5) / 10, 1))) / 2)
    ),
}
each = pytest.mark.parametrize("name", [*EXPECTED, "OneCycleLR"])


@pytest.mark.parametrize("name", EXPECTED)
def test_the_formula(name: str) -> None:
    schedule = make(name)
    for t in range(STEPS):
        assert schedule(t) == pytest.approx(EXPECTED[name](t), rel=1e-12, abs=1e-15)


@each
def test_stepping_sets_what_the_function_says(name: str) -> None:
    schedule = make(name)
    asked = [schedule(t) for t in reversed(range(STEPS))][::-1]  # in another order, before any step
    for t in range(STEPS):
        assert schedule.optimizer.lr == asked[t]
        schedule.step()


@each
def test_a_run_continued_from_its_state_goes_on_alike(name: str) -> None:
    a, b = make(name), make(name)
    for _ in range(7):
        a.step()
    b.load_state_dict({k: np.asarray(v) for k, v in a.state_dict().items()})
    assert b.optimizer.lr == a.optimizer.lr
    for _ in range(5):
        a.step()
        b.step()
        assert b.optimizer.lr == a.optimizer.lr


def test_one_cycle_rises_to_its_top_and_ends_near_zero() -> None:
    schedule = make("OneCycleLR")
    rates = [schedule(t) for t in range(STEPS)]
    top = int(np.argmax(rates))
    assert rates[0] == pytest.approx(2.0 / 25)
    assert rates[top] == pytest.approx(2.0, rel=1e-12)
    assert top == round(0.3 * STEPS) - 1
    assert all(np.diff(rates[: top + 1]) > 0)
    assert all(np.diff(rates[top:]) < 0)
    assert rates[-1] == pytest.approx(2.0 / 25 / 1e4)


def test_the_last_rate_is_exact() -> None:
    assert optim.CosineAnnealingLR(optim.SGD(lr=0.3), 7)(7) == 0
    assert optim.LinearLR(optim.SGD(lr=1.0), 0.0, 1.0, 3)(100) == 1


def test_a_restored_rate_is_that_of_the_saved_run() -> None:
    a = optim.WarmupLR(s := optim.SGD(lr=0.5), 2, optim.StepLR(s, 3))
    other = optim.WarmupLR(s := optim.SGD(lr=99.0), 2, optim.StepLR(s, 3))
    other.load_state_dict(a.state_dict())
    assert [other(t) for t in range(9)] == [a(t) for t in range(9)]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda s: optim.StepLR(s, 0), "step_size is 0; needed a positive integer"),
        (lambda s: optim.StepLR(s, 2, gamma=-1), "gamma is -1"),
        (lambda s: optim.MultiStepLR(s, [1.5]), "milestones is 1.5"),
        (lambda s: optim.CosineAnnealingLR(s, True), "T_max is True"),
        (lambda s: optim.OneCycleLR(s, 0, 10), "max_lr is 0"),
        (lambda s: optim.LambdaLR(s, 0.1), "needed a function"),
        (lambda s: optim.WarmupLR(s, 3, then=0.1), "needed a schedule"),
        (lambda s: optim.ExponentialLR(0.1, 0.9), "got float; needed an optimizer"),
        (lambda s: optim.StepLR(s, 2).load_state_dict({"a": 1}), "needed steps, base_lr"),
    ],
)
def test_errors(build: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        build(optim.SGD(lr=0.1))
