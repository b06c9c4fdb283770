"""fit: the loop of all training, meant to be read aloud."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from tinynn.autograd import no_grad
from tinynn.data.loader import DataLoader
from tinynn.errors import NonFiniteError
from tinynn.nn import Module
from tinynn.optim import Optimizer
from tinynn.train.evaluate import evaluate
from tinynn.train.history import History
from tinynn.train.progress import progress_bar

Loss = Callable[[Any, Any], Any]


def fit(
    model: Module,
    train: Any,
    *,
    loss: Loss,
    optimizer: Optimizer,
    epochs: int = 1,
    batch_size: int = 64,
    validation: Any = None,
    seed: int = 0,
    progress: bool | None = None,
    callbacks: Sequence[Callable[[History], Any]] = (),
) -> History:
    """Train `model` and return what happened, epoch by epoch."""
    optimizer.bind(model.parameters())
    loader = DataLoader(train, batch_size=batch_size, shuffle=True, seed=seed)
    history = History()
    for epoch in range(epochs):
        model.train()
        begin, total, seen, right = time.perf_counter(), 0.0, 0, 0
        for x, y in progress_bar(loader, f"epoch {epoch + 1}/{epochs}", progress):
            prediction = model(x)
            cost = loss(prediction, y)
            cost.backward()
            optimizer.step()
            optimizer.zero_grad()
            value = cost.item()
            if value != value or value in (float("inf"), float("-inf")):
                raise NonFiniteError(
                    f"fit: the loss became {value} in step {history.steps + 1}; try a smaller lr"
                )
            history.steps += 1
            total, seen = total + value * len(y), seen + len(y)
            right += int((prediction.data.argmax(-1) == y).sum())
        figures = {"loss": total / seen, "accuracy": right / seen, "seconds": time.perf_counter() - begin}
        if validation is not None:
            with no_grad():
                figures |= {f"validation_{k}": v for k, v in evaluate(model, validation, loss=loss).items()}
        history.add(figures)
    return history
