"""What an activation lets through: gradients under large weights and through many layers; and the zig-zag.

g nets or neurons at once   n samples   l layers
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinynn import functional as F
from tinynn import nn, optim
from tinynn.autograd import Array
from tinynn.tensor import Tensor

SLOPES = {"sigmoid": lambda y: y * (1 - y), "tanh": lambda y: 1 - y * y, "relu": lambda y: 1.0 * (y > 0)}
STEEPEST = {"sigmoid": 0.25, "tanh": 1.0, "relu": 1.0}


def signals(activation: str, gain: float, layers: int, seed: int, *, nets: int = 16, width: int = 50,
            samples: int = 32) -> tuple[Array, Array]:  # fmt: skip
    """Random nets with weights normal(0, gain / sqrt(fan_in)), normal inputs, and a random blame at the end.

    Returns
    -------
    slope (g,): the mean of f'(z) in the last layer, as a share of the steepest f' can be.
    gradient (g, l): root mean square of each layer's dC/dw.
    """
    draw = np.random.default_rng(seed)
    shape = (nets, width, width)
    weights = [Tensor(gain / width**0.5 * draw.normal(size=shape), requires_grad=True) for _ in range(layers)]
    y: Any = draw.normal(size=(nets, samples, width))
    for w in weights:
        y = F.linear(y, w, activation=activation)
    (y * (draw.normal(size=y.shape) / samples)).sum().backward()
    slope = SLOPES[activation](np.asarray(y)).mean((1, 2)) / STEEPEST[activation]
    gradient = [np.sqrt((np.asarray(w.grad) ** 2).mean((1, 2))) for w in weights]
    return np.asarray(slope), np.stack(gradient, 1)


def saturation(gains: Sequence[float], seed: int) -> dict[str, dict[str, Array]]:
    """For every activation over the size of its weights, (g, gains): its slope, and its layer's gradient."""
    found = {}
    for name in SLOPES:
        each = [signals(name, gain, 1, seed) for gain in gains]
        found[name] = {
            "slope": np.stack([slope for slope, _ in each], 1),
            "gradient": np.stack([gradient[:, 0] for _, gradient in each], 1),
        }
    return found


def through_depth(layers: int, seed: int) -> dict[str, Array]:
    """The gradient of every layer as a share of the last one's, (g, l), at the start that suits each."""
    found = {}
    for name, gain in {"sigmoid": 1.0, "tanh": 1.0, "relu": 2**0.5}.items():
        gradient = signals(name, gain, layers, seed)[1]
        found[name] = gradient / gradient[:, -1:]
    return found


START, TRUTH = np.zeros(2), np.array([1.5, -1.5])


def zig_zag(centred: bool, batch: int, seed: int, *, neurons: int = 64, steps: int = 40) -> dict[str, Any]:
    """Neurons y = w x, inputs in 0..1 or around 0, that look for TRUTH, whose weights differ in sign.

    Returns
    -------
    path (steps + 1, g, 2); same_sign: the share of gradients whose two numbers have one sign; detour (g,):
    the length of the path over the distance come; left (g,): what is left of it; spread (2, 2): E[x x^T].
    """
    draw = np.random.default_rng(seed)
    low = -0.5 if centred else 0.0
    x = draw.uniform(low, low + 1, size=(steps, neurons, batch, 2))
    spread = np.eye(2) / 12 + (0.5 + low) ** 2
    w = nn.Parameter(np.tile(START, (neurons, 1, 1)))
    rule = optim.SGD([w], lr=0.7 / float(np.trace(spread)))
    path, same = [w.data[:, 0].copy()], []
    for inputs in x:
        answers = inputs @ TRUTH[:, None]
        loss = F.mse(F.linear(inputs, w), answers, reduction="sum") * (0.5 / batch)  # each has its own mean
        loss.backward()
        same.append(np.sign(np.asarray(w.grad)[:, 0]).prod(-1) > 0)
        rule.step()
        rule.zero_grad()
        path.append(w.data[:, 0].copy())
    way = np.stack(path)
    length = np.linalg.norm(np.diff(way, axis=0), axis=-1).sum(0)
    return {
        "path": way,
        "same_sign": float(np.mean(same)),
        "detour": length / np.linalg.norm(way[-1] - START, axis=-1),
        "left": np.linalg.norm(way[-1] - TRUTH, axis=-1) / np.linalg.norm(TRUTH - START),
        "spread": spread,
    }
