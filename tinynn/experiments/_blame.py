"""Who is to blame? The gradient of a weight as a sum over samples and over paths to the outputs.

    dC/dw_ji = sum over samples s and paths j -> k -> ... -> o of
               a_i(s) f'(z_j(s)) * w_kj f'(z_k(s)) * ... * dC/dy_o(s)

Everything is written out in NumPy here; autograd, which never sees a path, has to come to the same sum.

m samples   n neurons of a layer; layers counted from 0, w (n out, n in)   a, z (m, n)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from tinynn import functional as F
from tinynn import nn
from tinynn.autograd import Array
from tinynn.experiments._small_nets import arrays_of

Layers = Sequence[tuple[Array, Array]]


@dataclass(frozen=True)
class Ledger:
    """The contributions to one weight's gradient, the largest first.

    sample (r,); path (r, p): the neurons that the blame came through, from the weight's own to the output;
    contribution (r,): they add up to the gradient.
    """

    weight: tuple[int, int, int]
    sample: Array
    path: Array
    contribution: Array

    def rows(self) -> list[dict[str, Any]]:
        """As metrics.json has them, counted from 1 as on a blackboard."""
        columns = zip(self.sample, self.path, self.contribution, strict=True)
        return [{"sample": s + 1, "path": p + 1, "contribution": c} for s, p, c in columns]


def sigmoid_net(sizes: Sequence[int], std: float = 1.5) -> nn.Sequential:
    """All layers sigmoid, the last too, as in the article; weights normal, wide enough to differ."""
    layers = [nn.Linear(a, b, activation="sigmoid", dtype="float64") for a, b in pairwise(sizes)]
    model = nn.Sequential(*layers)
    for parameter in model.parameters():
        nn.init.normal_(parameter, 0, std)
    return model


def activities(layers: Layers, x: Array) -> list[Array]:
    """The inputs and what every layer says of them, (m, n) each."""
    found = [x]
    for w, b in layers:
        found.append(1 / (1 + np.exp(-(found[-1] @ w.T + b))))
    return found


def ledger(layers: Layers, x: Array, t: Array, weight: tuple[int, int, int]) -> Ledger:
    """All contributions to dC/dw of weight = (layer, out, in); C is the mean square of y - t."""
    layer, j, i = weight
    a = activities(layers, x)
    slopes = [y * (1 - y) for y in a[1:]]  # f'(z) of a sigmoid
    part = a[layer][:, i] * slopes[layer][:, j]  # (m,)
    routes = [np.full(part.shape, j)]
    for w, slope in zip([w for w, _ in layers[layer + 1 :]], slopes[layer + 1 :], strict=True):
        before = routes[-1]
        part = part[..., None] * w.T[before] * slope.reshape(len(x), *[1] * (part.ndim - 1), -1)
        routes = [np.broadcast_to(r[..., None], part.shape) for r in routes]
        routes.append(np.broadcast_to(np.arange(len(w)), part.shape))
    error = 2 * (a[-1] - t) / t.size  # dC/dy
    samples = np.broadcast_to(np.arange(len(x)).reshape(-1, *[1] * (part.ndim - 1)), part.shape)
    part = part * error[samples, routes[-1]]
    order = np.argsort(-np.abs(part.ravel()), kind="stable")
    path = np.stack([r.ravel() for r in routes], 1)
    return Ledger(weight, samples.ravel()[order], path[order], part.ravel()[order])


def gradients(model: nn.Sequential, x: Array, t: Array) -> list[Array]:
    """dC/dw of every layer by autograd, (n out, n in)."""
    for parameter in model.parameters():
        parameter.grad = None
    F.mse(model(x), t).backward()
    return [np.asarray(p.grad) for p in model.parameters() if p.ndim == 2]


def flows(found: Ledger, sizes: Sequence[int]) -> list[Array]:
    """What goes through every weight of the net on the way to the chosen one, per layer (n out, n in)."""
    through = [np.zeros((b, a)) for a, b in pairwise(sizes)]
    layer, j, i = found.weight
    through[layer][j, i] = found.contribution.sum()
    for n in range(found.path.shape[1] - 1):
        np.add.at(through[layer + 1 + n], (found.path[:, n + 1], found.path[:, n]), found.contribution)
    return through


def largest_error(model: nn.Sequential, x: Array, t: Array) -> float:
    """How far ledger and autograd are apart, over all weights."""
    layers = arrays_of(model)
    return max(
        abs(float(ledger(layers, x, t, (layer, j, i)).contribution.sum() - dw))
        for layer, gradient in enumerate(gradients(model, x, t))
        for (j, i), dw in np.ndenumerate(gradient)
    )
