"""Schedules: the learning rate as a function of the step.

A schedule is a function first: `schedule(step)` says the rate of step 0, 1, 2, ..., whenever it is
asked, so `fit(schedule=...)` and a compiled step take it as it is. In a loop by hand, as in PyTorch:

    schedule = optim.CosineAnnealingLR(optimizer, T_max=1000)
    for x, y in loader:
        ...
        optimizer.step()
        schedule.step()         # sets optimizer.lr for the next step

lr below is the rate that the optimiser had when the schedule was made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import cos, pi
from typing import Any

import numpy as np

from tinynn.errors import ArgumentError
from tinynn.optim.optimizer import Optimizer, check_not_negative, check_positive, check_share


class Schedule:
    """Base of the schedules: subclasses say `rate(step)`.

    Attributes
    ----------
    optimizer : Optimizer
    base_lr : float
        The optimiser's rate when the schedule was made.
    steps : int
        How many steps were taken.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        if not isinstance(optimizer, Optimizer):
            raise ArgumentError(
                f"{type(self).__name__}: got {type(optimizer).__name__}; "
                "needed an optimizer, such as optim.SGD(lr=0.1)"
            )
        self.optimizer = optimizer
        self.base_lr = optimizer.lr
        self.steps = 0
        optimizer.lr = self(0)

    def rate(self, step: int) -> float:
        """The learning rate of a step; they are counted from 0."""
        raise TypeError(f"{type(self).__name__}: has no rate(step)")

    def __call__(self, step: int) -> float:
        return float(self.rate(step))

    def step(self) -> None:
        """One step was taken: set the optimiser's rate for the next."""
        self.steps += 1
        self.optimizer.lr = self(self.steps)

    def state_dict(self) -> dict[str, Any]:
        """What a resumed run needs, as arrays."""
        return {"steps": np.array(self.steps), "base_lr": np.array(self.base_lr)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue where `state_dict` was taken.

        Raises
        ------
        ArgumentError
            It is no state of a schedule.
        """
        if set(state) != {"steps", "base_lr"}:
            raise ArgumentError(
                f"{type(self).__name__}: got the state {sorted(state)}; needed steps, base_lr"
            )
        self.steps, self.base_lr = int(state["steps"]), float(state["base_lr"])
        self.optimizer.lr = self(self.steps)


class LambdaLR(Schedule):
    """lr f(step), for any function.

    Examples
    --------
    >>> schedule = LambdaLR(optim.SGD(lr=0.5), lambda step: 1 / (1 + step))
    >>> schedule(0), schedule(4)
    (0.5, 0.1)
    """

    def __init__(self, optimizer: Optimizer, lr_lambda: Callable[[int], float]) -> None:
        if not callable(lr_lambda):
            raise ArgumentError(f"LambdaLR: got {lr_lambda!r}; needed a function of the step")
        self.lr_lambda = lr_lambda
        super().__init__(optimizer)

    def rate(self, step: int) -> float:
        return self.base_lr * self.lr_lambda(step)


class StepLR(Schedule):
    """lr gamma^(step // step_size): a drop every `step_size` steps.

    Examples
    --------
    >>> schedule = StepLR(optim.SGD(lr=1.0), step_size=10, gamma=0.5)
    >>> schedule(9), schedule(10), schedule(20)
    (1.0, 0.5, 0.25)
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1) -> None:
        self.step_size = _count("StepLR", "step_size", step_size)
        self.gamma = check_positive("StepLR", "gamma", gamma)
        super().__init__(optimizer)

    def rate(self, step: int) -> float:
        return self.base_lr * self.gamma ** (step // self.step_size)


class MultiStepLR(Schedule):
    """lr gamma^(how many milestones have been reached).

    Examples
    --------
    >>> schedule = MultiStepLR(optim.SGD(lr=1.0), milestones=[5, 8], gamma=0.5)
    >>> schedule(4), schedule(5), schedule(8)
    (1.0, 0.5, 0.25)
    """

    def __init__(self, optimizer: Optimizer, milestones: Sequence[int], gamma: float = 0.1) -> None:
        self.milestones = sorted(_count("MultiStepLR", "milestones", m) for m in milestones)
        self.gamma = check_positive("MultiStepLR", "gamma", gamma)
        super().__init__(optimizer)

    def rate(self, step: int) -> float:
        return self.base_lr * self.gamma ** sum(step >= m for m in self.milestones)


class ExponentialLR(Schedule):
    """lr gamma^step.

    Examples
    --------
    >>> ExponentialLR(optim.SGD(lr=1.0), gamma=0.5)(3)
    0.125
    """

    def __init__(self, optimizer: Optimizer, gamma: float) -> None:
        self.gamma = check_positive("ExponentialLR", "gamma", gamma)
        super().__init__(optimizer)

    def rate(self, step: int) -> float:
        return self.base_lr * self.gamma**step


class LinearLR(Schedule):
    """lr times a factor that goes from start_factor to end_factor in `total_iters` steps, and stays there.

    Examples
    --------
    >>> schedule = LinearLR(optim.SGD(lr=1.0), 1.0, 0.0, total_iters=4)
    >>> schedule(1), schedule(4), schedule(9)
    (0.75, 0.0, 0.0)
    """

    def __init__(
        self, optimizer: Optimizer, start_factor: float = 1 / 3, end_factor: float = 1.0, total_iters: int = 5
    ) -> None:
        self.start_factor = check_not_negative("LinearLR", "start_factor", start_factor)
        self.end_factor = check_not_negative("LinearLR", "end_factor", end_factor)
        self.total_iters = _count("LinearLR", "total_iters", total_iters)
        super().__init__(optimizer)

    def rate(self, step: int) -> float:
        share = min(step / self.total_iters, 1.0)
        return self.base_lr * (self.start_factor + (self.end_factor - self.start_factor) * share)


class CosineAnnealingLR(Schedule):
    """From lr to eta_min in `T_max` steps, along half a cosine, and stays there.

    eta_min + (lr - eta_min) (1 + cos(pi step / T_max)) / 2.

    Notes
    -----
    Loshchilov, Hutter: SGDR, stochastic gradient descent with warm restarts (ICLR 2017), without restarts.

    Examples
    --------
    >>> schedule = CosineAnnealingLR(optim.SGD(lr=1.0), T_max=10)
    >>> schedule(0), round(schedule(5), 12), schedule(10), schedule(99)
    (1.0, 0.5, 0.0, 0.0)
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0) -> None:  # noqa: N803 (PyTorch's name)
        self.total = _count("CosineAnnealingLR", "T_max", T_max)
        self.eta_min = check_not_negative("CosineAnnealingLR", "eta_min", eta_min)
        super().__init__(optimizer)

    def rate(self, step: int) -> float:
        return _cosine(self.base_lr, self.eta_min, step / self.total)


class OneCycleLR(Schedule):
    """Up to max_lr and down again, in `total_steps` steps: one cycle, each way half a cosine.

    From max_lr / div_factor up during the share pct_start of the steps, then down to
    max_lr / (div_factor final_div_factor). The optimiser's own rate is not used; momentum stays.

    Notes
    -----
    Smith, Topin: Super-convergence, very fast training of neural networks using large learning rates (2018).

    Examples
    --------
    >>> schedule = OneCycleLR(optim.SGD(lr=0.1), max_lr=1.0, total_steps=11, pct_start=0.5, div_factor=4)
    >>> schedule(0), schedule(5) > 0.9, schedule(10) < 1e-4
    (0.25, True, True)
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float,
        total_steps: int,
        *,
        pct_start: float = 0.3,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
    ) -> None:
        self.max_lr = check_positive("OneCycleLR", "max_lr", max_lr)
        self.total_steps = _count("OneCycleLR", "total_steps", total_steps)
        self.pct_start = check_share("OneCycleLR", "pct_start", pct_start)
        self.start = self.max_lr / check_positive("OneCycleLR", "div_factor", div_factor)
        self.end = self.start / check_positive("OneCycleLR", "final_div_factor", final_div_factor)
        super().__init__(optimizer)

    def rate(self, step: int) -> float:
        top, last = self.pct_start * self.total_steps - 1, self.total_steps - 1
        if step <= top:
            return _cosine(self.start, self.max_lr, step / top if top > 0 else 1.0)
        return _cosine(self.max_lr, self.end, (step - max(top, 0.0)) / max(last - max(top, 0.0), 1.0))


class WarmupLR(Schedule):
    """A ramp of `steps` steps up to what comes then: the optimiser's rate, or another schedule.

    Step i < steps has (i + 1) / steps of the first rate; from there on `then(i - steps)`.

    Examples
    --------
    >>> sgd = optim.SGD(lr=1.0)
    >>> schedule = WarmupLR(sgd, steps=4, then=ExponentialLR(sgd, 0.5))
    >>> schedule(0), schedule(3), schedule(4), schedule(5)
    (0.25, 1.0, 1.0, 0.5)
    """

    def __init__(self, optimizer: Optimizer, steps: int, then: Schedule | None = None) -> None:
        self.length = _count("WarmupLR", "steps", steps)
        if then is not None and not isinstance(then, Schedule):
            raise ArgumentError(f"WarmupLR: then is {then!r}; needed a schedule")
        self.then = then
        super().__init__(optimizer)
        if then is not None:
            self.base_lr = then.base_lr

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        if self.then is not None:
            self.then.load_state_dict(state)
        super().load_state_dict(state)

    def rate(self, step: int) -> float:
        if step < self.length:
            return (step + 1) / self.length * (self.then(0) if self.then else self.base_lr)
        return self.then(step - self.length) if self.then else self.base_lr


def _cosine(start: float, end: float, share: float) -> float:
    """From start to end along half a cosine; the end stays exact."""
    if share >= 1:
        return end
    return end + (start - end) * (1 + cos(pi * share)) / 2


def _count(who: str, name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ArgumentError(f"{who}: {name} is {value!r}; needed a positive integer")
    return int(value)
