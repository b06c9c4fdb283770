"""The nets in which a learner's kernel takes part, small enough for loops that nobody made fast.

dense      784-128-10, the ReLU a layer of its own
fused      784-128-10, the ReLU inside the linear layer
squashed   784-64-64-10 with tanh and sigmoid
shared     784-128-10 whose pixels share their weights in fours
sequence   a picture as 28 columns one behind the other, two convolutions in one dimension
conv       two convolutions of images with stride and padding
pool       one convolution and a max-pool
adam       dense, with Adam
fold       the plane of the spiral: 2-32-32-3; `dense`, `fused`, `squashed` and `adam` fold it too
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from tinynn import nn, optim
from tinynn.autograd import Array

FOLDS = ("dense", "fused", "squashed", "adam", "fold")
Picture = tuple[Any, tuple[int, int, int]]  # weights (units, c*h*w), and c, h, w
SIDE = 28  # of a digit
DIGITS = 10


class Columns(nn.Module):
    """A picture (n, 1, h, w) as a sequence of w columns of h numbers, (n, h, w)."""

    def forward(self, x: Any) -> Any:
        return x.reshape(len(x), *x.shape[2:])


def for_digits(net: str) -> nn.Sequential:
    """A net for pictures (n, 1, 28, 28) of ten digits."""
    pixels = SIDE * SIDE
    if net == "conv":
        layers = [nn.Conv2d(1, 8, 5, stride=2, padding=2), nn.ReLU()]
        layers += [nn.Conv2d(8, 16, 3, stride=2, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(784, DIGITS)]
    elif net == "pool":
        layers = [nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8 * 144, DIGITS)]
    elif net == "sequence":
        layers = [Columns(), nn.Conv1d(SIDE, 48, 5, stride=2), nn.ReLU(), nn.Conv1d(48, 64, 3), nn.ReLU()]
        layers += [nn.Flatten(), nn.Linear(640, DIGITS)]
    else:
        layers = [nn.Flatten(), *dense(net, [pixels, 128, DIGITS])]
    if net == "shared":
        nn.parametrize(layers[1], "weight", in_fours, u=weight(layers[1])[:, ::4].T.copy())
    return nn.Sequential(*layers)


def for_the_plane(net: str) -> nn.Sequential:
    """A net for points (n, 2) of three arms."""
    return nn.Sequential(*dense(net, [2, 32, 32, 3]))


def dense(net: str, widths: list[int]) -> list[nn.Module]:
    """Linear layers with activations between them, inside of them (`fused`, `fold`) or on their own."""
    layers: list[nn.Module] = []
    for i, (k, n) in enumerate(pairwise(widths)):
        last = i == len(widths) - 2
        inside = "relu" if net in ("fused", "fold") and not last else "identity"
        layers.append(nn.Linear(k, n, activation=inside))
        if not last and inside == "identity":
            layers.append((nn.Tanh, nn.Sigmoid)[i % 2]() if net == "squashed" else nn.ReLU())
    if net == "squashed" and len(widths) == 3:  # one layer more: both have to occur
        layers[-1:] = [nn.Linear(widths[1], 64), nn.Sigmoid(), nn.Linear(64, widths[2])]
    return layers


def in_fours(u: Any) -> Any:
    """w (128, 784) of u (196, 128): the four pixels of a square of 2 x 2 use the same row of u."""
    rows, columns = np.divmod(np.arange(SIDE * SIDE), SIDE)
    return u[rows // 2 * (SIDE // 2) + columns // 2].T


RECIPES = {  # learning rate and epochs on MNIST; the rate falls to 0 on a straight line
    "dense": (0.1, 2),
    "fused": (0.1, 2),
    "squashed": (0.2, 3),
    "adam": (0.003, 3),
    "shared": (0.05, 2),
    "sequence": (0.05, 2),
    "conv": (0.05, 1),
    "pool": (0.05, 1),
}
PLANE = {"adam": (0.01, 600), "squashed": (0.5, 1000)}  # of the spiral, all points at once; the others:
PLANE_RELU = (0.1, 600)


def recipe(net: str, fold: bool) -> tuple[optim.Optimizer, int]:
    """The rule by which a net learns, and for how many epochs."""
    if fold:
        lr, epochs = PLANE.get(net, PLANE_RELU)
    else:
        lr, epochs = RECIPES[net]
    rule = optim.Adam(lr=lr) if net == "adam" else optim.SGD(lr=lr, momentum=0.9)
    return rule, epochs


def pictures(net: str, model: nn.Sequential) -> Picture:
    """The weights that look at the picture, those that matter most first."""
    if net in ("conv", "pool"):
        w = weight(model[0])
        return w.reshape(len(w), -1), (1, *w.shape[2:])
    if net == "sequence":
        w = weight(model[1])
        return w.reshape(len(w), -1)[:20], (1, *w.shape[1:])
    w, after = weight(model[1]), weight(model[3 if net != "fused" else 2])
    order = np.argsort(-np.abs(after).sum(0))
    return w[order[:20]], (1, SIDE, SIDE)


def weight(layer: Any) -> Array:
    """The weights of a layer."""
    w: Array = np.asarray(layer.weight.data)
    return w
