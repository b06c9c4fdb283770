"""build: a Program and its arena as an object of C++ that runs."""

from __future__ import annotations

from typing import Any

from tinynn.autograd import Array
from tinynn.backends import native
from tinynn.compile.arena import Arena
from tinynn.compile.compare import flat
from tinynn.compile.program import Number, Place, Program, catalogue


def build(program: Program, arena: Arena, memory: Array) -> tuple[Any, list[Any]]:
    """The program for C++, and the sources of its numbers in the order in which it takes them."""
    arrays: list[Array] = [memory]
    number: dict[int, int] = {}
    for i, buffer in enumerate(program.buffers):
        if buffer.array is not None:
            number[i] = len(arrays)
            arrays.append(flat(buffer.array))

    def native_place(place: Place | None) -> tuple[int, int] | None:
        if place is None:
            return None
        if place.buffer in number:
            return number[place.buffer], place.offset
        return 0, arena.offsets[place.buffer] + place.offset

    calls = [
        (
            call.kernel,
            call.dtype,
            [
                native_place(value) if p.is_array else 0 if isinstance(value, Number) else value
                for p in catalogue()[call.kernel]
                for value in (call.arguments[p.name],)
            ],
        )
        for call in program.calls
    ]
    inputs = [(number[i], program.buffers[i].label_limit or 0) for i in program.inputs]
    numbers = program.numbers()
    made = native.module().Program(calls, arrays, inputs, list(numbers.values()), [])
    return made, list(numbers)
