"""Compare two records of one step, taken on different numbers, and make a Program of what they share.

What was the same both times is part of the program. A number that was another must be one that training is
known to change: the learning rate, the count of the step, a place in a random stream. An array that came
from outside the kernels must have held the same both times: it is a constant. Anything else depends on
values in a way that a list of calls cannot follow, and is refused with the line it came from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tinynn.autograd import Array
from tinynn.compile.program import Buffer, Call, Number, Parameter, Place, catalogue, is_in_place
from tinynn.compile.record import Noted, Record
from tinynn.compile.snapshot import Changing
from tinynn.errors import CompileError


@dataclass(frozen=True)
class Varied:
    """What was set differently for each record: the values that stand for a source of numbers.

    Attributes
    ----------
    lr : float
    step : int
    streams : tuple of (seed, offset)
        Of every random stream.
    """

    lr: float
    step: int
    streams: tuple[tuple[int, int], ...]

    def impose(self, changing: Changing) -> None:
        """Set them."""
        changing.optimizer.lr, changing.optimizer.steps = self.lr, self.step - 1
        for stream, state in zip(changing.streams, self.streams, strict=True):
            stream.set_state(state)


def merge(
    first: Record, second: Record, varied: tuple[Varied, Varied], known: list[Buffer]
) -> tuple[list[Call], list[Buffer]]:
    """The calls and the buffers of the program; `known` are the buffers of the arrays both records know.

    Raises
    ------
    CompileError
    """
    if len(first.calls) != len(second.calls):
        shorter, longer = (r.calls for r in sorted((first, second), key=lambda record: len(record.calls)))
        for a, b in zip(longer, shorter, strict=False):
            if (a.kernel, a.dtype, a.line) != (b.kernel, b.dtype, b.line):
                raise went_another_way(a, b)
        raise went_another_way(longer[len(shorter)], None)
    calls = [_call(a, b, varied) for a, b in zip(first.calls, second.calls, strict=True)]
    buffers, fills = _buffers(first, second, known)
    for fill in fills:  # each stands right before the first call that uses what it fills
        filled = fill.arguments["y"].buffer
        first_use = next(i for i, call in enumerate(calls) if filled in call.reads() | call.writes())
        fill.phase, fill.line = calls[first_use].phase, calls[first_use].line
        calls.insert(first_use, fill)
    return calls, buffers


def went_another_way(a: Noted, b: Noted | None) -> CompileError:
    """The error for control flow that depends on values."""
    also = f", on others {b.kernel}{_at(b.line)}" if b is not None else ", on others it did not"
    return CompileError(
        f"compile: on some numbers the step calls {a.kernel}{_at(a.line)}{also}; Python's if, for and while "
        "on values cannot be replayed; try F.where, or train without compile"
    )


def _at(line: str) -> str:
    return f" at {line}" if line else ""


def _call(a: Noted, b: Noted, varied: tuple[Varied, Varied]) -> Call:
    if (a.kernel, a.dtype) != (b.kernel, b.dtype):
        raise went_another_way(a, b)
    arguments: dict[str, Any] = {}
    for parameter in catalogue()[a.kernel]:
        one, other = a.arguments[parameter.name], b.arguments[parameter.name]
        if one == other or (one != one and other != other):  # NaN is NaN
            arguments[parameter.name] = one
        elif parameter.is_array or parameter.is_list:
            raise went_another_way(a, b)
        else:
            arguments[parameter.name] = _number(a, b, parameter, varied)
    return Call(a.kernel, a.dtype, arguments, a.phase, a.line)


def _number(a: Noted, b: Noted, parameter: Parameter, varied: tuple[Varied, Varied]) -> Number:
    """Where a number comes from that was another in the second record."""
    pair = a.arguments[parameter.name], b.arguments[parameter.name]
    as_float = np.dtype(a.dtype).type
    if parameter.name == "lr" and pair == tuple(float(as_float(v.lr)) for v in varied):
        return Number("lr")
    if parameter.name == "step" and pair == tuple(v.step for v in varied):
        return Number("step")
    seeds = a.arguments.get("seed"), b.arguments.get("seed")
    for i, streams in enumerate(zip(*(v.streams for v in varied), strict=True)):
        if seeds == tuple(seed for seed, _ in streams):
            if parameter.name == "seed":
                return Number(("seed", i))
            plus = [value - offset for value, (_, offset) in zip(pair, streams, strict=True)]
            if parameter.name == "offset" and plus[0] == plus[1]:
                return Number(("offset", i, plus[0]))
    raise CompileError(
        f"compile: {a.kernel}{_at(a.line)} is given {parameter.name} = {pair[0]}, on other numbers "
        f"{pair[1]}; needed one that is the same in every step; try making it of tensors"
    )


def _buffers(first: Record, second: Record, known: list[Buffer]) -> tuple[list[Buffer], list[Call]]:
    """Every array as a Buffer, and the calls that fill those which NumPy made but kernels write."""
    buffers = list(known)
    fills: list[Call] = []
    contents: list[Array] = []
    for i in range(len(known), len(first.memory)):
        array, written = first.memory[i], any(i in _written(call) for call in first.calls)
        same = first.before.get(i) == second.before.get(i)
        if i not in first.before and not _begins_written(i, first):
            call = next(call for call in first.calls if i in _touched(call))
            raise CompileError(
                f"compile: {call.kernel}{_at(call.line)} was given an array that had to be laid out anew by "
                "NumPy; try np.ascontiguousarray(array)"
            )
        if i not in first.before:
            buffers.append(Buffer("temporary", "", array.nbytes))
        elif not same and not _begins_written(i, first):
            call = next(call for call in first.calls if i in _touched(call))
            raise CompileError(
                f"compile: {call.kernel}{_at(call.line)} reads an array that NumPy computed from the step's "
                "own numbers; needed one that tinynn computed; try the functions of tinynn.functional"
            )
        elif not same:
            buffers.append(Buffer("temporary", "", array.nbytes))
        elif written and array is second.memory[i]:
            buffers.append(Buffer("state", f"array {array.shape}", array.nbytes, flat(array)))
        elif not written:
            buffers.append(Buffer("constant", _name(array), array.nbytes, flat(array)))
        else:
            buffers.append(Buffer("temporary", "", array.nbytes))
            contents.append(np.frombuffer(first.before[i], np.uint8))
            fills.append(_filling(Place(i), Place(len(first.memory) + len(fills)), array.nbytes))
    buffers += [
        Buffer("constant", f"{content.nbytes} bytes", content.nbytes, content) for content in contents
    ]
    return buffers, fills


def _filling(to: Place, source: Place, nbytes: int) -> Call:
    """A call that puts what NumPy put into an array there again. `copy` moves bits, whatever they mean."""
    if nbytes % 4:
        raise CompileError("compile: an array of single bytes is filled in part; needed a whole one")
    dtype, size = ("float64", 8) if nbytes % 8 == 0 else ("float32", 4)
    sizes = {"ndim": 1, "shape": (nbytes // size,), "stride_x": (1,), "stride_y": (1,)}
    return Call("copy", dtype, {"x": source, "y": to, **sizes})


def _touched(call: Noted) -> set[int]:
    return {value.buffer for value in call.arguments.values() if isinstance(value, Place)}


def _written(call: Noted) -> set[int]:
    places = {p.name: call.arguments[p.name] for p in catalogue()[call.kernel] if p.is_written}
    return {place.buffer for place in places.values() if place is not None}


def _begins_written(i: int, record: Record) -> bool:
    """Whether the first call that touches the array only writes it."""
    call = next(call for call in record.calls if i in _touched(call))
    uses = [p for p in catalogue()[call.kernel] if p.is_array and call.arguments[p.name] is not None]
    return all(
        p.is_written and not is_in_place(call.kernel, p) for p in uses if call.arguments[p.name].buffer == i
    )


def _name(array: Array) -> str:
    return str(array.reshape(-1)[0]) if array.size == 1 else f"constant {array.shape}"


def flat(array: Array) -> Array:
    """The memory of an array that owns it, in the order in which it lies."""
    order = sorted(range(array.ndim), key=lambda axis: -array.strides[axis])
    lying = array.transpose(order)
    if not lying.flags.c_contiguous:
        raise CompileError(f"compile: an array {array.shape} does not lie in one piece; try .copy()")
    return lying.reshape(-1)
