"""Training with each activation: how fast, and how many units die of a large learning rate.

s seeds   c checks in time   u hidden units   n points
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

import tinynn as tn
from tinynn import data, nn, optim
from tinynn import functional as F
from tinynn.autograd import Array
from tinynn.compile import EnsembleStep
from tinynn.experiments._activation_formulas import LEAK
from tinynn.experiments.first_step import about_to_train

UNITS = 100


def spirals() -> tuple[Array, Array]:
    points = data.spirals(100)
    return np.asarray(points.x), np.asarray(points.y)


def layer(inputs: int, outputs: int, activation: str) -> nn.Module:
    """One hidden layer."""
    if activation == "maxout":
        return nn.Maxout(inputs, outputs, pieces=2)
    alpha = LEAK if activation == "leaky_relu" else None
    return nn.Linear(inputs, outputs, activation=activation, alpha=alpha)


def deep_net(activation: str, width: int = 30, hidden: int = 4) -> nn.Sequential:
    """Weights normal, of variance 2 / fan_in for what bends at 0 and 1 / fan_in else; biases 0."""
    sizes = [2] + [width] * hidden
    layers = [layer(a, b, activation) for a, b in pairwise(sizes)]
    net = nn.Sequential(*layers, nn.Linear(width, 3))
    variance = 1.0 if activation in ("sigmoid", "tanh", "maxout") else 2.0
    for name, parameter in net.named_parameters():
        if name.endswith("weight"):
            nn.init.normal_(parameter, 0, (variance / parameter.shape[-1]) ** 0.5)
        elif name.endswith("bias"):
            nn.init.zeros_(parameter)
    return net


def convergence(activation: str, lr: float, seed: int, *, seeds: int, steps: int) -> Array:
    """Losses (s, steps) of deep nets on three spirals: full batches, SGD, momentum 0.9. NaN: it diverged."""
    x, y = spirals()
    nets = tn.Ensemble(lambda: deep_net(activation), seeds, range(seed, seed + seeds), optimize=True)
    rule = optim.SGD(momentum=0.9)
    about_to_train(deep_net(activation), F.cross_entropy, optim.SGD(momentum=0.9), [(x, y)])
    step = EnsembleStep(nets, F.cross_entropy, rule, example=(x, y))
    return np.asarray(step.run(x, y, len(x), np.full(steps, lr))).T


def steps_to(losses: Array, level: float) -> Array:
    """The first step at which each loss is below the level, (s,); NaN where it never is."""
    below = losses < level
    return np.where(below.any(1), below.argmax(1), np.nan)


def silence(activation: str, lr: float, seed: int, *, seeds: int, checks: int, every: int) -> dict[str, Any]:
    """Nets with one hidden layer, plain SGD: which units answer no point of the data, over time.

    Such a ReLU has no gradient, from any point: it is dead. A leaky ReLU is asleep and may wake up. Of maxout
    no unit is ever without a slope.

    Returns
    -------
    silent (s, c) and dead (s, c): shares of the units; woke (s,): the share of those that were silent at some
    check and were not at a later one; loss (s,): at the end; gone (s, c): whether the net had diverged by
    then, and so stands still; diverged (s,): at the end.
    """
    x, y = spirals()

    def build() -> nn.Module:
        return nn.Sequential(layer(2, UNITS, activation), nn.Linear(UNITS, 3))

    nets = tn.Ensemble(build, seeds, range(seed, seed + seeds), optimize=True)
    step = EnsembleStep(nets, F.cross_entropy, optim.SGD(), example=(x, y))
    quiet, gone = [silent_units(nets, x)], [nets.stopped.copy()]
    losses = np.zeros((0, seeds))
    for _ in range(checks - 1):
        losses = step.run(x, y, len(x), np.full(every, lr))
        quiet.append(silent_units(nets, x))
        gone.append(nets.stopped.copy())
    silent = np.stack(quiet, 1)  # (s, c, u)
    woke = (np.maximum.accumulate(silent, 1)[:, :-1] & ~silent[:, 1:]).any(1)
    share = silent.mean(2)
    return {
        "silent": share,
        "dead": share if activation == "relu" else np.zeros_like(share),
        "woke": woke.mean(1),
        "loss": losses[-1],
        "gone": np.stack(gone, 1),
        "diverged": nets.stopped.copy(),
    }


def still_there(shares: Array, gone: Array) -> Array:
    """Shares (s, c) of the nets that are not gone: else NaN, and all NaN once the median net is gone."""
    return np.where(gone | (gone.mean(0) >= 0.5), np.nan, shares)


def silent_units(nets: tn.Ensemble, x: Array) -> Array:
    """(s, u): whose sum is at most 0 at every point. Maxout always follows one of its pieces."""
    w, b = list(nets.parameters().values())[:2]
    if w.ndim == 4:
        return np.zeros((len(nets), UNITS), bool)
    z = np.asarray(F.linear(np.broadcast_to(x, (len(nets), *x.shape)), w, b))
    return np.asarray((z <= 0).all(1))


def sweep(
    activations: Sequence[str], rates: Sequence[float], seed: int, *, seeds: int, checks: int, every: int
) -> dict[str, list[dict[str, Any]]]:
    """`silence` of every activation at every rate."""
    how = {"seeds": seeds, "checks": checks, "every": every}
    return {name: [silence(name, rate, seed, **how) for rate in rates] for name in activations}
