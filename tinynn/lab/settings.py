"""What can be chosen in the laboratory, and what of it needs a new net."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tinynn import optim
from tinynn.errors import ArgumentError

DATA = ("spirals", "moons", "circles")
OWN = "your CSV"
ACTIVATIONS = ("relu", "leaky_relu", "tanh", "sigmoid", "elu", "gelu")
OPTIMIZERS = ("Adam", "SGD", "momentum", "RMSprop", "Adagrad")
WIDTHS, DEPTHS = (1, 16), (1, 6)


@dataclass(frozen=True)
class Settings:
    """The choices.

    Parameters
    ----------
    data : str
        One of DATA, or OWN.
    width, depth : int
        Units to a hidden layer, and hidden layers.
    activation, optimizer : str
    lr : float
    decay : float
        L2 regularisation: decay * w is added to the gradient of every parameter w.
    seed : int
        Of the weights, and of the noise of the data.

    Raises
    ------
    ArgumentError
    """

    data: str = "spirals"
    width: int = 5
    depth: int = 3
    activation: str = "relu"
    optimizer: str = "Adam"
    lr: float = 0.01
    decay: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        _one_of("data", self.data, (*DATA, OWN))
        _one_of("activation", self.activation, ACTIVATIONS)
        _one_of("optimizer", self.optimizer, OPTIMIZERS)
        _whole("width", self.width, *WIDTHS)
        _whole("depth", self.depth, *DEPTHS)
        _whole("seed", self.seed, 0, 2**32 - 1)
        _number("lr", self.lr, 0.0, 100.0, "above")
        _number("decay", self.decay, 0.0, 1.0, "from")

    def needs_a_new_net(self, other: Settings) -> bool:
        """Whether a net trained by `other` has to begin anew; rate, rule and decay may change on the way."""
        kept = ("data", "width", "depth", "activation", "seed")
        return any(getattr(self, name) != getattr(other, name) for name in kept)

    def new_optimizer(self) -> optim.Optimizer:
        """The rule, not yet bound to a net."""
        if self.optimizer == "momentum":
            return optim.SGD(lr=self.lr, momentum=0.9, weight_decay=self.decay)
        rule: Any = getattr(optim, self.optimizer)
        made: optim.Optimizer = rule(lr=self.lr, weight_decay=self.decay)
        return made

    def optimizer_code(self, parameters: str) -> str:
        """The call that makes it, as a program says it."""
        rule, more = ("SGD", ", momentum=0.9") if self.optimizer == "momentum" else (self.optimizer, "")
        return f"optim.{rule}({parameters}, lr={self.lr!r}{more}, weight_decay={self.decay!r})"


def _one_of(name: str, value: Any, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ArgumentError(f"lab: {name} is {value!r}; needed one of {', '.join(allowed)}")


def _whole(name: str, value: Any, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not low <= value <= high:
        raise ArgumentError(f"lab: {name} is {value!r}; needed a whole number from {low} to {high}")


def _number(name: str, value: Any, low: float, high: float, begins: str) -> None:
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high
    if not good or (begins == "above" and value == low):
        raise ArgumentError(f"lab: {name} is {value!r}; needed a number {begins} {low:g} to {high:g}")
