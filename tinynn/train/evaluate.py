"""evaluate and predict: the model as it is, nothing learned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinynn.autograd import Array, no_grad
from tinynn.data.loader import DataLoader
from tinynn.nn import Module


def predict(model: Module, dataset: Any, *, batch_size: int = 1000) -> Array:
    """The model's outputs for all examples, (n, ...), in evaluation mode."""
    was_training = model.training
    model.eval()
    with no_grad():
        outputs = [np.asarray(model(x)) for x, _ in DataLoader(dataset, batch_size=batch_size, shuffle=False)]
    model.train(was_training)
    return np.concatenate(outputs)


def evaluate(
    model: Module, dataset: Any, *, loss: Callable[[Any, Any], Any], batch_size: int = 1000
) -> dict[str, float]:
    """{"loss": ..., "accuracy": ...} over a labelled data set."""
    outputs = predict(model, dataset, batch_size=batch_size)
    labels = np.asarray(dataset.labels)
    return {
        "loss": float(np.asarray(loss(outputs, labels))),
        "accuracy": float((outputs.argmax(1) == labels).mean()),
    }
