"""The work that is timed, as plain data: layers, batch, optimiser; `arrays.py` fills in the numbers.

One training step is forward + loss + backward + update, all four on every side, in float32, on data
that is in memory already. The loss is softmax cross-entropy, averaged over the batch. Whoever runs a
step gets the same weights, the same batch and the same rule from here, so that the sides can be held
against each other afterwards.

Letters   m batch   n outputs   k inputs   c channels   h w image   l length   o output channels
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from tinynn.bench.arrays import Arrays, make_arrays
from tinynn.errors import ArgumentError


@dataclass(frozen=True)
class Dense:
    """A fully-connected layer y = act(x w^T + b), w (n, k); activation is "relu" or "identity"."""

    inputs: int
    outputs: int
    activation: str = "identity"

    @property
    def weight_shape(self) -> tuple[int, ...]:
        """(n, k)"""
        return self.outputs, self.inputs


@dataclass(frozen=True)
class Conv:
    """Cross-correlation with stride 1, w (o, c, *kernel): one number in `kernel` is 1-D, two are 2-D."""

    inputs: int
    outputs: int
    kernel: tuple[int, ...]
    padding: int = 0
    activation: str = "relu"

    @property
    def weight_shape(self) -> tuple[int, ...]:
        """(o, c, *kernel)"""
        return self.outputs, self.inputs, *self.kernel


@dataclass(frozen=True)
class MaxPool:
    """The largest of each `size` x `size` window, windows side by side."""

    size: int


@dataclass(frozen=True)
class GlobalMax:
    """The largest of each channel, wherever it is: (m, c, l) to (m, c)."""


@dataclass(frozen=True)
class Flatten:
    """(m, c, h, w) to (m, c h w), the last axis running fastest."""


Layer = Dense | Conv | MaxPool | GlobalMax | Flatten


@dataclass(frozen=True)
class Sgd:
    """v = momentum v + g; w -= lr v (without momentum: w -= lr g)."""

    lr: float
    momentum: float = 0.0


@dataclass(frozen=True)
class Workload:
    """One row of the benchmark.

    Attributes
    ----------
    name, title : str
        "W5" and what it stands for.
    layers : tuple of Layer
        From the input on; the last is a Dense without activation.
    shape : tuple of int
        Of one example: (k,), (c, l) or (c, h, w).
    batch : int
        Examples a step.
    optimiser : Sgd
        The update rule.
    data : {"spiral", "images", "motif"}
        Points of a spiral with one arm a class, noisy class templates with values in 0..1, or noise with the
        motif of its class somewhere in it.
    check_steps : int
        After so many steps the losses of all sides are compared.
    nets : int
        So many independent nets learn from the same batch, each from weights of its own; the loss that is
        compared is their mean.

    Examples
    --------
    >>> from tinynn.bench.workloads import workload
    >>> arrays = workload("W3").arrays()
    >>> arrays.x.shape, arrays.weights[0][0].shape
    ((64, 784), (10, 784))
    >>> workload("W7").kind, workload("W10").arrays().weights[0][0].shape
    ('conv', (256, 2, 2))
    """

    name: str
    title: str
    layers: tuple[Layer, ...]
    shape: tuple[int, ...]
    batch: int
    optimiser: Sgd
    data: str
    check_steps: int = 20
    nets: int = 1
    seed: int = 0

    @property
    def kind(self) -> str:
        """What a side must be able to do: "dense", "conv" or "ensemble"."""
        if self.nets > 1:
            return "ensemble"
        return "conv" if any(isinstance(layer, Conv) for layer in self.layers) else "dense"

    @property
    def weighted(self) -> tuple[Dense | Conv, ...]:
        """The layers that have weights."""
        return tuple(layer for layer in self.layers if isinstance(layer, Dense | Conv))

    @property
    def classes(self) -> int:
        """Outputs of the last layer."""
        return self.weighted[-1].outputs

    @property
    def parameters(self) -> int:
        """Weights and biases of all nets."""
        return sum(w.size + b.size for w, b in self.arrays().weights)

    def arrays(self) -> Arrays:
        """Fresh copies of the batch and the initial weights: the same bits at every call."""
        shapes = [layer.weight_shape for layer in self.weighted]
        return make_arrays(self.seed, self.data, self.batch, self.classes, self.shape, shapes, self.nets)


def _dense(*sizes: int) -> tuple[Dense, ...]:
    """Layers between `sizes`, ReLU on all but the last."""
    last = len(sizes) - 2
    return tuple(Dense(k, n, "identity" if i == last else "relu") for i, (k, n) in enumerate(pairwise(sizes)))


_FOLD = _dense(2, 2, 2, 2, 2, 2)
_MLP = _dense(784, 256, 128, 10)
_LENET = (
    Conv(1, 16, (5, 5)),
    MaxPool(2),
    Conv(16, 32, (5, 5)),
    MaxPool(2),
    Flatten(),
    Dense(512, 10),
)
_CONVNET = (
    Conv(3, 32, (3, 3), padding=1),
    Conv(32, 32, (3, 3), padding=1),
    MaxPool(2),
    Conv(32, 64, (3, 3), padding=1),
    Conv(64, 64, (3, 3), padding=1),
    MaxPool(2),
    Flatten(),
    Dense(4096, 128, "relu"),
    Dense(128, 10),
)
_MOTIF = (Conv(1, 16, (9,)), Conv(16, 32, (9,)), GlobalMax(), Dense(32, 2))

_ROWS = (
    Workload("W1", "fold: 2-2-2-2-2-2", _FOLD, (2,), 1000, Sgd(0.1), "spiral", 100),
    Workload("W2", "spiral: 2-100-100-5", _dense(2, 100, 100, 5), (2,), 1000, Sgd(0.1), "spiral"),
    Workload("W3", "MNIST softmax: 784-10", _dense(784, 10), (784,), 64, Sgd(0.01), "images"),
    Workload("W4", "MNIST hidden: 784-10-10", _dense(784, 10, 10), (784,), 64, Sgd(0.01), "images"),
    Workload("W5", "MNIST MLP: 784-256-128-10", _MLP, (784,), 128, Sgd(0.01, 0.9), "images"),
    Workload("W6", "CIFAR MLP: 3072-100-10", _dense(3072, 100, 10), (3072,), 64, Sgd(0.01), "images"),
    Workload("W7", "LeNet: two 5x5", _LENET, (1, 28, 28), 64, Sgd(0.05), "images", 10),
    Workload("W8", "CIFAR convnet: four 3x3", _CONVNET, (3, 32, 32), 64, Sgd(0.02), "images", 3),
    Workload("W9", "1-D motif, global max", _MOTIF, (1, 1000), 64, Sgd(0.05), "motif", 5),
    Workload("W10", "256 independent folds", _FOLD, (2,), 1000, Sgd(0.1), "spiral", 20, nets=256),
)
WORKLOADS = {row.name: row for row in _ROWS}


def workload(name: str) -> Workload:
    """The workload called `name`; raises ArgumentError naming those there are."""
    try:
        return WORKLOADS[name]
    except KeyError:
        known = ", ".join(WORKLOADS)
        raise ArgumentError(f"bench: got workload {name!r}; needed one of {known}") from None
