"""The training step of an experiment without its training: what `tinynn explain` shows.

An experiment that trains says so right before its first step, in one line:

    about_to_train(model, loss, optimizer, batches)

In a run that does nothing. Asked for its first step, an experiment ends there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any

from tinynn.compile import CompiledStep
from tinynn.compile import compile as compiled
from tinynn.errors import ArgumentError
from tinynn.nn import Module
from tinynn.optim import Optimizer

asked: ContextVar[bool] = ContextVar("asked", default=False)


@dataclass
class FirstStep(Exception):  # noqa: N818 - it ends a run, but nothing went wrong
    """What an experiment was about to do: a model, a loss, an optimiser, and a batch (x, y)."""

    model: Module
    loss: Callable[[Any, Any], Any]
    optimizer: Optimizer
    batch: tuple[Any, Any]


def about_to_train(
    model: Module,
    loss: Callable[[Any, Any], Any],
    optimizer: Optimizer,
    batches: Iterable[tuple[Any, Any]],
) -> None:
    """Say what the next step is; where somebody asked for it, the experiment ends here.

    Parameters
    ----------
    model : Module
    loss : callable (prediction, target) -> Tensor of one element
    optimizer : Optimizer
    batches : pairs (x, y)
        Of which the first is taken.
    """
    if asked.get():
        raise FirstStep(model, loss, optimizer, next(iter(batches)))


def what_it_trains(name: str, **options: Any) -> FirstStep:
    """The model, loss, optimiser and batch of an experiment's first step.

    Parameters
    ----------
    name : str
    options
        As for `run_experiment`.

    Raises
    ------
    ArgumentError
        No experiment has this name, or it trains nothing; and what `run_experiment` raises.
    """
    from tinynn.experiments.registry import run_experiment

    token = asked.set(True)
    try:
        with TemporaryDirectory() as folder:
            run_experiment(name, out=folder, **options)
    except FirstStep as found:
        return found
    finally:
        asked.reset(token)
    raise ArgumentError(f"explain: {name} trains no net, so there is no step; try mnist-mlp")


def first_step(name: str, *, optimize: bool = True, **options: Any) -> CompiledStep:
    """The first step of an experiment, compiled.

    Parameters
    ----------
    name : str
    optimize : bool
        As for `tn.compile`.
    options
        As for `run_experiment`.

    Raises
    ------
    ArgumentError
        As `what_it_trains`.

    Examples
    --------
    >>> step = first_step("mnist-softmax", synthetic=True)
    >>> [call.kernel for call in step.program.calls][:2]
    ['linear_forward', 'chain_cross_entropy']
    """
    found = what_it_trains(name, **options)
    return compiled(found.model, found.loss, found.optimizer, example=found.batch, optimize=optimize)
