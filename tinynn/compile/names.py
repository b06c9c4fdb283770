"""Names for the arrays of a program, so that a list of calls can be read.

What is given keeps its name: "0.weight", "0.weight.v" (what a rule keeps of it), x and y. What the step
makes is h1, h2, ... in the order of its birth; the loss is "loss". A gradient has a d before the name of
what it is the gradient of: "d h1", "d 0.weight". Where several parts are added up, the parts that come
first are "d h1", "d h1#2", ...; of a weight, "d 0.weight" is the one that the update takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

from tinynn.compile.cost import Use, row, uses
from tinynn.compile.program import Call, Place, Program

ROWS_OF_ELEMENTS = ("n", "m,c,inner", "shape")  # shapes of the table that say nothing of the array's own


def pairs(w: Any, g: Any) -> Iterator[tuple[Place, Place]]:
    """The parameters of an update, each with its gradient: of one, or of a list."""
    yield from zip(w, g, strict=True) if isinstance(w, tuple) else [(w, g)]


class Names:
    """The name and the shape of every array of a program.

    Attributes
    ----------
    of_buffer : dict
        Buffer -> name.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.of_buffer: dict[int, str] = {}
        self.shapes: dict[int, tuple[int, ...]] = {}
        self.makers: dict[int, list[Call]] = {}  # buffer -> the calls that write it
        self.born = 0
        for i, buffer in enumerate(program.buffers):
            if buffer.kind == "temporary":
                continue
            named = buffer.name.split(" ")[0] if buffer.kind == "constant" else buffer.name
            self.of_buffer[i] = "constant" if named.isdigit() and buffer.nbytes > 8 else named
            if buffer.array is not None and buffer.kind != "constant":
                self.shapes[i] = buffer.array.shape
        self._name("loss", program.loss.buffer)
        for call in program.calls:
            if call.kernel.endswith(("_step", "_steps")):
                for w, g in pairs(call.arguments["w"], call.arguments["g"]):
                    self._name(f"d {self.of_buffer[w.buffer]}", g.buffer)
        for call in program.calls:
            self._birth(call)

    def __call__(self, use: Use) -> str:
        """ "0.weight (128,784)" """
        shape = self._shape(use)
        return f"{self.name(use.place, use.nbytes // max(prod(use.shape), 1))} ({','.join(map(str, shape))})"

    def name(self, place: Place, itemsize: int = 1) -> str:
        """The name of an array; where it begins inside another, at which element."""
        name = self.of_buffer[place.buffer]
        return name if place.offset == 0 else f"{name}[{place.offset // max(itemsize, 1)}:]"

    def _shape(self, use: Use) -> tuple[int, ...]:
        """The shape that an array was born with, which is the same memory whatever a call takes it for."""
        born = self.shapes.get(use.place.buffer, use.shape)
        return born if prod(born) == prod(use.shape) else use.shape

    def _name(self, name: str, buffer: int) -> None:
        if buffer in self.of_buffer:
            return
        taken, count = set(self.of_buffer.values()), 2
        full = name
        while full in taken:
            full, count = f"{name}#{count}", count + 1
        self.of_buffer[buffer] = full

    def _birth(self, call: Call) -> None:
        """Name what a call writes for the first time, and remember its shape."""
        found = uses(call)
        for use in found:
            buffer = use.place.buffer
            if not use.written or self.program.buffers[buffer].kind != "temporary":
                continue
            of = self._gradient_of(call, use.parameter)
            if buffer not in self.of_buffer:
                self.born += of is None
                self._name(f"h{self.born}" if of is None else f"d {self.of_buffer[of].split('#')[0]}", buffer)
            if not _fills(self.program, call):
                self.shapes.setdefault(buffer, self._shape_at_birth(call, use, found, of))
        for buffer in call.writes():
            self.makers.setdefault(buffer, []).append(call)

    def _shape_at_birth(self, call: Call, use: Use, found: list[Use], of: int | None) -> tuple[int, ...]:
        """That of what it is the gradient of; of a kernel that sees but a row of elements, that of an input
        as long as the result; else the table's."""
        if of is not None and prod(self.shapes.get(of, ())) == prod(use.shape):
            return self.shapes[of]
        letters = row(call.kernel).shapes
        kind = letters[use.parameter].split(":")[0]
        for other in found:
            alike = kind in ROWS_OF_ELEMENTS and letters[other.parameter].split(":")[0] == kind
            if alike and not other.written and prod(other.shape) == prod(use.shape) and call.kernel != "copy":
                return self._shape(other)
        return use.shape

    def _gradient_of(self, call: Call, parameter: str) -> int | None:
        """The buffer that this result is the gradient of, or None where it is none."""
        own = call.arguments.get(parameter[1:]) if parameter.startswith("d") else None
        if isinstance(own, Place):
            return own.buffer
        if call.phase != "backward":
            return None
        source = self._forward_of(call)
        if source is not None:
            own = source.arguments.get(parameter[1:]) if parameter.startswith("d") else None
            if isinstance(own, Place):
                return own.buffer
            others = _read(source) - _read(call)
            if len(others) == 1:
                return others.pop()
        bases = {base for buffer in _read(call) if (base := self._base(buffer)) is not None}
        return bases.pop() if len(bases) == 1 else None

    def _forward_of(self, call: Call) -> Call | None:
        """The call that this one is the backward of: it made the array whose gradient is read here, or
        shares arrays with this one."""
        found: list[tuple[int, Call]] = []
        forward = call.kernel.removesuffix("_backward") + "_forward"
        for buffer in sorted(_read(call)):
            base = self._base(buffer)
            makers = self.makers.get(buffer if base is None else base, [])
            if len(makers) == 1 and (base is not None or makers[0].kernel == forward):
                shared = (_read(makers[0]) | makers[0].writes()) & _read(call)
                found.append((len(shared) + (base is not None), makers[0]))
        return max(found, key=lambda pair: pair[0])[1] if found else None

    def _base(self, buffer: int) -> int | None:
        """The buffer "h1" of one that is called "d h1" or "d h1#2"."""
        name = self.of_buffer[buffer]
        base = name[2:].split("#")[0] if name.startswith("d ") else None
        return next((b for b, other in self.of_buffer.items() if other == base), None)


def _fills(program: Program, call: Call) -> bool:
    """Whether a call only puts a constant where an array begins, as bits."""
    return call.kernel == "copy" and program.buffers[call.arguments["x"].buffer].kind == "constant"


def _read(call: Call) -> set[int]:
    """The buffers that a call is given to read alone."""
    return {place.buffer for parameter, place in call.places() if not parameter.is_written}
