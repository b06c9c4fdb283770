"""A learner's kernel as a function of arrays: it runs in its own process, as in a check, and is counted."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import numpy as np

from tinynn.errors import ShapeError
from tinynn.workshop.battery import Trial
from tinynn.workshop.contract import Exercise, Sizes
from tinynn.workshop.crashes import at_line
from tinynn.workshop.sandbox import Sandbox, Stopped


class Handed:
    """Call it with the exercise's arrays and numbers; it leaves its result in the outputs.

    Attributes
    ----------
    calls : int
    seconds : float
        Of all calls together, the way there and back included.
    """

    def __init__(self, exercise: Exercise, box: Sandbox) -> None:
        self.exercise, self.box = exercise, box
        self.calls, self.seconds = 0, 0.0

    def __call__(self, *arguments: Any) -> None:
        """One call.

        Raises
        ------
        Stopped
            It raised, crashed, or wrote where it may not.
        """
        count = len(self.exercise.arrays)
        arrays = {a.name: np.asarray(v) for a, v in zip(self.exercise.arrays, arguments, strict=False)}
        numbers = {a.name: v for a, v in zip(self.exercise.numbers, arguments[count:], strict=True)}
        dtype = next(str(v.dtype) for v in arrays.values() if v.dtype.kind == "f")
        trial = Trial("train", "train", dtype, self.lengths(arrays), arrays, numbers, "end")
        began = perf_counter()
        outcome = self.box.call(trial, inputs=False)
        self.seconds += perf_counter() - began
        self.calls += 1
        if outcome.error is not None:
            raise Stopped("error", at_line(**outcome.error))
        if outcome.touched:
            raise Stopped("touched", f"it writes outside of {outcome.touched[0]['array']}")
        for a in self.exercise.outputs:
            arrays[a.name][...] = outcome.after[a.name]

    def lengths(self, arrays: dict[str, Any]) -> Sizes:
        """The length behind every letter."""
        sizes: Sizes = {}
        for a in self.exercise.arrays:
            for letter, n in zip(a.shape, arrays[a.name].shape, strict=True):
                if sizes.setdefault(letter, n) != n:
                    shapes = {name: v.shape for name, v in arrays.items()}
                    raise ShapeError(f"{self.exercise.name}: {letter} is {sizes[letter]} and {n} in {shapes}")
        return sizes
