"""Many lone neurons at once, each on data of its own: one batched linear layer, plain gradient descent.

g data sets   n points   k inputs; x (g, n, k)   t (g, n, 1)   theta (g, 1 + k), the bias first
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinynn import functional as F
from tinynn import nn, optim
from tinynn.autograd import Array
from tinynn.experiments.first_step import about_to_train


@dataclass
class Descent:
    """Where gradient descent went: path (steps + 1, g, 1 + k), and the loss without decay, (steps, g)."""

    path: Array
    loss: Array

    @property
    def end(self) -> Array:
        return np.asarray(self.path[-1])


def descend(
    x: Array,
    t: Array,
    loss: Callable[..., Any],
    *,
    lr: float | Callable[[int], float],
    steps: int,
    decay: float = 0.0,
    start: Array | None = None,
) -> Descent:
    """Minimise mean loss(w x + b, t) + decay / 2 |w|^2 of each data set; the bias is left alone.

    The neurons are kept apart by summing their losses: each has the gradient of its own. It ends
    before `steps` where no coefficient moves by more than roundings.
    """
    g, _, k = x.shape
    theta = np.zeros((g, 1 + k)) if start is None else np.array(start)
    w, b = nn.Parameter(theta[:, None, 1:].copy()), nn.Parameter(theta[:, :1].copy())
    first = lr if isinstance(lr, float) else lr(0)
    about_to_train(nn.Linear(k, 1, dtype="float64"), loss, optim.SGD(lr=first), [(x[0], t[0])])
    rule = optim.SGD([w, b], lr=first)
    path, losses = [theta], []
    for step in range(steps):
        rule.lr = lr if isinstance(lr, float) else lr(step)
        each = F.mean(loss(F.linear(x, w, b), t, reduction="none"), axis=(1, 2))
        total = F.sum(each) + 0.5 * decay * F.sum(w * w)
        total.backward()
        rule.step()
        rule.zero_grad()
        losses.append(each.numpy().copy())
        path.append(np.concatenate([b.data, w.data[:, 0]], 1))
        if np.abs(path[-1] - path[-2]).max() < 1e-14:
            break
    return Descent(np.stack(path), np.stack(losses))


def scores(theta: Array, x: Array) -> Array:
    """w x + b of every data set's neuron at its points, (g, n)."""
    return np.asarray(np.einsum("gnk,gk->gn", x, theta[:, 1:]) + theta[:, :1])


def log_loss(theta: Array, x: Array, t: Array) -> Array:
    """The mean of -log p(t), p = sigmoid(w x + b), in NumPy alone: theta (..., 1 + k), x (n, k), t (n, 1)."""
    z = theta[..., 1:] @ x.T + theta[..., :1]
    return np.asarray((np.logaddexp(0, z) - t[:, 0] * z).mean(-1))
