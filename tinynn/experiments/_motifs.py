"""Detectors that slide over a sequence: many starts of one detector at once, and what its windows send back.

s starts   n sequences of length l   k places in a kernel
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tinynn import data, nn, optim
from tinynn import functional as F
from tinynn.autograd import Array, no_grad
from tinynn.experiments.first_step import about_to_train
from tinynn.tensor import Tensor

POOLS = {"hard max": F.max, "log-sum-exp": F.logsumexp}


class Detectors(nn.Module):
    """y = pool over places of (w * x) + b for s kernels side by side, none of which knows of the others.

    The bias begins so that a kernel of zeros says "perhaps": log-sum-exp of n zeros is log n.
    """

    def __init__(self, pool: str, starts: int, k: int, windows: int) -> None:
        self.pool = pool
        self.weight = nn.Parameter(nn.init.uniform((starts, 1, k), -0.3, 0.3))
        bias = 0.0 if pool == "hard max" else -np.log(windows)
        self.bias = nn.Parameter(np.full(starts, bias, np.float32))

    def scores(self, x: Any) -> Any:
        """The score of each window, (n, s, windows)."""
        return F.conv1d(x, self.weight)

    def forward(self, x: Any) -> Any:
        return POOLS[self.pool](self.scores(x), axis=2) + self.bias

    def losses(self, x: Any, y: Array) -> Any:
        """The cross-entropy of each start, (s,)."""
        return self.losses_of(self(x), self.for_every_start(y))

    @staticmethod
    def losses_of(logits: Any, labels: Array) -> Any:
        """The same, of the scores; both (n, s)."""
        return F.mean(F.binary_cross_entropy_with_logits(logits, labels, reduction="none"), axis=0)

    def for_every_start(self, y: Array) -> Array:
        """The labels (n,) as (n, s)."""
        return np.broadcast_to(y.astype(np.float32)[:, None], (len(y), len(self.weight.data)))


@dataclass
class Learned:
    """All starts after training: the one with the smallest training loss, and every one's history."""

    model: Detectors
    best: int
    history: Array  # (epochs, s): mean training loss of each epoch
    correlations: Array  # (s,) with the planted motif

    @property
    def kernel(self) -> Array:
        return np.asarray(self.model.weight.data[self.best, 0])

    def scores(self, x: Array) -> Array:
        """Of the best start, (n, windows)."""
        with no_grad():
            return np.asarray(self.model.scores(x))[:, self.best]

    def says(self, x: Array) -> Array:
        """Whether the best start sees the motif, (n,)."""
        with no_grad():
            return np.asarray(self.model(x))[:, self.best] > 0

    def figures(self, test: data.Dataset, places: Array) -> dict[str, Any]:
        """How well the best start does on new sequences, and how many starts found the motif."""
        there = places >= 0
        return {
            "test_accuracy": (self.says(test.x) == (test.labels == 1)).mean(),
            "at_its_place": (self.scores(test.x).argmax(1) == places)[there].mean(),
            "correlation": self.correlations[self.best],
            "kernel": self.kernel,
            "correlations": self.correlations,
            "starts_above_0.95": int((self.correlations > 0.95).sum()),
            "loss_of_each_epoch": self.history[:, self.best],
        }


def learn(
    model: Detectors, train: data.Dataset, motif: Array, *, epochs: int, seed: int, zero: bool
) -> Learned:
    """Plain gradient descent; with zero = False nobody forgets the old gradients."""
    rule = optim.SGD(model.parameters(), lr=0.3)
    loader, history = data.DataLoader(train, 50, seed=seed), []
    batches = ((x, model.for_every_start(np.asarray(y))) for x, y in loader)
    about_to_train(model, lambda logits, labels: model.losses_of(logits, labels).sum(), rule, batches)
    for _ in range(epochs):
        of_batches = []
        for x, y in loader:
            losses = model.losses(x, np.asarray(y))
            losses.sum().backward()
            rule.step()
            if zero:
                rule.zero_grad()
            of_batches.append(losses.numpy())
        history.append(np.mean(of_batches, axis=0))
    with no_grad():
        final = np.asarray(model.losses(train.x, train.y))
    alike = np.array([np.corrcoef(w, motif)[0, 1] for w in model.weight.data[:, 0]])
    return Learned(model, int(final.argmin()), np.stack(history), alike)


def window_parts(pool: str, x: Array, kernel: Array) -> tuple[Array, Array]:
    """What each window of x (l,) adds to the gradient of the kernel (windows, k); and that gradient (k,)."""
    shared = Tensor(kernel[None, None], requires_grad=True)
    F.sum(POOLS[pool](F.conv1d(x[None, None], shared), axis=2)).backward()
    windows = np.lib.stride_tricks.sliding_window_view(x, len(kernel))
    own = Tensor(np.tile(kernel, (len(windows), 1)), requires_grad=True)  # the same numbers, not shared
    POOLS[pool](F.sum(own * windows, axis=1), axis=0).backward()
    return np.asarray(own.grad), np.asarray(shared.grad)[0, 0]


def backward_twice(pool: str, x: Array, kernel: Array) -> float:
    """By how much the gradient grows when the same one is computed again and nobody forgets the first."""
    w = Tensor(kernel[None, None], requires_grad=True)
    norms = []
    for _ in range(2):
        F.sum(POOLS[pool](F.conv1d(x[None, None], w), axis=2)).backward()
        norms.append(float(np.linalg.norm(w.grad)))
    return norms[1] / norms[0]
