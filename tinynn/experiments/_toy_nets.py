"""Nets of one hidden layer on a noisy toy of the plane: many seeds on many draws of the data.

d draws of the data   s seeds   n points
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import tinynn as tn
from tinynn import data, nn, optim
from tinynn import functional as F
from tinynn.autograd import Array
from tinynn.compile import EnsembleStep
from tinynn.experiments.first_step import about_to_train

TRAIN, TEST, NOISE = 80, 2000, 0.35
DRAWS, SEEDS, STEPS = 8, 16, 2000  # of the data, of each net on each draw; of Adam
BOX = (-2.1, 3.1, -2.1, 2.5)  # of the plane, where the regions are drawn


@dataclass(frozen=True)
class Recipe:
    """How a net is made and held back.

    hidden: neurons, tanh. decay: lambda in lambda / 2 |weights and biases|^2. dropout: the share of hidden
    neurons left out of each step. noise: the standard deviation of what is added to every input meanwhile.
    """

    hidden: int = 20
    decay: float = 0.0
    dropout: float = 0.0
    noise: float = 0.0

    def build(self) -> nn.Sequential:
        """The net, its weights drawn from the default generator."""
        return nn.Sequential(
            *([nn.GaussianNoise(self.noise)] if self.noise else []),
            nn.Linear(2, self.hidden, activation="tanh"),
            *([nn.Dropout(self.dropout)] if self.dropout else []),
            nn.Linear(self.hidden, 2),
        )


@dataclass
class Trained:
    """All nets of a recipe: accuracies (d, s), and the layers (w (s, out, in), b (s, out)) of each draw."""

    train: Array
    test: Array
    layers: list[list[tuple[Array, Array]]]

    def net(self, draw: int, seed: int) -> list[tuple[Array, Array]]:
        """The layers (w, b) of one net."""
        return [(w[seed], b[seed]) for w, b in self.layers[draw]]

    @property
    def gap(self) -> Array:
        return np.asarray(self.train - self.test)

    def figures(self) -> dict[str, Any]:
        """The row of metrics.json: medians, and how far the nets spread."""
        low, high = np.quantile(self.test, [0.1, 0.9])
        return {
            "train_accuracy": np.median(self.train),
            "test_accuracy": np.median(self.test),
            "gap": np.median(self.gap),
            "test_accuracy_10_percent": low,
            "test_accuracy_90_percent": high,
        }


def toy(draw: int) -> tuple[Array, Array]:
    """One draw of two noisy moons, (n, 2) and (n,)."""
    points = data.moons(TRAIN, noise=NOISE, seed=draw)
    return np.asarray(points.x), np.asarray(points.y)


def test_points(seed: int) -> tuple[Array, Array]:
    """Points of the same kind that no net has seen, and no draw of the training points has as its seed."""
    points = data.moons(TEST, noise=NOISE, seed=seed + 1_000_000)
    return np.asarray(points.x), np.asarray(points.y)


def train(recipe: Recipe, seed: int, *, draws: int, seeds: int, steps: int, lr: float = 0.03) -> Trained:
    """Train `seeds` nets on each of `draws` data sets, full batches, Adam with a rate that falls to 0."""
    x_new, y_new = test_points(seed)
    right: list[tuple[Array, Array]] = []
    kept = []
    for draw in range(seed, seed + draws):
        x, y = toy(draw)
        ensemble = tn.Ensemble(recipe.build, seeds, range(seed, seed + seeds), optimize=True)
        about_to_train(recipe.build(), F.cross_entropy, optim.Adam(weight_decay=recipe.decay), [(x, y)])
        step = EnsembleStep(ensemble, F.cross_entropy, optim.Adam(weight_decay=recipe.decay), example=(x, y))
        step.run(x, y, len(x), lr * (1 - np.arange(steps) / steps))  # without Python in between
        layers = layers_of(ensemble)
        right.append((accuracy(layers, x, y), accuracy(layers, x_new, y_new)))
        kept.append(layers)
    found: Any = np.array(right)
    return Trained(found[:, 0], found[:, 1], kept)


def layers_of(ensemble: tn.Ensemble) -> list[tuple[Array, Array]]:
    """(w (s, out, in), b (s, out)) of both layers."""
    found: list[Any] = [array.copy() for array in ensemble.parameters().values()]
    return list(zip(found[0::2], found[1::2], strict=True))


def accuracy(layers: Sequence[tuple[Array, Array]], x: Array, y: Array) -> Array:
    """The share of points that each net gets right, (s,); without dropout and noise."""
    (w1, b1), (w2, b2) = layers
    inputs = np.broadcast_to(x, (len(w1), *x.shape)).astype(w1.dtype)
    scores = np.asarray(F.linear(F.linear(inputs, w1, b1, activation="tanh"), w2, b2))
    return np.asarray((scores.argmax(-1) == y).mean(-1))


def probabilities(net: Sequence[tuple[Array, Array]]) -> Callable[[Array], Array]:
    """Of one net, as a function of places (m, 2)."""
    (w1, b1), (w2, b2) = net

    def predict(p: Array) -> Array:
        hidden = F.linear(p.astype(w1.dtype), w1, b1, activation="tanh")
        return np.asarray(F.softmax(F.linear(hidden, w2, b2)))

    return predict
