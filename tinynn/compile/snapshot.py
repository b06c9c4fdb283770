"""Everything that a training step changes, so that it can be tried and taken back; and all that it reads
beside, so that a change in it is seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from tinynn.autograd import Array, Variable
from tinynn.compile.program import Buffer
from tinynn.compile.record import root
from tinynn.nn import Module
from tinynn.nn.random import generators
from tinynn.optim import Optimizer

PLAIN = (bool, int, float, str, type(None))
GIVEN = ("_lr", "steps")  # of an optimiser: every step is given them anew


class Changing:
    """The arrays of a model and its optimiser, by name, and the random streams.

    Attributes
    ----------
    arrays : list of (kind, name, array)
        "weight", "state" or "buffer"; every array of numbers that steps go on from.
    counters : list of arrays
        The integers that modules keep.
    streams : list of Generator
    """

    def __init__(self, model: Module, optimizer: Optimizer) -> None:
        self.model, self.optimizer = model, optimizer
        self.parameters = dict(model.named_parameters())
        self.arrays = [("weight", name, p.data) for name, p in self.parameters.items()]
        names = {id(p): name for name, p in self.parameters.items()}
        for parameter, state in zip(optimizer.parameters, optimizer.state, strict=True):
            self.arrays += [("state", f"{names[id(parameter)]}.{key}", a) for key, a in state.items()]
        buffers = list(model.named_buffers())
        self.arrays += [("buffer", name, a) for name, a in buffers if a.dtype.kind == "f"]
        self.counters = [a for _, a in buffers if a.dtype.kind != "f"]
        self.streams = list({id(g): g for g in generators(model).values()}.values())

    def roots(self) -> tuple[list[Array], list[Buffer]]:
        """The memory of the arrays, each once, and what it is to a program."""
        found: dict[int, tuple[Array, Buffer]] = {}
        for kind, name, array in self.arrays:
            owner = root(array)
            found.setdefault(id(owner), (owner, Buffer(kind, name, owner.nbytes, owner)))
        return [a for a, _ in found.values()], [b for _, b in found.values()]

    def save(self) -> Callable[[], None]:
        """Remember everything; the function returned puts it back."""
        optimizer = self.optimizer
        contents = [(a, a.copy()) for a in [*(a for _, _, a in self.arrays), *self.counters]]
        states = [stream.get_state() for stream in self.streams]
        gradients = [(p, p.grad) for p in self.parameters.values()]
        lr, steps = optimizer.lr, optimizer.steps

        def restore() -> None:
            for array, content in contents:
                array[...] = content
            for stream, state in zip(self.streams, states, strict=True):
                stream.set_state(state)
            for parameter, gradient in gradients:
                parameter.grad = gradient
            optimizer.lr, optimizer.steps = lr, steps

        return restore

    def disturb(self) -> None:
        """Other numbers everywhere: weights of the other sign, states and running statistics moved up."""
        for kind, _, array in self.arrays:
            if kind == "weight":
                np.negative(array, out=array)
            else:
                array += 0.25

    def bits(self) -> list[bytes]:
        """What the arrays hold."""
        return [array.tobytes() for _, _, array in self.arrays]


def readings(model: Module, optimizer: Optimizer, loss: Callable[[Any, Any], Any]) -> dict[str, Any]:
    """All that a step may read beside the contents of arrays, by name; two looks can be compared.

    That is the attributes of modules, of the optimiser and of the loss, and what the loss closes over. What
    a function finds in the globals around it is not looked at.
    """
    found: dict[str, Any] = {}
    for prefix, module in model.named_modules():
        dot = f"{prefix}." if prefix else ""
        own = {**vars(module), "training": module.training}
        found.update((f"{dot}{name}", _seen(value)) for name, value in own.items())
    rule = f"{type(optimizer).__name__}."
    for name, value in vars(optimizer).items():
        if name not in GIVEN:
            found[rule + name] = _seen(value)
    found.update((f"loss.{name}", _seen(value)) for name, value in getattr(loss, "__dict__", {}).items())
    for i, cell in enumerate(getattr(loss, "__closure__", None) or ()):
        found[f"loss.{loss.__code__.co_freevars[i]}"] = _seen(cell.cell_contents)
    return found


@contextmanager
def plain_attributes_kept(*holders: Any) -> Iterator[None]:
    """Afterwards the numbers and names that these objects hold are what they were."""
    known = [(vars(holder), {**vars(holder)}) for holder in holders if hasattr(holder, "__dict__")]
    try:
        yield
    finally:
        for attributes, before in known:
            now = {name for name, value in attributes.items() if isinstance(value, PLAIN)}
            for name in now - {*before}:
                del attributes[name]
            attributes.update((name, v) for name, v in before.items() if isinstance(v, PLAIN))


def another(before: dict[str, Any], now: dict[str, Any]) -> str:
    """The first name under which something else is found; "" where all is the same."""
    if before == now:
        return ""
    return next(name for name in (*before, *now) if before.get(name) != now.get(name))


class Watch:
    """What a step read when it was recorded, and whether that is still so.

    Parameters
    ----------
    look : callable () -> dict
        `readings`, of a model, an optimiser and a loss.
    """

    def __init__(self, changing: Changing, look: Callable[[], dict[str, Any]]) -> None:
        self.look, self.first = look, look()
        self._attributes = [vars(module) for module in changing.model.modules()]
        self._parameters = list(changing.parameters.values())
        self._rule = vars(changing.optimizer)
        self._glance = self._objects()

    def changed(self) -> str:
        """The name of something that is another now, or ""."""
        return another(self.first, self.look())

    def changed_at_a_glance(self) -> str:
        """The same within microseconds: what happened inside lists and dicts, or to the loss, is missed."""
        if self._objects() == self._glance:
            return ""
        name = self.changed()
        if not name:
            self._glance = self._objects()
        return name

    def _objects(self) -> list[Any]:
        """Which objects stand where."""
        found: list[Any] = [tuple(map(id, attributes.values())) for attributes in self._attributes]
        found += [(id(p.data), p.requires_grad) for p in self._parameters]
        found.append([id(value) for name, value in self._rule.items() if name not in GIVEN])
        return found


def _seen(value: Any, depth: int = 3) -> Any:
    """What a plain value is, and which object anything else is."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return repr(value)  # NaN is NaN
    if isinstance(value, Variable):
        return id(value), id(value.data), value.requires_grad
    if depth and isinstance(value, (list, tuple)):
        return [_seen(part, depth - 1) for part in value]
    if depth and isinstance(value, dict):
        return {name: _seen(part, depth - 1) for name, part in value.items()}
    return id(value)
