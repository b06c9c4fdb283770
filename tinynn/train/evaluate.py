"""evaluate and predict: the model as it is, nothing learned."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from tinynn.autograd import Array, no_grad
from tinynn.data.loader import DataLoader
from tinynn.nn import Module
from tinynn.train.batches import check_loss_function, check_model, ordered_loader
from tinynn.train.metrics import Metrics, named


def predict(model: Module, data: Any, *, batch_size: int = 1000) -> Array:
    """The model's outputs for all examples, (n, ...), in evaluation mode and in the order of the data.

    Parameters
    ----------
    model : Module
    data : Dataset, pair (x, y) of arrays, array x, or DataLoader
        Of a DataLoader the normalisation is used, its shuffling not.
    batch_size : int
        How many examples go through at once; changes memory, not results.

    Raises
    ------
    DtypeError, ArgumentError, ShapeError

    Examples
    --------
    >>> from tinynn import nn
    >>> predict(nn.Linear(2, 3), np.zeros((5, 2), "float32")).shape
    (5, 3)
    """
    if isinstance(data, np.ndarray):
        data = (data, np.zeros(len(data), np.int64))
    check_model("predict", model)
    return _outputs(model, ordered_loader("predict", model, data, batch_size))[0]


def evaluate(
    model: Module,
    data: Any,
    *,
    loss: Callable[[Any, Any], Any],
    metrics: Metrics = None,
    batch_size: int = 1000,
) -> dict[str, float]:
    """{"loss": ..., "accuracy": ...} over a data set, in evaluation mode.

    Parameters
    ----------
    model : Module
    data : Dataset, pair (x, y) of arrays, or DataLoader
    loss : callable (prediction, target) -> Tensor
    metrics : dict or list of functions (prediction, target) -> float, optional
        Default: accuracy where the targets are labels, nothing for a regression.

    Raises
    ------
    DtypeError, ArgumentError, ShapeError
    """
    check_model("evaluate", model)
    check_loss_function("evaluate", loss)
    x, y = _outputs(model, ordered_loader("evaluate", model, data, batch_size))
    figures = {"loss": float(np.asarray(loss(x, y)))}
    return figures | {name: float(metric(x, y)) for name, metric in named(metrics, x, y).items()}


def validate(model: Module, data: Any, loss: Callable[[Any, Any], Any], metrics: Metrics) -> dict[str, float]:
    """The figures of `evaluate` as `fit` names them: "validation_loss", ...; {} without data."""
    if data is None:
        return {}
    figures = evaluate(model, data, loss=loss, metrics=metrics)
    return {f"validation_{name}": value for name, value in figures.items()}


def _outputs(model: Module, loader: DataLoader) -> tuple[Array, Array]:
    """All outputs and their targets."""
    with evaluation_mode(model), no_grad():
        pairs = [(np.asarray(model(x)), y) for x, y in loader]
    return np.concatenate([x for x, _ in pairs]), np.concatenate([y for _, y in pairs])


@contextmanager
def evaluation_mode(model: Module) -> Iterator[None]:
    """model.eval() for the body; every module then returns to the mode it was in."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode
