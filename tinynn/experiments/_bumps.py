"""Nets of bumps: a bump is the difference of two sigmoids, 1 between a and b and 0 elsewhere.

    net(u) = sum over the bumps of c (sigmoid(s (u - a)) - sigmoid(s (u - b)))      u in 0..1

k bumps are 2 k hidden neurons. By hand: the interval is cut into k cells, and c is the mean of f over one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

import tinynn as tn
from tinynn import functional as F
from tinynn import nn, optim
from tinynn.autograd import Array
from tinynn.compile import EnsembleStep
from tinynn.experiments._functions import Target
from tinynn.experiments.first_step import about_to_train

STEEP = 40.0  # times k: a step from 0 to 1 takes a tenth of a cell
Weights = tuple[Array, Array, Array, Array]


def by_hand(target: Target, k: int) -> Weights:
    """w1 (2k, 1), b1 (2k,), w2 (1, 2k), b2 (1,) of k bumps; nothing is learned."""
    edges = np.linspace(0, 1, k + 1)
    edges[0], edges[-1] = -0.5, 1.5  # no step where the interval ends
    inner = np.linspace(0, 1, 16 * k + 1)[:-1] + 0.5 / (16 * k)
    heights = target.at(inner).reshape(k, 16).mean(1)
    steps = np.concatenate([edges[:-1], edges[1:]])
    w2 = np.concatenate([heights, -heights])[None]
    return np.full((2 * k, 1), STEEP * k), -STEEP * k * steps, w2, np.zeros(1)


def net_of(weights: Weights | None, k: int) -> nn.Sequential:
    """2k sigmoid neurons and their sum; without weights they start as soft steps spread over the interval."""
    net = nn.Sequential(nn.Linear(1, 2 * k, activation="sigmoid"), nn.Linear(2 * k, 1))
    if weights is None:
        w = nn.init.normal((2 * k, 1), 0, 10 + 2 * k)
        b = -w[:, 0] * nn.init.uniform((2 * k,), 0, 1)
        weights = w, b, nn.init.normal((1, 2 * k), 0, k**-0.5), np.zeros(1)
    for parameter, values in zip(net.parameters(), weights, strict=True):
        parameter.data[...] = values
    return net


def train(
    build: Callable[[], nn.Module], u: Array, y: Array, *, seeds: Sequence[int], steps: int, lr: float
) -> tn.Ensemble:
    """Mean squared error, full batches, Adam with a rate that falls to 0."""
    nets = tn.Ensemble(build, len(seeds), seeds, optimize=True)
    x, t = (np.ascontiguousarray(a[:, None], np.float32) for a in (u, y))
    about_to_train(build(), F.mse, optim.Adam(), [(x, t)])
    step = EnsembleStep(nets, F.mse, optim.Adam(), example=(x, t))
    step.run(x, t, len(x), lr * (1 - np.arange(steps) / steps))
    return nets


def outputs(weights: Sequence[Array], u: Array) -> Array:
    """What the nets say at u, (nets, n); weights with or without a leading axis of nets."""
    w1, b1, w2, b2 = (np.asarray(w, np.float64) for w in weights)
    if w1.ndim == 2:
        w1, b1, w2, b2 = w1[None], b1[None], w2[None], b2[None]
    x = np.broadcast_to(u[None, :, None], (len(w1), len(u), 1))
    return np.asarray(F.linear(F.linear(x, w1, b1, activation="sigmoid"), w2, b2))[..., 0]


def approximate(target: Target, bumps: Sequence[int], *, seed: int, seeds: int, steps: int) -> dict[str, Any]:
    """Errors over the number of bumps, and what the nets say.

    Returns
    -------
    u, y (n,): the function. "by hand", "by hand, then trained" and "trained": for each number of bumps what
    the nets say there, (nets, n); "errors": name -> root mean square errors (nets, bumps).
    """
    u, y = target.places()
    middle, spread = float(y.mean()), float(y.std()) or 1.0
    said: dict[str, list[Array]] = {"by hand": [], "by hand, then trained": [], "trained": []}
    for k in bumps:
        hand = by_hand(target, k)
        said["by hand"].append(outputs(hand, u))
        scaled = (y - middle) / spread  # so that one learning rate suits any function
        start = (hand[0], hand[1], hand[2] / spread, hand[3] - middle / spread)
        ways = {"by hand, then trained": (start, 1, 0.003), "trained": (None, seeds, 0.03)}
        for name, (weights, many, lr) in ways.items():
            build, numbers = partial(net_of, weights, k), range(seed, seed + many)
            nets = train(build, u, scaled, seeds=numbers, steps=steps, lr=lr)
            said[name].append(middle + spread * outputs(list(nets.parameters().values()), u))
    errors = {
        name: np.stack([np.sqrt(((z - y) ** 2).mean(-1)) for z in each], 1) for name, each in said.items()
    }
    return {"u": u, "y": y, **said, "errors": errors}
