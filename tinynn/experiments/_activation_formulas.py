"""Nine activations as curves with their derivatives, and what they contain of one another."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn import functional as F
from tinynn import nn
from tinynn.autograd import Array
from tinynn.experiments.registry import Metrics
from tinynn.tensor import Tensor

LEAK, SLOPE = 0.1, 0.25  # of leaky ReLU; of PReLU, before anything is learned
#: name -> as it is written
NAMES = {
    "sigmoid": "sigmoid", "tanh": "tanh", "relu": "ReLU", "leaky_relu": "leaky ReLU", "prelu": "PReLU",
    "maxout": "maxout", "elu": "ELU", "gelu": "GELU", "silu": "SiLU",
}  # fmt: skip


def apply(name: str, x: Any) -> Any:
    """One activation of numbers (n,); of maxout, the larger of two lines."""
    if name == "maxout":
        return F.reshape(F.maxout(F.reshape(x, shape=(-1, 1)), np.array([[[1.0]], [[-0.6]]]),
                                  np.array([[0.0], [-0.5]])), shape=(-1,))  # fmt: skip
    if name == "prelu":
        return F.reshape(F.prelu(F.reshape(x, shape=(-1, 1)), np.array([SLOPE])), shape=(-1,))
    return F.activation(x, activation=name, alpha=LEAK if name == "leaky_relu" else None)


def curves(x: Array) -> dict[str, tuple[Array, Array]]:
    """Name -> (y, dy/dx), the derivative by autograd."""
    found = {}
    for name in NAMES:
        at = Tensor(np.asarray(x, np.float64), requires_grad=True)
        y = apply(name, at)
        y.sum().backward()
        found[name] = (np.asarray(y), np.asarray(at.grad))
    return found


def identities(seed: int) -> Metrics:
    """How far tanh(x) is from 2 sigmoid(2x) - 1, and ReLU and leaky ReLU from the maxouts they are."""
    x = np.linspace(-20, 20, 4001)
    draw = np.random.default_rng(seed)
    layer, twice = nn.Linear(20, 10, dtype="float64"), nn.Maxout(20, 10, pieces=2, dtype="float64")
    inputs, w, b = draw.normal(size=(256, 20)), np.asarray(layer.weight), draw.normal(size=10)
    off = {}
    for name, leak in (("relu", 0.0), ("leaky_relu", LEAK)):
        y = F.linear(inputs, w, b, activation=name, alpha=leak if leak else None)
        z = F.maxout(inputs, np.stack([w, leak * w]), np.stack([b, leak * b]))
        off[name] = np.abs(np.asarray(y) - np.asarray(z)).max()
    return {
        "tanh_is_2_sigmoid_2x_minus_1": np.abs(np.tanh(x) - (2 * np.asarray(F.sigmoid(2 * x)) - 1)).max(),
        "tanh_of_the_library": np.abs(np.asarray(F.tanh(x)) - (2 * np.asarray(F.sigmoid(2 * x)) - 1)).max(),
        "relu_as_maxout": off["relu"],
        "leaky_relu_as_maxout": off["leaky_relu"],
        "parameters": {"linear": layer.num_parameters(), "maxout": twice.num_parameters()},
    }
