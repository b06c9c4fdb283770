"""What hypernetwork needs: train a neuron, count, and find the straight line that nobody can better.

n points   p pairs of points
"""

from __future__ import annotations

import numpy as np

from tinynn import functional as F
from tinynn import nn, optim
from tinynn.autograd import Array, no_grad
from tinynn.experiments.first_step import about_to_train


def train(g: nn.Module, inputs: tuple[Array, ...], labels: Array, steps: int | None) -> int:
    """Full batches, Adam; labels 0 or 1, like the scores in shape. Returns the number of steps."""
    rule = optim.Adam(g.parameters(), lr=0.1)
    steps = steps or 300
    about_to_train(g, F.binary_cross_entropy_with_logits, rule, [(inputs[0], labels)])
    for _ in range(steps):
        F.binary_cross_entropy_with_logits(g(*inputs), labels).backward()
        rule.step()
        rule.zero_grad()
    return steps


def right(g: nn.Module, inputs: tuple[Array, ...], labels: Array) -> float:
    with no_grad():
        return float(((np.asarray(g(*inputs)) > 0) == (labels > 0)).mean())


def best_line(x: Array, label: Array) -> tuple[Array, float]:
    """The straight line (w1, w2, b) that is right most often, and how often.

    Any line can be turned and shifted until it goes through two of the points without passing over another;
    these two can then be had on either side. So all lines through two points are tried.
    """
    i, j = np.triu_indices(len(x), 1)
    normal = np.stack([x[i, 1] - x[j, 1], x[j, 0] - x[i, 0]], 1).astype(np.float64)
    side = np.einsum("pk,pnk->pn", normal, x[None] - x[i][:, None], optimize=True)
    side[np.arange(len(i)), i] = side[np.arange(len(j)), j] = 0
    hits = ((side > 0) & label).sum(1) + ((side < 0) & ~label).sum(1)
    hits = np.maximum(hits, len(x) - 2 - hits)
    p = int(hits.argmax())
    return np.array([*normal[p], -normal[p] @ x[i[p]]]), float((hits[p] + 2) / len(x))
