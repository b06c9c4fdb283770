"""One net of the plane while it learns, and how each of its stages is looked at, for the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

import tinynn as tn
from tinynn import data, nn, optim
from tinynn import functional as F
from tinynn.compile import EnsembleStep
from tinynn.experiments._plane_nets import Array, PlaneNet, lattice, projections
from tinynn.experiments._starts import Nets

MOMENTS = 25


def history(
    points: data.Dataset, build: Callable[[], nn.Module], activation: str, seed: int, steps: int, lr: float
) -> list[tuple[int, PlaneNet]]:
    """(step, net) at moments that lie the closer together the earlier: most happens at the beginning."""
    x, y = np.asarray(points.x), np.asarray(points.y)
    alone = tn.Ensemble(build, 1, [seed], optimize=True)
    step = EnsembleStep(alone, F.cross_entropy, optim.Adam(lr=lr), example=(x, y))
    rates = lr * (1 - np.arange(steps) / steps)
    moments = np.unique(np.round(steps * np.linspace(0, 1, MOMENTS) ** 2).astype(int))
    found = [(0, now(alone, activation, x, y))]
    for before, after in pairwise(moments):
        step.run(x, y, len(x), rates[before:after])
        found.append((int(after), now(alone, activation, x, y)))
    return found


def now(alone: tn.Ensemble, activation: str, x: Array, y: Array) -> PlaneNet:
    """The net as it is."""
    net = PlaneNet.from_nets(Nets.of(alone, activation), 0, 0.0)
    right = net.probabilities(x.astype(np.float64)).argmax(1) == y
    return PlaneNet(activation, net.weights, net.biases, float(right.mean()))


def for_the_page(name: str, moments: Sequence[tuple[int, PlaneNet]], x: Array) -> dict[str, Any]:
    """What report.fold is given of one net: weights (moments, out, in), and the view of every stage.

    A view is the affine map h -> h P' + o onto the plane that is drawn; for two units, h itself.
    """
    nets = [net for _, net in moments]
    layers = range(len(nets[0].weights))
    views = [projections(net.stages(lattice(steps=3), x.astype(np.float64))) for net in nets]
    stages = range(len(views[0]))
    return {
        "name": name,
        "activation": nets[0].activation,
        "steps": [step for step, _ in moments],
        "accuracy": [net.accuracy for net in nets],
        "weights": [np.stack([net.weights[layer] for net in nets]) for layer in layers],
        "biases": [np.stack([net.biases[layer] for net in nets]) for layer in layers],
        "turns": [np.stack([view[stage][1].T for view in views]) for stage in stages],
        "offsets": [np.stack([-view[stage][0] @ view[stage][1] for view in views]) for stage in stages],
    }
