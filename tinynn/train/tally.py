"""Tally: the figures of one epoch, added up batch by batch."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from tinynn.autograd import Array
from tinynn.train.metrics import Metrics, named


class Tally:
    """The mean loss and the mean of each metric over the examples seen; batches weigh by their size."""

    def __init__(self, metrics: Metrics) -> None:
        self.metrics = metrics
        self.totals: dict[str, float] = {}
        self.examples = 0
        self.begin = time.perf_counter()

    def add(self, loss: float, prediction: Any, target: Array) -> None:
        """One batch."""
        x = np.asarray(prediction)
        n = len(target)
        figures = {"loss": loss} | {k: float(f(x, target)) for k, f in named(self.metrics, x, target).items()}
        for name, value in figures.items():
            self.totals[name] = self.totals.get(name, 0.0) + value * n
        self.examples += n

    def figures(self) -> dict[str, float]:
        """Name -> mean, and the seconds since the epoch began."""
        means = {name: total / self.examples for name, total in self.totals.items()}
        return {**means, "seconds": time.perf_counter() - self.begin}
