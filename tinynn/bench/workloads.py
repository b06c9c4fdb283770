"""The work that is timed, as plain data: layers, batch, optimiser, and the arrays every side starts from.

One training step is forward + loss + backward + update, all four on every side, in float32, on data
that is in memory already. The loss is softmax cross-entropy, averaged over the batch. Whoever runs a
step gets the same weights, the same batch and the same rule from here, so that the sides can be held
against each other afterwards.

Letters   m batch   n outputs   k inputs
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from tinynn.errors import ArgumentError

FloatArray = npt.NDArray[np.floating]
LabelArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Dense:
    """A fully-connected layer y = act(x w^T + b), w (n, k); activation is "relu" or "identity"."""

    inputs: int
    outputs: int
    activation: str = "identity"


@dataclass(frozen=True)
class Sgd:
    """v = momentum v + g; w -= lr v (without momentum: w -= lr g)."""

    lr: float
    momentum: float = 0.0


@dataclass(frozen=True)
class Arrays:
    """What every side starts from: x (m, k) float32, labels (m,) int64, and (w (n, k), b (n,)) per layer."""

    x: FloatArray
    labels: LabelArray
    weights: tuple[tuple[FloatArray, FloatArray], ...]


@dataclass(frozen=True)
class Workload:
    """One row of the benchmark.

    Attributes
    ----------
    name, title : str
        "W5" and what it stands for.
    layers : tuple of Dense
        From the input on; only the last has no activation.
    batch : int
        Examples a step.
    optimiser : Sgd
        The update rule.
    data : {"spiral", "images"}
        Points of a spiral with one arm a class, or noisy class templates with values in 0..1.
    check_steps : int
        After so many steps the losses of all sides are compared.

    Examples
    --------
    >>> from tinynn.bench.workloads import workload
    >>> arrays = workload("W3").arrays()
    >>> arrays.x.shape, arrays.weights[0][0].shape
    ((64, 784), (10, 784))
    """

    name: str
    title: str
    layers: tuple[Dense, ...]
    batch: int
    optimiser: Sgd
    data: str
    check_steps: int = 20
    seed: int = 0

    @property
    def classes(self) -> int:
        """Outputs of the last layer."""
        return self.layers[-1].outputs

    @property
    def parameters(self) -> int:
        """Weights and biases."""
        return sum(layer.inputs * layer.outputs + layer.outputs for layer in self.layers)

    def arrays(self) -> Arrays:
        """Fresh copies of the batch and the initial weights: the same bits at every call."""
        rng = np.random.default_rng(self.seed)
        labels = np.arange(self.batch, dtype=np.int64) % self.classes
        inputs = self.layers[0].inputs
        x = _spiral(rng, labels) if self.data == "spiral" else _images(rng, labels, inputs)
        weights = tuple(_weights(rng, layer) for layer in self.layers)
        return Arrays(np.ascontiguousarray(x, np.float32), labels, weights)


def _spiral(rng: np.random.Generator, labels: LabelArray) -> FloatArray:
    """Arm c of C: radius t in 0..1, angle 2 pi / C (c + 2 t), a little noise on the angle. (m, 2)"""
    arms = int(labels.max()) + 1
    t = rng.uniform(0.0, 1.0, labels.shape)
    angle = 2 * np.pi / arms * (labels + 2 * t) + rng.normal(0.0, 0.1, labels.shape)
    return np.stack([t * np.cos(angle), t * np.sin(angle)], axis=1)


def _images(rng: np.random.Generator, labels: LabelArray, pixels: int) -> FloatArray:
    """A template a class, four pixels of five black as in MNIST, plus noise, clipped to 0..1. (m, pixels)"""
    shape = (int(labels.max()) + 1, pixels)
    templates = rng.uniform(0.0, 1.0, shape) * (rng.uniform(0.0, 1.0, shape) < 0.2)
    return np.clip(templates[labels] + rng.normal(0.0, 0.2, (len(labels), pixels)), 0.0, 1.0)


def _weights(rng: np.random.Generator, layer: Dense) -> tuple[FloatArray, FloatArray]:
    """Uniform +-sqrt(6 / k) (He et al. 2015), which keeps the scale through ReLU; biases start at 0.1,

    because with zero biases the two-neuron net of W1 folds most of the plane into one point, and a net
    whose neurons are all dead would be no honest work.
    """
    bound = np.sqrt(6.0 / layer.inputs)
    w = rng.uniform(-bound, bound, (layer.outputs, layer.inputs)).astype(np.float32)
    return w, np.full(layer.outputs, 0.1, np.float32)


def _dense(*sizes: int) -> tuple[Dense, ...]:
    """Layers between `sizes`, ReLU on all but the last."""
    last = len(sizes) - 2
    return tuple(Dense(k, n, "identity" if i == last else "relu") for i, (k, n) in enumerate(pairwise(sizes)))


DENSE = (
    Workload("W1", "fold: 2-2-2-2-2-2", _dense(2, 2, 2, 2, 2, 2), 1000, Sgd(0.1), "spiral", 100),
    Workload("W2", "spiral: 2-100-100-5", _dense(2, 100, 100, 5), 1000, Sgd(0.1), "spiral"),
    Workload("W3", "MNIST softmax: 784-10", _dense(784, 10), 64, Sgd(0.01), "images"),
    Workload("W4", "MNIST hidden: 784-10-10", _dense(784, 10, 10), 64, Sgd(0.01), "images"),
    Workload("W5", "MNIST MLP: 784-256-128-10", _dense(784, 256, 128, 10), 128, Sgd(0.01, 0.9), "images"),
    Workload("W6", "CIFAR MLP: 3072-100-10", _dense(3072, 100, 10), 64, Sgd(0.01), "images"),
)
WORKLOADS = {row.name: row for row in DENSE}


def workload(name: str) -> Workload:
    """The workload called `name`; raises ArgumentError naming those there are."""
    try:
        return WORKLOADS[name]
    except KeyError:
        known = ", ".join(WORKLOADS)
        raise ArgumentError(f"bench: got workload {name!r}; needed one of {known}") from None
