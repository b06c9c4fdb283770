"""PyTorch agrees: 20 steps of the update rules along one sequence of gradients, weight by weight."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import optim

from .sides import compare, torch_or_skip

STEPS = 20
SHAPES = [(7, 5), (7,), (1, 33)]
RULES: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.05}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.05}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"lr": 0.1, "momentum": 0.8, "nesterov": True, "weight_decay": 0.05}),
    ("Adam", {"lr": 0.01}),
    ("Adam", {"lr": 0.01, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.05}),
    ("AdamW", {"lr": 0.01}),
    ("AdamW", {"lr": 0.1, "betas": (0.8, 0.95), "weight_decay": 0.3}),
    ("RMSprop", {"lr": 0.01}),
    ("RMSprop", {"lr": 0.01, "alpha": 0.9, "eps": 1e-3, "momentum": 0.7, "weight_decay": 0.05}),
    ("Adagrad", {"lr": 0.1}),
    ("Adagrad", {"lr": 0.1, "eps": 1e-3, "weight_decay": 0.05}),
]
SCHEDULES: list[tuple[str, dict[str, Any]]] = [
    ("StepLR", {"step_size": 7}),
    ("StepLR", {"step_size": 3, "gamma": 0.7}),
    ("MultiStepLR", {"milestones": [12, 5], "gamma": 0.5}),
    ("ExponentialLR", {"gamma": 0.9}),
    ("LambdaLR", {"lr_lambda": lambda step: 1 / (1 + step)}),
    ("LinearLR", {}),
    ("LinearLR", {"start_factor": 0.1, "end_factor": 0.5, "total_iters": 11}),
    ("CosineAnnealingLR", {"T_max": 30}),
    ("CosineAnnealingLR", {"T_max": 30, "eta_min": 0.01}),
    ("OneCycleLR", {"max_lr": 0.4, "total_steps": 30}),
    ("OneCycleLR", {"max_lr": 0.4, "total_steps": 31, "pct_start": 0.5, "div_factor": 4.0}),
]


def label(row: Any) -> str:
    name, options = row
    return f"{name}({', '.join(f'{k}={v}' for k, v in options.items())})"


@pytest.mark.parametrize("row", RULES, ids=label)
def test_twenty_steps(row: tuple[str, dict[str, Any]]) -> None:
    torch = torch_or_skip()
    name, options = row
    rng = np.random.default_rng(3)
    start = [rng.normal(size=shape).astype(np.float32) for shape in SHAPES]
    ours = [tn.Tensor(w.copy(), requires_grad=True) for w in start]
    theirs = [torch.tensor(w, requires_grad=True) for w in start]
    rule, other = getattr(optim, name)(ours, **options), getattr(torch.optim, name)(theirs, **options)
    for step in range(STEPS):
        for w, z in zip(ours, theirs, strict=True):
            g = rng.normal(scale=10.0 ** -(step % 4), size=w.shape).astype(np.float32)  # large and small ones
            w.grad, z.grad = tn.Tensor(g), torch.from_numpy(g.copy())
        rule.step()
        other.step()
        for i, (w, z) in enumerate(zip(ours, theirs, strict=True)):
            compare(f"{name}: step {step + 1}, parameter {i}", w.data, z.detach().numpy())
    for w, before in zip(ours, start, strict=True):
        assert np.abs(w.data - before).max() > 1e-3


def test_training_a_net_follows_the_same_path() -> None:
    """Gradients from the loss itself, so that an error of one step shows in all that follow."""
    torch = torch_or_skip()
    rng = np.random.default_rng(5)
    x, labels = rng.normal(size=(40, 6)).astype(np.float32), rng.integers(0, 3, 40)
    start = [rng.normal(scale=0.5, size=s).astype(np.float32) for s in ((8, 6), (8,), (3, 8), (3,))]
    ours = [tn.Tensor(w.copy(), requires_grad=True) for w in start]
    theirs = [torch.tensor(w, requires_grad=True) for w in start]
    rule = optim.SGD(ours, lr=0.2, momentum=0.9)
    other = torch.optim.SGD(theirs, lr=0.2, momentum=0.9)
    F, f = tn.functional, torch.nn.functional  # noqa: N806
    for step in range(STEPS):
        h = F.linear(x, ours[0], ours[1], activation="tanh")
        loss = F.cross_entropy(F.linear(h, ours[2], ours[3]), labels)
        z = torch.tanh(f.linear(torch.from_numpy(x), theirs[0], theirs[1]))
        other_loss = f.cross_entropy(f.linear(z, theirs[2], theirs[3]), torch.from_numpy(labels))
        compare(f"loss of step {step + 1}", loss.data, other_loss.detach().numpy())
        for side, its_loss in ((rule, loss), (other, other_loss)):
            side.zero_grad()
            its_loss.backward()
            side.step()
    for i, (w, z) in enumerate(zip(ours, theirs, strict=True)):
        compare(f"parameter {i}", w.data, z.detach().numpy())


@pytest.mark.parametrize("row", SCHEDULES, ids=lambda row: f"{row[0]}({', '.join(row[1])})")
def test_thirty_learning_rates(row: tuple[str, dict[str, Any]]) -> None:
    torch = torch_or_skip()
    name, options = row
    ours = optim.SGD([tn.ones(1, requires_grad=True)], lr=0.2)
    theirs = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=0.2, momentum=0.9)
    schedule = getattr(optim, name)(ours, **options)
    other = getattr(torch.optim.lr_scheduler, name)(theirs, **options)
    for step in range(30):
        assert ours.lr == pytest.approx(theirs.param_groups[0]["lr"], rel=1e-9, abs=1e-12), step
        assert schedule(step) == ours.lr
        if step < 29:
            theirs.step()
            schedule.step()
            other.step()
