"""What passes share: who uses which array, whether calls may move together, and text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from tinynn.compile.program import Call, Place, Program, catalogue

IDENTITY, PRELU = 0, 3  # in the order of the catalogue


class Uses:
    """Which calls touch which buffers."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.by_buffer: dict[int, list[int]] = {}
        for i, call in enumerate(program.calls):
            for buffer in {place.buffer for _, place in call.places()}:
                self.by_buffer.setdefault(buffer, []).append(i)
        self.kept = {place.buffer for place in (program.loss, program.prediction, *program.guards)}

    def of(self, place: Place) -> list[int]:
        """The calls that touch the buffer of a place, in order."""
        return self.by_buffer.get(place.buffer, [])

    def only(self, place: Place | None, calls: Iterable[int]) -> bool:
        """Whether a temporary array is known to these calls alone, and not looked at from outside."""
        if place is None:
            return True
        return (
            self.program.buffers[place.buffer].kind == "temporary"
            and place.buffer not in self.kept
            and set(self.of(place)) <= set(calls)
        )

    def makers(self, place: Place, kernel: str, parameter: str) -> list[int]:
        """The calls of a kernel that write this very place."""
        calls = self.program.calls
        return [
            i for i in self.of(place) if calls[i].kernel == kernel and calls[i].arguments[parameter] == place
        ]


def replaced(program: Program, gone: Sequence[int], come: Call, at: int) -> Program | None:
    """The program with one call, where number `at` was, in the place of many.

    None where that would not be the same: nothing between them may write what it reads, nor touch what it
    writes.
    """
    new_reads, new_writes = come.reads(), come.writes()
    for i in range(min(gone), max(gone) + 1):
        if i in gone:
            continue
        call = program.calls[i]
        if call.writes() & (new_reads | new_writes) or call.reads() & new_writes:
            return None
    calls = [come if i == at else call for i, call in enumerate(program.calls) if i == at or i not in gone]
    return replace(program, calls=calls)


def listed(program: Program, besides: Program) -> str:
    """The calls that the other program has not, a line each."""
    others = {id(call) for call in besides.calls}
    return "\n".join(f"    {line(call)}" for call in program.calls if id(call) not in others)


def line(call: Call) -> str:
    """A call in one line: phase, kernel, sizes."""
    sizes: dict[str, Any] = {
        p.name: call.arguments[p.name] for p in catalogue()[call.kernel] if p.type == "Index" or p.is_list
    }
    text = " ".join(f"{name}={value}" for name, value in sizes.items())
    return f"{call.phase:8} {call.kernel} {text}"
