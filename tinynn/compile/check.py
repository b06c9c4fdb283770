"""Whether an optimised program does what the plain one does, up to the order of its sums."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinynn.autograd import Array
from tinynn.compile.replay import Replay
from tinynn.errors import CompileError

# In units of rounding. A sum of thousands of terms in another order moves by some dozens of them; a wrong
# kernel moves a result by millions.
OF_THE_CHANGE, OF_THE_VALUE = 4096, 16


@dataclass
class Numbers:
    """What a step leaves behind: every array it changes by name, the loss and the prediction."""

    arrays: dict[str, Array]
    results: dict[str, Array]

    @classmethod
    def of(cls, replay: Replay) -> Numbers:
        arrays = {f"{kind} {name}": a.copy() for kind, name, a in replay.changing.arrays}
        return cls(arrays, {"loss": replay.loss.copy(), "prediction": replay.prediction.copy()})

    def expect(self, got: Numbers, before: Numbers) -> None:
        """Raise where `got` is further from this than rounding explains; `before` is how the step began.

        An array may be off by a few roundings of its largest value and of the largest change in it. A
        gradient that cancels to nothing has the roundings of what cancelled: hence a share of the largest
        change of all.
        """
        changes = {name: _largest(a - before.arrays[name]) for name, a in self.arrays.items()}
        most = max(changes.values(), default=0.0)
        for name, want in {**self.arrays, **self.results}.items():
            have = (got.arrays | got.results)[name]
            if not np.array_equal(np.isfinite(have), np.isfinite(want)):
                raise CompileError(
                    f"compile: the optimised step leaves numbers in {name} that are not finite where they "
                    "should be; try optimize=False"
                )
            eps = float(np.finfo(want.dtype).eps)
            change = changes.get(name, _largest(want)) + most / 64
            bound = eps * (OF_THE_VALUE * _largest(want) + OF_THE_CHANGE * change)
            is_off = _largest(have - want)
            if is_off > bound:
                raise CompileError(
                    f"compile: the optimised step leaves {name} off by {is_off:.2g}; needed at most "
                    f"{bound:.2g}; try optimize=False"
                )


def _largest(array: Array) -> float:
    """The largest absolute value of those that are finite."""
    return float(np.abs(array[np.isfinite(array)]).max(initial=0.0))
