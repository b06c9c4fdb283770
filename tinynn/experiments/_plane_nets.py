"""Many small nets of the plane at once, and what one of them does to it, layer by layer.

Legend: g nets of one shape, n points, k units of a layer; grid (R, C, 2) over the input plane.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynn import functional as F
from tinynn import nn, optim
from tinynn.autograd import no_grad
from tinynn.experiments._starts import Nets
from tinynn.experiments.first_step import about_to_train
from tinynn.nn import init
from tinynn.train.progress import progress_bar

Array = NDArray[Any]
Stage = tuple[str, Array, Array]


def lattice(reach: float = 1.15, steps: int = 231) -> Array:
    """A grid (R, C, 2) over the input plane, finer than the lines drawn of it."""
    line = np.linspace(-reach, reach, steps)
    return np.stack(np.meshgrid(line, line), axis=-1)


class GroupedLinear(nn.Module):
    """g linear layers side by side: x (g, n, in) -> (g, n, out), one batched kernel call.

    Weights start with standard deviation 1/sqrt(in) and biases at +1: that keeps the points of the plane in
    the quadrant where a ReLU lets them pass, and so gives two units a chance.
    """

    def __init__(self, nets: int, inputs: int, outputs: int, activation: str) -> None:
        bound = np.sqrt(3 / inputs)
        self.activation = activation
        self.weight = nn.Parameter(init.uniform((nets, outputs, inputs), -bound, bound))
        self.bias = nn.Parameter(np.ones((nets, outputs), np.float32))

    def forward(self, x: Any) -> Any:
        return F.linear(x, self.weight, self.bias, activation=self.activation)


@dataclass
class PlaneNet:
    """One trained net as arrays: per layer w (out, in) and b (out,)."""

    activation: str
    weights: list[Array]
    biases: list[Array]
    accuracy: float
    seed: int | None = None  # of its start, where it can be trained again alone

    @staticmethod
    def from_nets(nets: Nets, number: int, accuracy: float, seed: int | None = None) -> PlaneNet:
        """One of many, in float64."""
        weights, biases = (
            [np.asarray(a[number], np.float64) for a in many] for many in (nets.weights, nets.biases)
        )
        return PlaneNet(nets.activation, weights, biases, accuracy, seed)

    @property
    def width(self) -> int:
        return int(self.weights[0].shape[0])

    def hidden(self, x: Array) -> Array:
        """The last hidden layer at places (n, 2)."""
        for w, b in zip(self.weights[:-1], self.biases[:-1], strict=True):
            x = np.asarray(F.linear(x, w, b, activation=self.activation))
        return x

    def probabilities(self, x: Array) -> Array:
        """Probabilities (n, classes) at places (n, 2)."""
        z = np.asarray(F.linear(self.hidden(np.asarray(x, np.float64)), self.weights[-1], self.biases[-1]))
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return np.asarray(e / e.sum(axis=1, keepdims=True))

    def stages(self, grid: Array, points: Array) -> list[Stage]:
        """(title, grid (R, C, k), points (n, k)) at the input and after every affine map and activation."""
        name = {"relu": "ReLU"}.get(self.activation, self.activation)
        found: list[Stage] = [("input", grid, points)]
        for layer, (w, b) in enumerate(zip(self.weights[:-1], self.biases[:-1], strict=True), 1):
            grid, points = (np.asarray(F.linear(a, w, b)) for a in (grid, points))
            found.append((f"affine {layer}", grid, points))
            grid, points = (np.asarray(F.activation(a, activation=self.activation)) for a in (grid, points))
            found.append((f"{name} {layer}", grid, points))
        return found


def train_nets(
    x: Array, y: Array, hidden: Sequence[int], activation: str, *, nets: int, steps: int, lr: float = 0.02
) -> tuple[PlaneNet, Array]:
    """Train `nets` nets at once, full batch, Adam with a step size that falls linearly to 0.

    Returns
    -------
    The best net (highest accuracy, then lowest loss), and the accuracy of each, (nets,).
    """
    sizes = [2, *hidden, int(y.max()) + 1]
    kinds = [activation] * len(hidden) + ["identity"]
    shapes = zip(sizes[:-1], sizes[1:], kinds, strict=True)
    model = nn.Sequential(*(GroupedLinear(nets, a, b, kind) for a, b, kind in shapes))
    optimizer = optim.Adam(model.parameters(), lr=lr)
    inputs = np.repeat(x[None].astype(np.float32), nets, axis=0)
    labels = np.tile(y, nets)
    title = f"{activation}, width {hidden[0]}"

    def cost(scores: Any, labels: Array) -> Any:
        # The sum keeps the nets apart: each has the gradient of its own loss, as if it were alone.
        return F.cross_entropy(F.reshape(scores, shape=(-1, sizes[-1])), labels, reduction="sum")

    about_to_train(model, cost, optimizer, [(inputs, labels)])
    for step in progress_bar(range(steps), title):
        optimizer.lr = lr * (1 - step / steps)
        cost(model(inputs), labels).backward()
        optimizer.step()
        optimizer.zero_grad()
    with no_grad():
        final = np.asarray(model(inputs)).reshape(-1, sizes[-1])
    loss = np.asarray(F.cross_entropy(final, labels, reduction="none")).reshape(nets, -1).mean(axis=1)
    accuracy = (final.argmax(axis=1) == labels).reshape(nets, -1).mean(axis=1)
    best = int(np.lexsort((loss, -accuracy))[0])
    layers: list[Any] = list(model)
    weights, biases = (
        [np.asarray(getattr(layer, name).data[best], np.float64) for layer in layers]
        for name in ("weight", "bias")
    )
    return PlaneNet(activation, weights, biases, float(accuracy[best])), accuracy


def seen_in_two(stages: list[Stage]) -> list[Stage]:
    """Stages of any width as pictures: each projected onto its two directions of largest spread.

    Every view is turned to be as like the one before as it can, so that what is seen to move is the net's
    doing and not the projection's. Stages of width 2 stay as they are.
    """
    views = projections(stages)
    return [
        (title, (grid - middle) @ turn, (points - middle) @ turn)
        if points.shape[1] > 2
        else (title, grid, points)
        for (title, grid, points), (middle, turn) in zip(stages, views, strict=True)
    ]


def projections(stages: list[Stage]) -> list[tuple[Array, Array]]:
    """The views of `seen_in_two`: (middle (k,), turn (k, 2)) of every stage, h -> (h - middle) @ turn."""
    found: list[tuple[Array, Array]] = []
    before = stages[0][2]
    for _, _, points in stages:
        if points.shape[1] == 2:
            found.append((np.zeros(2), np.eye(2)))
            before = points
            continue
        middle = points.mean(axis=0)
        spread, directions = np.linalg.svd(points - middle, full_matrices=False)[1:]
        view = (points - middle) @ directions[:2].T
        turn = directions[:2].T @ nearest_turn(view, before, slender=spread[0] > 5 * spread[1])
        found.append((middle, turn))
        before = (points - middle) @ turn
    return found


def nearest_turn(view: Array, before: Array, slender: bool) -> Array:
    """The turn or flip r (2, 2) for which view r is nearest to `before` (orthogonal Procrustes).

    A slender view is turned by quarters only: with its long side along an axis, whose scale is its own, more
    is seen of it than across the corners of the picture.
    """
    u, _, v = np.linalg.svd(view.T @ (before - before.mean(axis=0)))
    r = u @ v
    if slender:
        kept = np.eye(2) if abs(r[0, 0]) >= abs(r[0, 1]) else 1 - np.eye(2)
        r = kept * np.sign(r)
    return np.asarray(r)


def what_the_scores_see(w: Array, hidden: Array) -> tuple[Array, Array]:
    """The last layer in two dimensions: (w', points') with softmax(points' w' + b) = softmax(hidden w + b).

    Softmax sees differences of scores only; those of three classes span two directions of the last hidden
    layer, however wide it is. What is orthogonal to them changes nothing, so this picture leaves nothing out.
    """
    if w.shape[1] == 2:
        return w, hidden
    centred = w - w.mean(axis=0)
    directions = np.linalg.svd(centred, full_matrices=False)[2][:2].T
    return centred @ directions, hidden @ directions
