"""The steps of an epoch: in C++ where they can be compiled, else by hand; the same numbers either way.

What was recorded is replayed, so a number that Python computes in a step is taken when the step is recorded.
Where an attribute of the model, the optimiser or the loss changes, the step is recorded anew.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

from tinynn.autograd import Array
from tinynn.backends import native_alone
from tinynn.compile.loading import LoaderStep
from tinynn.compile.snapshot import readings
from tinynn.data.loader import DataLoader
from tinynn.errors import CompileError
from tinynn.train.callbacks import Callback
from tinynn.train.training import Training

SECONDS = 0.1  # between two looks at the progress bar

Step = Callable[[Array, Array], tuple[float, Any]]


class Steps:
    """What `fit` goes through: `epoch()` gives (loss, prediction, target) of every batch, its update made.

    Parameters
    ----------
    training : Training
    loss : callable
    by_hand : callable (x, y) -> (loss, prediction)
        One step in Python.
    rate : callable (steps, epochs) -> float
    clip : float or None
    compiled : bool or None
        Whether to compile; None: where it can be done, saying so once where it cannot.
    """

    def __init__(
        self,
        training: Training,
        loss: Callable[[Any, Any], Any],
        by_hand: Step,
        rate: Callable[[int, int], float],
        clip: float | None,
        compiled: bool | None,
    ) -> None:
        self.training, self.loss, self.by_hand = training, loss, by_hand
        self.rate, self.clip, self.compiled = rate, clip, compiled
        self.found: dict[int, LoaderStep] = {}
        self.readings: Any = None
        self.doubt: Exception | None = None  # that kept a step from being recorded

    def epoch(self) -> Iterator[tuple[float, Any, Array]]:
        """The batches of the next epoch."""
        loader = self.training.loader
        if not self._may_compile():
            for x, y in loader:
                yield (*self._by_hand(x, y), y)
            return
        order, place = loader.next_epoch()
        at, chunk = 0, 8
        while at < len(order):
            size = min(loader.batch_size, len(order) - at)
            step = self._step(size)
            many = 0 if step is None else min(chunk, (len(order) - at) // size, step.most)
            done = 0
            if step is not None:
                part = slice(at, at + many * size)
                losses, predictions, stopped = self._run(
                    step, order[part], None if place is None else place[part], many
                )
                done, chunk = len(losses), 2 * len(losses) + 8
                for i in range(done):
                    first = at + i * size
                    target = loader.targets(order[first : first + size])
                    yield float(losses[i]), predictions[i], target
                at += done * size
            if step is None or stopped:  # by hand, which explains what is wrong with the numbers
                part = slice(at, at + size)
                x, y = loader.gather(order[part], None if place is None else place[part])
                yield (*self._by_hand(x, y), y)
                at += size

    def _run(
        self, step: LoaderStep, order: Array, place: Array | None, many: int
    ) -> tuple[Array, Array, bool]:
        """So many steps, or as many as there is time for."""
        history, optimizer = self.training.history, self.training.optimizer
        rates = [self.rate(history.steps + i, history.epochs) for i in range(many)]
        losses, predictions, stopped = step.run(order, place, rates, SECONDS)
        if len(losses):
            optimizer.lr = rates[len(losses) - 1]
        return losses, predictions, stopped

    def _may_compile(self) -> bool:
        """Nobody wants to look in after every step, the kernels are the native ones, and the batches those of
        a DataLoader."""
        if self.compiled is False or not native_alone():
            return False
        loader = type(self.training.loader)
        if loader.__iter__ is not DataLoader.__iter__:
            if self.compiled is True:
                raise CompileError(f"fit: {loader.__name__} makes batches of its own; needed a DataLoader's")
            return False
        watched = any(type(c).on_step_end is not Callback.on_step_end for c in self.training.callbacks)
        return self.compiled is True or not watched

    def _by_hand(self, x: Array, y: Array) -> tuple[float, Any]:
        """A step in Python. What kept it from being recorded, and not from being taken, is said once."""
        result = self.by_hand(x, y)
        if self.doubt is not None:
            kind = type(self.doubt).__name__
            warnings.warn(f"fit: trains without compiling; {kind}: {self.doubt}", stacklevel=4)
            self.doubt = None
        return result

    def _step(self, size: int) -> LoaderStep | None:
        """The compiled step for batches of this size; None where it cannot be."""
        training = self.training
        now = readings(training.model, training.optimizer, self.loss)
        if now != self.readings:
            self.found.clear()
            self.readings = now
        if size not in self.found and self.compiled is not False:
            try:
                self.found[size] = LoaderStep(
                    training.model, self.loss, training.optimizer, training.loader, size, self.clip
                )
            except CompileError as error:
                if self.compiled is True:
                    raise
                warnings.warn(f"fit: trains without compiling; {error}", stacklevel=4)
                self.compiled = False
            except Exception as error:  # a step that is wrong in itself says so when it is taken by hand
                if self.compiled is True:
                    raise
                self.doubt, self.compiled = error, False
        return self.found.get(size)
