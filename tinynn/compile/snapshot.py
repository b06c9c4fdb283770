"""Everything that a training step changes, so that it can be tried and taken back."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tinynn.autograd import Array
from tinynn.compile.program import Buffer
from tinynn.compile.record import root
from tinynn.nn import Module
from tinynn.nn.random import generators
from tinynn.optim import Optimizer


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
