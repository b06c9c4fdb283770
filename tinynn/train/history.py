"""History: what `fit` saw, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class History(dict[str, list[float]]):
    """Name -> one value per epoch: "loss", "accuracy", "validation_loss", ..., "lr", "seconds".

    Attributes
    ----------
    steps : int
        How many updates were made.
    stopped : str
        Why training ended before its last epoch; "" where it did not.

    Examples
    --------
    >>> h = History()
    >>> h.add({"loss": 0.5}); h.add({"loss": 0.25})
    >>> h["loss"], h.epochs, h.last()
    ([0.5, 0.25], 2, {'loss': 0.25})
    """

    def __init__(self, values: Mapping[str, list[float]] | None = None, steps: int = 0) -> None:
        super().__init__(values or {})
        self.steps = steps
        self.stopped = ""

    @property
    def epochs(self) -> int:
        """How many epochs were finished."""
        return max((len(v) for v in self.values()), default=0)

    def add(self, values: Mapping[str, float]) -> None:
        """Append the figures of one epoch."""
        for name, value in values.items():
            self.setdefault(name, []).append(value)

    def last(self) -> dict[str, Any]:
        """The figures of the latest epoch."""
        return {name: values[-1] for name, values in self.items() if values}
