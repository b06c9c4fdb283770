"""Guard: a step that goes wrong is stopped, explained and undone.

A loss that is NaN or infinite is found before the update, so the weights are still those of the step
before. The forward pass is then run again with a look into every module: the first whose output is
not finite made it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from math import isfinite
from typing import Any

import numpy as np

from tinynn.autograd import Array, Variable, no_grad
from tinynn.backends import kernels
from tinynn.errors import ArgumentError, DtypeError, NonFiniteError, ShapeError
from tinynn.nn import Module
from tinynn.nn.random import generators
from tinynn.nn.utils import clip_grad_norm_
from tinynn.optim import Optimizer
from tinynn.optim.optimizer import is_number


class Guard:
    """Remembers what a forward pass changes, and checks what it gives."""

    def __init__(
        self, model: Module, optimizer: Optimizer, loss: Callable[[Any, Any], Any], clip: float | None = None
    ) -> None:
        if clip is not None and not (is_number(clip) and isfinite(clip) and clip > 0):
            raise ArgumentError(f"fit: clip is {clip!r}; needed a positive number")
        self.model, self.loss, self.clip = model, loss, clip
        trained = {id(p) for p in optimizer.parameters}
        self.named = list(model.named_parameters())
        self.trained = [(name, p) for name, p in self.named if id(p) in trained]
        self.streams = list(generators(model).values())
        self.buffers = list(model.buffers())
        self.remember()

    def remember(self) -> None:
        """Before a step: the random state and the buffers. The weights only change after the checks."""
        self.random = [stream.get_state() for stream in self.streams]
        self.copies = [array.copy() for array in self.buffers]

    def undo(self) -> None:
        """Back to what was remembered; no gradients."""
        for stream, state in zip(self.streams, self.random, strict=True):
            stream.set_state(state)
        for array, copy in zip(self.buffers, self.copies, strict=True):
            array[...] = copy
        self.model.zero_grad()

    def check_loss(self, cost: Any, x: Array, y: Array, step: int) -> float:
        """The loss as a number.

        Raises
        ------
        NonFiniteError
            It is NaN or infinite; says the step and who made it. Everything is as before the step.
        DtypeError, ShapeError
            It is no Tensor with one element.
        """
        if not isinstance(cost, Variable):
            raise DtypeError(f"fit: the loss function returned {type(cost).__name__}; needed a Tensor")
        if cost.data.size != 1:
            raise ShapeError(f"fit: the loss is {cost.data.shape}; needed one number; try reduction='mean'")
        value = float(cost.data.item())
        if isfinite(value):
            return value
        culprit = self.find_culprit(x, y)
        raise NonFiniteError(f"fit: the loss became {value} in step {step + 1}; {culprit}")

    def check_gradients(self, step: int) -> None:
        """Every gradient is finite, since a NaN here would be in the weights after the update; then clip.

        Raises
        ------
        NonFiniteError
            Says the step and the parameter. Everything is as before the step.
        """
        listed = [(name, p) for name, p in self.trained if p.grad is not None]
        squares = [float(kernels.squared_norm(p.grad.data)) for _, p in listed]
        if not all(map(isfinite, squares)):  # or are they only too large for float32?
            squares = [float(np.square(p.grad.data, dtype=np.float64).sum()) for _, p in listed]
        for (name, _), square in zip(listed, squares, strict=True):
            if not isfinite(square):
                self.undo()
                raise NonFiniteError(
                    f"fit: the loss was finite in step {step + 1} but the gradient of {name} is not; "
                    "try a smaller lr, or a loss that takes logits"
                )
        norm = sum(squares) ** 0.5
        if self.clip is None:
            return
        if norm < 1e18:
            clip_grad_norm_([p for _, p in listed], self.clip)
        else:  # its square is beyond float32
            for _, parameter in listed:
                parameter.grad.data *= self.clip / norm

    def find_culprit(self, x: Array, y: Array) -> str:
        """Run the forward pass of this step again; say who first gave a number that is not finite."""
        for what, array in (("x", x), ("y", y)):
            rows = _bad_rows(array)
            if len(rows):
                self.undo()
                return (
                    f"it comes from the data: {what} of its batch is not finite in row {rows[0]}; "
                    f"try np.isfinite({what}).all()"
                )
        self.undo()  # so that dropout draws the same mask again
        with no_grad(), watched(self.model) as found:
            self.loss(self.model(x), y)
        self.undo()
        if not found:
            return "every layer's output is finite, so the loss function made it; try one that takes logits"
        name = found[0]
        broken = [p for p, parameter in self.named if p.startswith(f"{name}.") and _bad(parameter.data)]
        why = f", whose {broken[0]} is not finite" if broken else ""
        return f"the first layer with a non-finite output is {name}{why}; try a smaller lr or clip=1.0"


@contextmanager
def watched(model: Module) -> Iterator[list[str]]:
    """Within: the names of the modules whose output was not finite, in the order they finished."""
    found: list[str] = []
    names = {id(module): name or type(module).__name__ for name, module in model.named_modules()}

    def look(module: Module, _: Any, y: Any) -> None:
        if any(_bad(np.asarray(part)) for part in (y if isinstance(y, tuple) else (y,))):
            found.append(names[id(module)])

    with ExitStack() as hooks:
        for module in model.modules():
            hooks.enter_context(module.register_forward_hook(look))
        yield found


def _bad(array: Array) -> bool:
    return array.dtype.kind == "f" and not bool(np.isfinite(array).all())


def _bad_rows(array: Array) -> Array:
    if not _bad(array):
        return np.zeros(0, np.int64)
    return np.flatnonzero(~np.isfinite(array.reshape(len(array), -1)).all(1))
