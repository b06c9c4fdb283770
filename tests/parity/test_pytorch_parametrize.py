"""torch.nn.utils.parametrize agrees on w = H(u): where u starts, what it becomes, and what w is then."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinynn import functional as F
from tinynn import nn, optim

from .sides import compare, torch_or_skip

RNG = np.random.default_rng(11)
INDEX = np.array([[0, 1, 2, 0, 3], [3, 0, 1, 2, 0], [1, 3, 0, 1, 2]])


class Softplus(nn.Module):
    """w = log(1 + exp(u)) > 0, and the u of a given w."""

    def forward(self, u: Any) -> Any:
        return F.softplus(u)

    def right_inverse(self, w: Any) -> Any:
        return np.log(np.expm1(w))


def softplus(torch: Any) -> Any:
    class Theirs(torch.nn.Module):
        def forward(self, u: Any) -> Any:
            return torch.nn.functional.softplus(u)

        def right_inverse(self, w: Any) -> Any:
            return torch.log(torch.expm1(w))

    return Theirs()


def unit_rows(u: Any) -> Any:
    return u / F.sqrt(F.sum(u * u, axis=1, keepdims=True))


def their_unit_rows(torch: Any) -> Any:
    class Theirs(torch.nn.Module):
        def forward(self, u: Any) -> Any:
            return u / (u * u).sum(1, keepdim=True).sqrt()

    return Theirs()


def shared(torch: Any) -> Any:
    class Theirs(torch.nn.Module):
        def forward(self, u: Any) -> Any:
            return u[torch.from_numpy(INDEX)]

        def right_inverse(self, w: Any) -> Any:
            return torch.stack([w.reshape(-1)[int(np.flatnonzero(k == INDEX)[0])] for k in range(4)])

    return Theirs()


LINEAR = (lambda: nn.Linear(5, 3), lambda torch: torch.nn.Linear(5, 3), (8, 5))
CONV = (lambda: nn.Conv2d(2, 3, 3), lambda torch: torch.nn.Conv2d(2, 3, 3), (4, 2, 7, 6))


@pytest.mark.parametrize(
    ("layer", "h", "their_h"),
    [
        (LINEAR, lambda: unit_rows, their_unit_rows),
        (LINEAR, lambda: nn.SharedWeight(INDEX), shared),
        (LINEAR, Softplus, softplus),
        (CONV, Softplus, softplus),
    ],
    ids=["rows of length 1", "shared weights", "positive weights", "positive kernels"],
)
def test_u_and_w_go_the_same_way(layer: Any, h: Any, their_h: Any) -> None:
    torch = torch_or_skip()
    ours, theirs, x = layer[0](), layer[1](torch), RNG.normal(size=layer[2]).astype(np.float32)
    ours.weight.data[...] = RNG.uniform(0.1, 0.9, ours.weight.shape)
    for mine, its in zip(ours.parameters(), theirs.parameters(), strict=True):
        its.data = torch.from_numpy(mine.numpy().copy())
    held = nn.parametrize(ours, "weight", h())
    torch.nn.utils.parametrize.register_parametrization(theirs, "weight", their_h(torch))
    u = theirs.parametrizations.weight.original
    rules = optim.SGD(ours.parameters(), lr=0.2), torch.optim.SGD(theirs.parameters(), lr=0.2)
    compare("u at the start", held.u.data, u.detach().numpy())
    start = held.u.numpy().copy()
    for step in range(5):
        losses = F.mean(F.square(ours(x))), theirs(torch.from_numpy(x)).square().mean()
        for loss, rule in zip(losses, rules, strict=True):
            rule.zero_grad()
            loss.backward()
            rule.step()
        compare(f"du of step {step}", held.u.grad.data, u.grad.numpy())
        compare(f"w after step {step}", ours.weight.data, theirs.weight.detach().numpy())
    assert np.abs(held.u.numpy() - start).max() > 0.01
    removed = nn.remove_parametrization(ours, "weight")
    torch.nn.utils.parametrize.remove_parametrizations(theirs, "weight")
    compare("w at the end", removed.data, theirs.weight.detach().numpy())
