"""Training: a run of `fit` as its callbacks see it, and what must hold when it ends, however it ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from tinynn.nn import Module
from tinynn.optim import Optimizer
from tinynn.train.history import History

if TYPE_CHECKING:
    from tinynn.train.callbacks import Callback


@dataclass
class Training:
    """What a callback is given.

    Attributes
    ----------
    model, optimizer, loader
        What is trained, how, and on what.
    epochs : int
        How many there are to be.
    history : History
        The figures of the finished epochs; `history.steps` counts the updates.
    loss : float
        Of the latest batch.
    """

    model: Module
    optimizer: Optimizer
    loader: Any
    epochs: int
    history: History
    callbacks: list[Callback] = field(default_factory=list)
    loss: float = float("nan")

    def stop(self, reason: str) -> None:
        """End the training after this epoch; `history.stopped` will say why."""
        self.history.stopped = reason

    @property
    def stopped(self) -> bool:
        """Whether somebody asked to stop."""
        return bool(self.history.stopped)

    def step_done(self, loss: float) -> None:
        """One update was made."""
        self.loss = loss
        self.history.steps += 1
        for callback in self.callbacks:
            callback.on_step_end(self)

    def epoch_done(self, figures: dict[str, float]) -> None:
        """One epoch was finished."""
        self.history.add(figures)
        for callback in self.callbacks:
            callback.on_epoch_end(self)

    def __enter__(self) -> Self:
        self._modes = [(module, module.training) for module in self.model.modules()]
        trained = {id(p) for p in self.optimizer.parameters}
        self._others = [p for p in self.model.parameters() if p.requires_grad and id(p) not in trained]
        for parameter in self._others:  # nobody wants their gradients, so nobody computes them
            parameter.requires_grad_(False)
        self.history.stopped = ""
        self._ahead = self.optimizer.steps - self.history.steps
        self.optimizer.zero_grad()
        for callback in self.callbacks:
            callback.on_fit_begin(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave a model that can be used: no half-summed gradients, the modes it came with."""
        self.optimizer.zero_grad()
        for module, mode in self._modes:
            module.training = mode
        for parameter in self._others:
            parameter.requires_grad_(True)
        # Ctrl-C may come between updates and their counting.
        self.history.steps = max(self.history.steps, self.optimizer.steps - self._ahead)
        if kind is not None:
            where = f"in epoch {self.history.epochs + 1} after {self.history.steps} steps"
            self.history.stopped = f"{'interrupted' if kind is KeyboardInterrupt else kind.__name__} {where}"
        for callback in self.callbacks:
            callback.on_fit_end(self)
