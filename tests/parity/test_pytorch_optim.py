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
