"""Callbacks: what else should happen while `fit` trains.

A callback is a subclass of Callback, or simply a function, which is called after every epoch:

    fit(..., callbacks=[lambda training: print(training.history.last())])
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tinynn.autograd import Array
from tinynn.errors import ArgumentError, DtypeError
from tinynn.train.files import check_same
from tinynn.train.training import Training


class Callback:
    """Base of the callbacks: override what you need. Each is given the Training: model, history, ..."""

    def on_fit_begin(self, training: Training) -> None:
        """Before the first step."""

    def on_step_end(self, training: Training) -> None:
        """After an update; `training.loss` is the loss of its batch, `training.history.steps` its number."""

    def on_epoch_end(self, training: Training) -> None:
        """After an epoch, its figures are in `training.history`; `training.stop("why")` makes it the last."""

    def on_fit_end(self, training: Training) -> None:
        """After the last step, also where an error or Ctrl-C ended the training."""

    def state_dict(self) -> dict[str, Array]:
        """What a resumed run needs of this callback; goes into the checkpoint."""
        return {}

    def load_state_dict(self, state: Mapping[str, Array]) -> None:
        """Continue where `state_dict` was taken."""


class EachEpoch(Callback):
    """A function as a callback."""

    def __init__(self, function: Callable[[Training], Any]) -> None:
        self.function = function

    def on_epoch_end(self, training: Training) -> None:
        self.function(training)


class EarlyStopping(Callback):
    """Stop when a figure has not improved for some epochs.

    Parameters
    ----------
    patience : int
        Stop after so many epochs without a new best.
    monitor : str, optional
        A name in the history. Default: "validation_loss" where there is a validation set, else "loss".
    mode : {"min", "max"}, optional
        Default: "max" for names that end in "accuracy", else "min".
    min_delta : float
        A new best must be better by more than this.
    restore_best : bool
        Give the model the weights of its best epoch when training ends.

    Examples
    --------
    >>> from tinynn.train import EarlyStopping
    >>> EarlyStopping(patience=3, monitor="validation_accuracy").mode
    'max'

    References
    ----------
    L. Prechelt, "Early stopping: but when?" (1998).
    """

    def __init__(
        self,
        patience: int = 5,
        *,
        monitor: str | None = None,
        mode: str | None = None,
        min_delta: float = 0.0,
        restore_best: bool = False,
    ) -> None:
        if isinstance(patience, bool) or not isinstance(patience, int) or patience < 1:
            raise ArgumentError(f"EarlyStopping: patience is {patience!r}; needed a positive integer")
        if mode not in (None, "min", "max"):
            raise ArgumentError(f"EarlyStopping: mode is {mode!r}; needed 'min' or 'max'")
        if not min_delta >= 0:
            raise ArgumentError(f"EarlyStopping: min_delta is {min_delta!r}; needed a number >= 0")
        self.patience, self.monitor, self.min_delta = patience, monitor, min_delta
        self.mode = mode or ("max" if (monitor or "").endswith("accuracy") else "min")
        self.restore_best = restore_best
        self.best: dict[str, Array] = {}

    def on_fit_begin(self, training: Training) -> None:
        if training.history.epochs:
            if self.best:
                check_same("EarlyStopping: best weights", self.best, training.model.state_dict())
            self.look(training)  # resumed: the run that was never interrupted may have stopped here
        else:
            self.best = {}

    def on_epoch_end(self, training: Training) -> None:
        if self.restore_best and self.best_epoch(training.history) == training.history.epochs - 1:
            self.best = {name: a.copy() for name, a in training.model.state_dict().items()}
        self.look(training)

    def look(self, training: Training) -> None:
        """Stop the training where patience has run out."""
        waited = training.history.epochs - 1 - self.best_epoch(training.history)
        if waited >= self.patience:
            training.stop(f"{self.name_in(training.history)} has not improved for {waited} epochs")

    def on_fit_end(self, training: Training) -> None:
        if self.best:
            training.model.load_state_dict(self.best)

    def name_in(self, history: Mapping[str, list[float]]) -> str:
        """The figure that is watched."""
        name = self.monitor or ("validation_loss" if "validation_loss" in history else "loss")
        if name not in history:
            raise ArgumentError(
                f"EarlyStopping: monitor is {name!r}; needed one of {', '.join(history)}; try validation=..."
            )
        return name

    def best_epoch(self, history: Mapping[str, list[float]]) -> int:
        """The latest epoch that was a new best, counted from 0: a function of the history alone."""
        sign = 1.0 if self.mode == "min" else -1.0
        best, value = 0, np.inf
        for epoch, figure in enumerate(history[self.name_in(history)]):
            if sign * figure < value - self.min_delta:
                best, value = epoch, sign * figure
        return best

    def state_dict(self) -> dict[str, Array]:
        return self.best

    def load_state_dict(self, state: Mapping[str, Array]) -> None:
        self.best = dict(state)


def as_callback(callback: Any) -> Callback:
    """A Callback as it is, a function as one that is called after every epoch."""
    if isinstance(callback, Callback):
        return callback
    if isinstance(callback, type) or not callable(callback):
        raise DtypeError(
            f"fit: got the callback {callback!r}; needed a Callback or a function of the Training"
        )
    return EachEpoch(callback)
