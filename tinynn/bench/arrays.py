"""The numbers that every side starts from, the same bits whoever asks.

Letters   m batch   n outputs   k inputs   g nets
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.floating]
LabelArray = npt.NDArray[np.int64]
MOTIF = 9  # places of a motif, as long as a kernel of W9


@dataclass(frozen=True)
class Arrays:
    """x (m, *shape) float32, labels (m,) int64, and (w (n, k...), b (n,)) per layer that has weights.

    Several nets have their weights one after the other: w (g, n, k), b (g, n).
    """

    x: FloatArray
    labels: LabelArray
    weights: tuple[tuple[FloatArray, FloatArray], ...]


def make_arrays(
    seed: int,
    data: str,
    batch: int,
    classes: int,
    shape: tuple[int, ...],
    weight_shapes: Sequence[tuple[int, ...]],
    nets: int,
) -> Arrays:
    """The batch and the initial weights of a workload; see `Workload` for the arguments."""
    rng = np.random.default_rng(seed)
    labels = np.arange(batch, dtype=np.int64) % classes
    x = {"spiral": _spiral, "images": _images, "motif": _motif}[data](rng, labels, shape)
    sets = [[_weights(rng, weight_shape) for weight_shape in weight_shapes] for _ in range(nets)]
    weights = sets[0] if nets == 1 else [_stacked(layer) for layer in zip(*sets, strict=True)]
    return Arrays(np.ascontiguousarray(x, np.float32), labels, tuple(weights))


def _spiral(rng: np.random.Generator, labels: LabelArray, shape: tuple[int, ...]) -> FloatArray:
    """Arm c of C: radius t in 0..1, angle 2 pi / C (c + 2 t), a little noise on the angle. (m, 2)"""
    arms = int(labels.max()) + 1
    t = rng.uniform(0.0, 1.0, labels.shape)
    angle = 2 * np.pi / arms * (labels + 2 * t) + rng.normal(0.0, 0.1, labels.shape)
    return np.stack([t * np.cos(angle), t * np.sin(angle)], axis=1)


def _images(rng: np.random.Generator, labels: LabelArray, shape: tuple[int, ...]) -> FloatArray:
    """A template a class, four pixels of five black as in MNIST, plus noise, clipped to 0..1. (m, *shape)"""
    size = (int(labels.max()) + 1, *shape)
    templates = rng.uniform(0.0, 1.0, size) * (rng.uniform(0.0, 1.0, size) < 0.2)
    return np.clip(templates[labels] + rng.normal(0.0, 0.2, (len(labels), *shape)), 0.0, 1.0)


def _motif(rng: np.random.Generator, labels: LabelArray, shape: tuple[int, ...]) -> FloatArray:
    """Noise, and somewhere in it the motif of its class. (m, 1, l)"""
    motifs = rng.normal(0.0, 1.0, (int(labels.max()) + 1, MOTIF))
    x = rng.normal(0.0, 0.3, (len(labels), *shape))
    for row, label, begin in zip(x, labels, rng.integers(0, shape[-1] - MOTIF + 1, len(labels)), strict=True):
        row[0, begin : begin + MOTIF] += motifs[label]
    return x


def _weights(rng: np.random.Generator, shape: tuple[int, ...]) -> tuple[FloatArray, FloatArray]:
    """Uniform +-sqrt(6 / k) (He et al. 2015), which keeps the scale through ReLU; biases start at 0.1,

    because with zero biases the two-neuron net of W1 folds most of the plane into one point, and a net
    whose neurons are all dead would be no honest work.
    """
    bound = np.sqrt(6.0 / prod(shape[1:]))
    return rng.uniform(-bound, bound, shape).astype(np.float32), np.full(shape[0], 0.1, np.float32)


def _stacked(layer: Sequence[tuple[FloatArray, FloatArray]]) -> tuple[FloatArray, FloatArray]:
    """The weights of one layer in all nets."""
    return np.stack([w for w, _ in layer]), np.stack([b for _, b in layer])
