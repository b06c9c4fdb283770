"""Arena: one piece of memory for all temporary arrays of a step.

An array lives from the first call that writes it to the last that reads it. Two that never live at the
same time may lie in the same place: the widest first, each goes to the lowest place that is free for as
long as it lives.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinynn.autograd import Array
from tinynn.compile.program import Place, Program

ALIGNMENT = 64  # a cache line, and the widest vector


@dataclass(frozen=True)
class Arena:
    """Where every temporary buffer lies.

    Attributes
    ----------
    offsets : dict
        Buffer -> bytes from the beginning.
    nbytes : int
        With reuse.
    nbytes_without_reuse : int
        If every array had a place of its own.
    """

    offsets: dict[int, int]
    nbytes: int
    nbytes_without_reuse: int

    def allocate(self) -> Array:
        """The memory, uint8, aligned."""
        raw = np.empty(self.nbytes + ALIGNMENT, np.uint8)
        start = -raw.ctypes.data % ALIGNMENT
        return raw[start : start + self.nbytes]


def lifetimes(program: Program) -> dict[int, tuple[int, int]]:
    """Temporary buffer -> its first and its last call. What goes out of the step lives to its end."""
    found: dict[int, tuple[int, int]] = {}
    for i, call in enumerate(program.calls):
        for _, place in call.places():
            if program.buffers[place.buffer].kind == "temporary":
                first, _ = found.get(place.buffer, (i, i))
                found[place.buffer] = first, i
    end = len(program.calls)
    for place in (
        program.loss,
        program.prediction,
        *program.guards,
        *(Place(copy) for _, copy in program.kept),
    ):
        if place.buffer in found:
            found[place.buffer] = found[place.buffer][0], end
    return found


def lay_out(program: Program) -> Arena:
    """Give every temporary buffer its place."""
    alive = lifetimes(program)
    size = {b: -(-max(program.buffers[b].nbytes, 1) // ALIGNMENT) * ALIGNMENT for b in alive}
    offsets: dict[int, int] = {}
    for buffer in sorted(alive, key=lambda b: (-size[b], alive[b])):
        first, last = alive[buffer]
        taken = sorted(
            (offsets[b], offsets[b] + size[b])
            for b in offsets
            if alive[b][0] <= last and first <= alive[b][1]
        )
        at = 0
        for begin, end in taken:
            if begin - at >= size[buffer]:
                break
            at = max(at, end)
        offsets[buffer] = at
    total = max((offsets[b] + size[b] for b in offsets), default=0)
    return Arena(offsets, total, sum(size.values()))
