"""Small nets in float64, to be compared to the last digits: built, counted, and told to a reader.

sizes: neurons per layer, the inputs first
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from tinynn import nn
from tinynn.autograd import Array
from tinynn.experiments.registry import Metrics


def dense(sizes: Sequence[int], activation: str) -> nn.Sequential:
    """A net in float64, to be compared to the last digits, with weights large enough to bend."""
    layers = [nn.Linear(a, b, activation=activation, dtype="float64") for a, b in pairwise(sizes[:-1])]
    model = nn.Sequential(*layers, nn.Linear(sizes[-2], sizes[-1], dtype="float64"))
    for parameter in model.parameters():
        nn.init.normal_(parameter)
    return model


def arrays_of(model: nn.Module) -> list[tuple[Array, Array]]:
    """(w, b) of every layer, the first first."""
    found = [np.asarray(p) for p in model.parameters()]
    return list(zip(found[0::2], found[1::2], strict=True))


def count(sizes: Sequence[int]) -> Metrics:
    """What the net itself holds; the formula is what the test compares it with."""
    shapes = [p.shape for p in dense(sizes, "tanh").parameters()]
    weights, biases = (sum(int(np.prod(s)) for s in shapes if len(s) == n) for n in (2, 1))
    named = "-".join(map(str, sizes))
    return {"sizes": named, "neurons": biases, "weights": weights, "parameters": weights + biases}


def layer_names(sizes: Sequence[int]) -> list[str]:
    return ["input", *(f"hidden {i}" for i in range(1, len(sizes) - 1)), "output"]


def best_affine(x: Array, y: Array) -> Array:
    """What the affine map nearest to x -> y in the mean square gives, (n, outputs)."""
    columns = np.column_stack([x, np.ones(len(x))])
    return np.asarray(columns @ np.linalg.lstsq(columns, y, rcond=None)[0])


def quartiles(values: Array) -> Metrics:
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    return {"lower_quartile": low, "median": middle, "upper_quartile": high}
