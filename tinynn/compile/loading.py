"""A step that fetches its own batches: the gathering of a DataLoader is recorded with it, so that C++ goes
through an epoch by the numbers of its examples alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinynn.autograd import Array
from tinynn.compile.build import build
from tinynn.compile.step import prepared
from tinynn.compile.trial import Task
from tinynn.data.loader import DataLoader
from tinynn.nn import Module
from tinynn.optim import Optimizer

MOST_BYTES = 1 << 26  # of predictions that wait to be counted


class LoaderStep:
    """Training steps on the examples with these numbers, batches of one size.

    Parameters
    ----------
    model : Module
    loss : callable (prediction, target) -> Tensor
    optimizer : Optimizer
    loader : DataLoader
    size : int
        How many examples a batch has.
    clip : float, optional

    Raises
    ------
    CompileError, and what the model and the loss raise
    """

    def __init__(
        self,
        model: Module,
        loss: Callable[[Any, Any], Any],
        optimizer: Optimizer,
        loader: DataLoader,
        size: int,
        clip: float | None = None,
    ) -> None:
        self.size, self._loader = size, loader
        task = Task(
            prepared(model, optimizer),
            loss,
            names=("index",) if loader.augment is None else ("index", "place"),
            feed=loader.gather,
            constants=loader.sources(),
            careful=True,
            clip=clip,
        )
        self.replay = build(task, self._example(0), lambda outcome: self._example(1))

    @property
    def most(self) -> int:
        """How many steps to take at once, so that their predictions have room while they wait."""
        return max(1, MOST_BYTES // max(self.replay.prediction.nbytes, 1))

    def _example(self, seed: int) -> list[Array]:
        """Some examples, each time others."""
        loader = self._loader
        index = np.random.default_rng(seed).integers(0, len(loader.dataset), self.size)
        if loader.augment is None:
            return [index]
        return [index, loader.augment.draw(self.size, loader.dataset.shape[1:], seed, 0)]

    def run(
        self, order: Array, place: Array | None, rates: Sequence[float], seconds: float
    ) -> tuple[Array, Array, bool]:
        """Steps on the first examples of `order`, one per rate; see Replay.run_steps."""
        inputs = [np.ascontiguousarray(a) for a in (order, place) if a is not None]
        strides = [self.size * a.strides[0] for a in inputs]
        return self.replay.run_steps(inputs, strides, rates, seconds)
