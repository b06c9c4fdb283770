"""What all update rules share: the parameters they change, and their state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any, NoReturn, Self

import numpy as np

from tinynn.autograd import Array
from tinynn.errors import ArgumentError, DtypeError, GraphError, ShapeError
from tinynn.tensor import Tensor


class Optimizer:
    """Base of the update rules: subclasses say which state they keep and how one step goes.

    An optimiser may be made without parameters and bound later, as `fit` and `compile` do:
    `optim.SGD(lr=0.1)`; by hand: `optim.SGD(model.parameters(), lr=0.1)`.

    Attributes
    ----------
    parameters : list of Tensor
    steps : int
        How many steps were taken.
    state : list of dict
        Per parameter: name -> array (momentum, second moment, ...).
    """

    def __init__(self, parameters: Iterable[Tensor] | None, lr: float) -> None:
        self.lr = check_positive(type(self).__name__, "lr", lr)
        self.parameters: list[Tensor] = []
        self.state: list[dict[str, Array]] = []
        self.steps = 0
        if parameters is not None:
            self.bind(parameters)

    @property
    def lr(self) -> float:
        """The learning rate, a finite number >= 0; may be changed between steps."""
        return self._lr

    @lr.setter
    def lr(self, value: float) -> None:
        self._lr = check_not_negative(type(self).__name__, "lr", value)

    def bind(self, parameters: Iterable[Tensor]) -> Self:
        """Take these parameters and make their state; returns self.

        Raises
        ------
        ArgumentError
            There are none, something is no tensor, or the optimiser is bound to others already.
        """
        who = type(self).__name__
        if isinstance(parameters, Tensor):
            raise ArgumentError(
                f"{who}: got one tensor; needed a list of them; try [tensor] or model.parameters()"
            )
        try:
            new = list(parameters)
        except TypeError:
            raise ArgumentError(
                f"{who}: got {parameters!r}; needed the parameters first; try model.parameters(), or lr=..."
            ) from None
        if not new or not all(isinstance(p, Tensor) for p in new):
            got = next((type(p).__name__ for p in new if not isinstance(p, Tensor)), "none")
            raise ArgumentError(f"{who}: needed at least one tensor; got {got}; try model.parameters()")
        if self.parameters:
            if [id(p) for p in new] == [id(p) for p in self.parameters]:
                return self
            raise ArgumentError(f"{who}: is bound to other parameters already; try a new optimiser")
        if len({id(p) for p in new}) < len(new):
            raise ArgumentError(f"{who}: a parameter is listed twice, and would be changed twice a step")
        if not any(p.requires_grad for p in new):
            raise ArgumentError(f"{who}: no parameter collects its gradient; try requires_grad=True")
        for i, p in enumerate(new):
            if not p.is_leaf:
                raise ArgumentError(f"{who}: parameter {i} was made by an op; needed a leaf; try .detach()")
            if not (p.data.flags.c_contiguous and p.data.flags.writeable):
                raise ArgumentError(
                    f"{who}: parameter {i}, shape {p.shape}, is read-only or not contiguous and cannot be "
                    "changed where it lies; try nn.Parameter(...)"
                )
        self.parameters = new
        self.state = [self.new_state(p.data) for p in new]
        return self

    def new_state(self, w: Array) -> dict[str, Array]:
        """The arrays kept beside one parameter."""
        return {}

    def update(self, w: Array, g: Array, state: dict[str, Array]) -> None:
        """Change one parameter in place."""
        raise TypeError(f"{type(self).__name__}: has no update(w, g, state)")

    def step(self) -> None:
        """One update of every parameter that has a gradient."""
        if not self.parameters:
            raise GraphError(
                f"{type(self).__name__}.step: has no parameters; "
                f"try {type(self).__name__}(model.parameters(), ...)"
            )
        self.steps += 1
        for parameter, state in zip(self.parameters, self.state, strict=True):
            if parameter.grad is not None:
                w, g = parameter.data, parameter.grad.data
                if g.shape != w.shape or g.dtype != w.dtype:
                    self.refuse(w, g)
                self.update(w, g, state)

    def refuse(self, w: Array, g: Array) -> NoReturn:
        """Raise the error for a gradient that somebody set and that does not fit."""
        who = f"{type(self).__name__}.step"
        if g.shape != w.shape:
            raise ShapeError(f"{who}: a gradient is {g.shape} but its parameter {w.shape}")
        raise DtypeError(f"{who}: a gradient is {g.dtype} but its parameter {w.dtype}")

    def zero_grad(self) -> None:
        """Forget the gradients: backward adds, so this stands between two steps."""
        for parameter in self.parameters:
            parameter.grad = None

    def state_dict(self) -> dict[str, Array]:
        """Everything a resumed run needs, as arrays: "steps", "lr", and "<i>.<name>" per parameter."""
        own = {f"{i}.{name}": a for i, state in enumerate(self.state) for name, a in state.items()}
        return {"steps": np.array(self.steps), "lr": np.array(self.lr), **own}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue where `state_dict` was taken; the parameters must be bound.

        Raises
        ------
        DtypeError, ArgumentError
            No dict; other names or shapes than this optimiser has.
        """
        own = self.state_dict()
        if not isinstance(state, Mapping):
            raise DtypeError(f"{type(self).__name__}: the state is {type(state).__name__}; needed a dict")
        if own.keys() != state.keys() or any(np.shape(state[k]) != own[k].shape for k in own):
            raise ArgumentError(f"{type(self).__name__}: this state belongs to another optimiser or model")
        self.steps, self.lr = int(state["steps"]), float(state["lr"])
        for i, arrays in enumerate(self.state):
            for name, array in arrays.items():
                array[...] = state[f"{i}.{name}"]


def is_number(value: Any) -> bool:
    """A Python or NumPy number; True and False are none."""
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def check_positive(who: str, name: str, value: float) -> float:
    """A finite number > 0."""
    if not (is_number(value) and isfinite(value) and value > 0):
        raise ArgumentError(f"{who}: {name} is {value!r}; needed a positive number")
    return float(value)


def check_share(who: str, name: str, value: float) -> float:
    """A number in [0, 1)."""
    if not (is_number(value) and 0 <= value < 1):
        raise ArgumentError(f"{who}: {name} is {value!r}; needed a number in [0, 1)")
    return float(value)


def check_not_negative(who: str, name: str, value: float) -> float:
    """A finite number >= 0."""
    if not (is_number(value) and isfinite(value) and value >= 0):
        raise ArgumentError(f"{who}: {name} is {value!r}; needed a number >= 0")
    return float(value)
