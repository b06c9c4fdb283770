"""Small nets of the plane from different starts, hundreds of each at once, and what became of them.

Legend: g nets, n points, k units of a layer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

import tinynn as tn
from tinynn import data, nn, optim
from tinynn import functional as F
from tinynn.experiments.first_step import about_to_train
from tinynn.nn import init

Array = NDArray[Any]


def _within(inputs: int) -> tuple[float, float]:
    return -1 / sqrt(inputs), 1 / sqrt(inputs)


#: start -> what it does to the (weight, bias) of a layer with k inputs. "default" is that of the frameworks
STARTS: dict[str, Callable[[Any, Any, int], Any]] = {
    "wide": lambda w, b, k: (init.uniform_(w, -sqrt(6 / k), sqrt(6 / k)), init.uniform_(b, *_within(k))),
    "default": lambda w, b, k: (init.uniform_(w, *_within(k)), init.uniform_(b, *_within(k))),
    "biases 0": lambda w, b, k: (init.normal_(w, 0.0, sqrt(2 / k)), init.zeros_(b)),
    "biases +1": lambda w, b, k: (init.normal_(w, 0.0, sqrt(1 / k)), init.ones_(b)),
}
#: start -> the same in words
SAID = {
    "wide": "weights uniform within \u00b1\u221a(6 / inputs), biases within \u00b11 / \u221ainputs",
    "default": "weights and biases uniform within \u00b11 / \u221ainputs, as frameworks do unasked",
    "biases 0": "weights normal with variance 2 / inputs, biases 0",
    "biases +1": "weights normal with variance 1 / inputs, biases +1, which keeps most points positive",
}


def starts_in_words(names: Iterable[str]) -> str:
    """What these starts are, for a page."""
    return "; ".join(f"{name}: {SAID[name]}" for name in names) + "."


def builder(width: int, depth: int, activation: str, start: str, outputs: int = 3) -> Callable[[], nn.Module]:
    """A function that makes 2-width-...-width-outputs with `depth` hidden layers."""

    def build() -> nn.Module:
        sizes = [2] + [width] * depth + [outputs]
        kinds = [activation] * depth + ["identity"]
        layers = [nn.Linear(a, b, activation=c) for a, b, c in zip(sizes, sizes[1:], kinds, strict=False)]
        for layer in layers:
            STARTS[start](layer.weight, layer.bias, layer.in_features)
        return nn.Sequential(*layers)

    return build


@dataclass
class Nets:
    """The layers of g nets: per layer weights (g, out, in) and biases (g, out)."""

    weights: list[Array]
    biases: list[Array]
    activation: str

    @staticmethod
    def of(ensemble: tn.Ensemble, activation: str) -> Nets:
        """Copies of what they have now."""
        arrays = [a.copy() for a in ensemble.parameters().values()]
        return Nets(arrays[::2], arrays[1::2], activation)

    def first(self, count: int) -> Nets:
        return Nets([w[:count] for w in self.weights], [b[:count] for b in self.biases], self.activation)

    def parts(self, size: int = 256) -> list[Nets]:
        """All of them, some at a time: what they make of the points is large."""
        every = range(0, len(self.biases[0]), size)
        return [
            Nets(
                [w[i : i + size] for w in self.weights],
                [b[i : i + size] for b in self.biases],
                self.activation,
            )
            for i in every
        ]

    def layer_by_layer(self, x: Array) -> list[Array]:
        """(g, n, k) after every affine map, the scores last."""
        found = []
        h = np.repeat(x[None], len(self.biases[0]), axis=0)
        for w, b in zip(self.weights, self.biases, strict=True):
            z = np.asarray(F.linear(h, np.ascontiguousarray(w), np.ascontiguousarray(b)))
            found.append(z)
            h = np.asarray(F.activation(z, activation=self.activation))
        return found


@dataclass
class Cell:
    """Nets that differ by their seeds alone, as they began and trained.

    Attributes
    ----------
    accuracy, loss : (g,)
        Of the trained ones; a net whose loss became NaN has the weights from before that.
    """

    before: Nets
    after: Nets
    accuracy: Array
    loss: Array = field(default_factory=lambda: np.zeros(0))

    def best(self) -> int:
        """The number of the net with the highest accuracy; of equals, the one with the lowest loss."""
        return int(np.lexsort((self.loss, -self.accuracy))[0])


def train_cell(
    points: data.Dataset,
    build: Callable[[], nn.Module],
    activation: str,
    seeds: range,
    steps: int,
    lr: float,
    schedule: Callable[[int], float] | None = None,
) -> Cell:
    """Full batch, Adam: every seed a net."""
    loader = data.DataLoader(points, len(points), shuffle=False)
    about_to_train(build(), F.cross_entropy, optim.Adam(lr=lr), loader)  # of any one of them
    nets = tn.Ensemble(build, len(seeds), seeds, every=steps, optimize=True)
    before = Nets.of(nets, activation)
    tn.fit(nets, loader, loss=F.cross_entropy, optimizer=optim.Adam(lr=lr), epochs=steps, schedule=schedule)
    after = Nets.of(nets, activation)
    return Cell(before, after, *judged(after, np.asarray(points.x), np.asarray(points.y)))


def judged(nets: Nets, x: Array, y: Array) -> tuple[Array, Array]:
    """(accuracy, loss), (g,) each."""
    right, losses = [], []
    for part in nets.parts():
        scores = part.layer_by_layer(x)[-1]
        flat = scores.reshape(-1, scores.shape[-1])
        loss = np.asarray(F.cross_entropy(flat, np.tile(y, len(scores)), reduction="none"))
        right.append((scores.argmax(-1) == y).mean(-1))
        losses.append(loss.reshape(scores.shape[:2]).mean(-1))
    return np.concatenate(right), np.concatenate(losses)


def interval(share: float, count: int) -> list[float]:
    """Where the share of all nets there could be lies, with 95 % confidence, after `count` were tried.

    (p + q/2 -+ sqrt(p (1 - p) q + q^2 / 4)) / (1 + q), q = 1.96^2 / count. Source: E. B. Wilson, "Probable
    Inference, the Law of Succession, and Statistical Inference" (1927); it holds for p = 0 and p = 1 too.
    """
    q = 1.96**2 / count
    middle, reach = share + q / 2, sqrt(share * (1 - share) * q + q * q / 4)
    return [max(0.0, (middle - reach) / (1 + q)), min(1.0, (middle + reach) / (1 + q))]


def summary(accuracy: Array) -> dict[str, Any]:
    """What became of nets with these accuracies; shares with their 95 % intervals."""
    found: dict[str, Any] = {"nets": len(accuracy)}
    for name, made in (("share_of_99_percent", accuracy >= 0.99), ("share_under_50_percent", accuracy < 0.5)):
        found[name] = float(made.mean())
        found[f"{name}_interval"] = interval(float(made.mean()), len(accuracy))
    middle, reach = len(accuracy) / 2, 0.98 * sqrt(len(accuracy))  # ranks that hold the median, 95 %
    ranks = np.clip(np.round([middle - reach, middle + reach]), 0, len(accuracy) - 1).astype(int)
    return {
        **found,
        "median_accuracy": float(np.median(accuracy)),
        "median_accuracy_interval": np.sort(accuracy)[ranks].tolist(),
        "best_accuracy": float(accuracy.max()),
    }
