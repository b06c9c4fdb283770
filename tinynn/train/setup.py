"""What stands before the loop of `fit`: its arguments are checked and put together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite
from os import PathLike as PathLikeObject
from pathlib import Path
from typing import Any

from tinynn.data.loader import DataLoader
from tinynn.data.places import PathLike
from tinynn.errors import ArgumentError, DataError, DtypeError
from tinynn.nn import Module
from tinynn.optim import Optimizer
from tinynn.train.batches import bind, check_count, check_loss_function
from tinynn.train.callbacks import Callback, EarlyStopping, as_callback
from tinynn.train.checkpoint import Checkpointing, resume_training
from tinynn.train.history import History
from tinynn.train.training import Training

Schedule = Callable[[int], float]


def prepare(
    model: Module,
    loader: DataLoader,
    loss: Any,
    optimizer: Optimizer,
    epochs: int,
    history: History | None,
    callbacks: Sequence[Callback | Callable[[Training], Any]],
    early_stopping: int | Callback | None,
    checkpoint: PathLike | None,
    resume: PathLike | bool,
) -> Training:
    """The Training that `fit` runs: all is checked, bound, and where asked for resumed."""
    check_count("fit", "epochs", epochs)
    check_loss_function("fit", loss)
    if not isinstance(history, History | None):
        raise DtypeError(f"fit: history is {type(history).__name__}; needed a History, as fit returns it")
    if not isinstance(callbacks, Sequence):
        raise DtypeError(f"fit: callbacks is {callbacks!r}; needed a list; try callbacks=[...]")
    bind(optimizer, model)
    everybody = [as_callback(c) for c in callbacks]
    if early_stopping is not None:
        stop = EarlyStopping(early_stopping) if isinstance(early_stopping, int) else early_stopping
        everybody.append(as_callback(stop))
    if checkpoint is not None:
        everybody.append(Checkpointing(_writable(checkpoint)))
    training = Training(
        model, optimizer, loader, epochs, History() if history is None else history, everybody
    )
    if training.history.epochs:
        loader.epoch = training.history.epochs
    path = _resumed_from(checkpoint, resume)
    if path is not None:
        resume_training(path, training)
    return training


def _writable(checkpoint: PathLike) -> PathLike:
    """The path of a checkpoint, its folder there: better to know it now than after the first epoch."""
    if not isinstance(checkpoint, (str, PathLikeObject)):
        raise DtypeError(f"fit: checkpoint is {checkpoint!r}; needed the path of a file")
    if not Path(checkpoint).absolute().parent.is_dir():
        raise DataError(f"fit: checkpoint is {str(checkpoint)!r}, whose folder does not exist")
    return checkpoint


def _resumed_from(checkpoint: PathLike | None, resume: PathLike | bool) -> PathLike | None:
    """The file to go on from, if any."""
    if resume is False or resume is None:
        return None
    if resume is not True:
        return resume
    if checkpoint is None:
        raise ArgumentError("fit: got resume=True without checkpoint; needed its path; try resume=path")
    return checkpoint if Path(checkpoint).exists() else None


def learning_rate(optimizer: Optimizer, schedule: Schedule | None, every: str) -> Callable[[int, int], float]:
    """The learning rate after so many steps and epochs: what the schedule says, else what the optimiser has.

    Raises
    ------
    DtypeError
        The schedule is no function.
    ArgumentError
        `every` is neither "step" nor "epoch".
    """
    if every not in ("step", "epoch"):
        raise ArgumentError(f"fit: schedule_every is {every!r}; needed 'step' or 'epoch'")
    if schedule is None:
        return lambda steps, epochs: optimizer.lr
    if not callable(schedule):
        raise DtypeError(f"fit: the schedule is {schedule!r}; needed a function of the {every}")

    def rate(steps: int, epochs: int) -> float:
        count = steps if every == "step" else epochs
        lr = float(schedule(count))
        if not (isfinite(lr) and lr >= 0):
            raise ArgumentError(f"fit: the schedule gave {lr} for {every} {count}; needed a number >= 0")
        return lr

    return rate
