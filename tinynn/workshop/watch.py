"""One thread that watches the clock for a whole sandbox: a timer for each call costs more than a kernel."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from threading import Event, Thread
from time import monotonic

TICK = 0.1  # seconds: so much later than asked for it may notice


class Watch:
    """Calls `end` once where something that runs `within` some seconds takes longer."""

    def __init__(self, end: Callable[[], None]) -> None:
        self.end = end
        self.late: list[float] = []
        self.due: tuple[float, float] | None = None  # when, and the seconds that were given
        self.done = Event()
        Thread(target=self._look, daemon=True).start()

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[list[float]]:
        """Yields a list that is empty as long as the time is not up."""
        self.due = monotonic() + seconds, seconds
        try:
            yield self.late
        finally:
            self.due = None

    def close(self) -> None:
        self.done.set()

    def _look(self) -> None:
        while not self.done.wait(TICK):
            due = self.due
            if due and monotonic() > due[0]:
                self.late.append(due[1])
                self.end()
                return
