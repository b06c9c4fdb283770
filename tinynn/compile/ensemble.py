"""Ensemble: n nets that differ by their seeds alone, and where each of them lies in memory.

nets = tn.Ensemble(build_model, 1000)
history = tn.fit(nets, (x, y), loss=F.cross_entropy, optimizer=optim.Adam(lr=0.01), epochs=3000)
nets[17]                          # one of them, as a model
nets.parameters()["0.weight"]     # (1000, out, in): all of them

Everything that is a net's own (weights, running statistics, the state of the optimiser) stands in one row of
bytes; the step that trains them (many.py) is recorded once and is pointed at one row after the other.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from tinynn.autograd import Array
from tinynn.compile.arena import ALIGNMENT
from tinynn.compile.compare import flat
from tinynn.compile.record import root, span
from tinynn.compile.snapshot import Changing
from tinynn.errors import ArgumentError, DtypeError, ShapeError
from tinynn.nn import Module
from tinynn.nn.random import generators
from tinynn.optim import SGD, Optimizer
from tinynn.random import default_generator, set_apart, word


class Ensemble:
    """n independent nets of one shape; `fit` trains them all, spread over threads.

    Net i is what `tn.manual_seed(seeds[i]); build_model()` gives, and it is trained as it would be alone
    with that seed, bit for bit: the initial weights, the order of the examples, dropout.

    Parameters
    ----------
    build_model : callable () -> Module
        Called once for each net, and again by `nets[i]`.
    n : int
    seeds : sequence of n integers, optional
        Default: 0, 1, ..., n - 1.
    every : int
        The history of `fit` keeps the losses of each `every`-th epoch, and of the last.
    optimize : bool
        Let the passes of tinynn/compile/passes rewrite the step: faster, and bit-equal to a net trained alone
        by `compile(..., optimize=True)`; else to one trained by `fit`.

    Attributes
    ----------
    seeds : list of int
    steps : (n,) int64
        How many updates each net has had.
    stopped : (n,) bool
        Whose loss (without `optimize`, a gradient too) became NaN or infinite: they have the weights from
        before that step, and keep them.

    Raises
    ------
    DtypeError, ShapeError
        build_model gave no Module, or nets of different shapes.
    ArgumentError

    Examples
    --------
    >>> from tinynn import nn
    >>> nets = Ensemble(lambda: nn.Linear(2, 3), 100)
    >>> len(nets), nets.parameters()["weight"].shape
    (100, (100, 3, 2))
    """

    def __init__(
        self,
        build_model: Callable[[], Module],
        n: int,
        seeds: Sequence[int] | None = None,
        *,
        every: int = 1,
        optimize: bool = False,
    ) -> None:
        for name, value in (("n", n), ("every", every)):
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
                raise ArgumentError(f"Ensemble: {name} is {value!r}; needed a positive integer")
        if seeds is not None and (isinstance(seeds, str) or not hasattr(seeds, "__len__")):
            raise ArgumentError(f"Ensemble: seeds is {seeds!r}; needed {n} of them; try range({n})")
        self.seeds = [word("Ensemble: seeds", seed) for seed in (range(n) if seeds is None else seeds)]
        if len(self.seeds) != n:
            raise ArgumentError(f"Ensemble: got {len(self.seeds)} seeds; needed {n}, one for each net")
        self.build_model, self.every, self.optimize = build_model, int(every), optimize
        self.steps, self.stopped = np.zeros(n, np.int64), np.zeros(n, bool)
        self.optimizer: Optimizer | None = None
        with self._fresh(0) as template:
            self.template = template
            own = _own(template)
            self._form = [(a.shape, a.strides, a.dtype) for a in own]
            self.places, self.weights = rows_for(own, n)
            self.streams = np.zeros((n, len(_streams(template)), 2), np.uint64)
        self.moved = [np.zeros_like(counter) for counter in _counters(template)]  # by one step
        for i in range(n):
            self._take_in(i)

    def _take_in(self, i: int) -> None:
        """Build net i and keep what is its own."""
        with self._fresh(i) as model:
            own, streams = _own(model), _streams(model)
            form = [(a.shape, a.strides, a.dtype) for a in own]
            if form != self._form or len(streams) != self.streams.shape[1]:
                raise ShapeError(
                    f"Ensemble: seed {self.seeds[i]} gave a net of another shape than the first; "
                    "needed the same layers every time"
                )
            for array, offset in zip(own, self.places.values(), strict=True):
                self.weights[i, offset : offset + array.nbytes] = flat(array).view(np.uint8)
            self.streams[i] = [stream.get_state() for stream in streams]

    @contextmanager
    def _fresh(self, i: int) -> Iterator[Module]:
        """Net i as it was in the beginning; the default generator goes on afterwards as if nothing was."""
        with set_apart([default_generator]):
            default_generator.manual_seed(self.seeds[i])
            model = self.build_model()
            if not isinstance(model, Module):
                raise DtypeError(f"Ensemble: build_model gave {type(model).__name__}; needed an nn.Module")
            yield model

    def bind(self, optimizer: Optimizer) -> None:
        """Give every net a state of this rule; one that they have already is gone on with."""
        if optimizer is self.optimizer:
            return
        if not isinstance(optimizer, Optimizer):
            raise DtypeError(f"Ensemble: the optimizer is {optimizer!r}; needed one; try optim.SGD(lr=0.1)")
        if optimizer.parameters:
            raise ArgumentError("Ensemble: the optimizer is bound to a model; needed one without parameters")
        self.optimizer = optimizer
        optimizer.bind(p for p in self.template.parameters() if p.requires_grad)
        states = [root(array) for state in optimizer.state for array in state.values()]
        self.state_places, self.states = rows_for(states, len(self))
        for array, offset in zip(states, self.state_places.values(), strict=True):
            self.states[:, offset : offset + array.nbytes] = flat(array).view(np.uint8)
        self.steps[...] = 0

    def twin(self) -> Optimizer:
        """The rule as it is now, for one net: without parameters and state."""
        rule = copy.copy(self.optimizer)
        assert rule is not None
        rule.parameters, rule.state, rule.steps = [], [], 0
        return copy.deepcopy(rule)

    def __len__(self) -> int:
        return len(self.seeds)

    def __getitem__(self, i: int) -> Module:
        """Net i as a model of its own, as far as it has come."""
        i = range(len(self))[i]
        with self._fresh(i) as model:
            for array, offset in zip(_own(model), self.places.values(), strict=True):
                flat(array).view(np.uint8)[...] = self.weights[i, offset : offset + array.nbytes]
            for counter, more in zip(_counters(model), self.moved, strict=True):
                counter += self.steps[i] * more
            for stream, state in zip(_streams(model)[1:], self.streams[i, 1:].tolist(), strict=True):
                stream.set_state(state)
        return model

    def parameters(self) -> dict[str, Array]:
        """Name -> (n, *shape): the weights of all nets, not a copy."""
        found = {}
        for name, p in self.template.named_parameters():
            owner = root(p.data)
            at = self.places[id(owner)] + p.data.ctypes.data - span(owner)[0]
            strides = (self.weights.shape[1], *p.data.strides)
            found[name] = np.ndarray((len(self), *p.shape), p.dtype, self.weights.data, at, strides)
        return found

    def __repr__(self) -> str:
        return f"Ensemble({len(self)} nets, {self.weights.shape[1]} bytes each)"


def rows_for(arrays: list[Array], n: int) -> tuple[dict[int, int], Array]:
    """The id of each array -> its bytes from the beginning of a row; n rows with room for all of them."""
    places, at = {}, 0
    for array in arrays:
        places[id(array)] = at
        at += -(-max(array.nbytes, 1) // ALIGNMENT) * ALIGNMENT
    return places, aligned_rows(n, at)


def aligned_rows(n: int, nbytes: int) -> Array:
    """uint8 (n, nbytes or a little more), each row beginning at a cache line."""
    nbytes = -(-max(nbytes, 1) // ALIGNMENT) * ALIGNMENT
    raw = np.zeros(n * nbytes + ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % ALIGNMENT
    return raw[start : start + n * nbytes].reshape(n, nbytes)


def _own(model: Module) -> list[Array]:
    """The memory of its weights and running statistics: what two nets of one shape do not share."""
    return Changing(model, SGD(lr=1.0)).roots()[0]


def _counters(model: Module) -> list[Array]:
    return Changing(model, SGD(lr=1.0)).counters


def _streams(model: Module) -> list[Any]:
    """Where its random numbers come from, the default generator first."""
    return list({id(g): g for g in generators(model).values()}.values())
