"""The worker: take arrays, call the kernel, give the arrays back."""

from __future__ import annotations

import ctypes
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np

from . import faults
from .build import BuildError, compile_all, load
from .channel import Channel, ChannelError
from .confine import limit_build, limit_run
from .memory import Memory, Region


def work(channel: Channel, order: dict[str, Any], not_contained: list[str]) -> None:
    """Build, load and serve until the pipe ends."""
    source = order["source"]
    with open(source, "wb") as file:
        file.write(order["text"].encode("utf-8", "surrogateescape"))
    try:
        built = compile_all(order, lambda: limit_build(order))
        channel.send({"built": built, "not_contained": not_contained})
        channel.receive()  # the other side has looked at the symbols, and lets us go on
        memory = Memory()
        faults.on_fault(lambda address, wrote: fault(channel, memory, address, wrote))
        not_contained += limit_run(order)
        functions = load(order)
    except BuildError as error:
        problem: dict[str, Any] = {"message": str(error), "kind": error.kind, "output": error.output}
        channel.send({"failed": problem, "not_contained": not_contained})
        return
    except ChannelError:
        return
    except BaseException as error:  # whatever the submission raises as it is imported, SystemExit too
        problem = {"message": describe(error), "kind": "load", "line": line_of(error, source), "output": ""}
        channel.send({"failed": problem, "not_contained": not_contained})
        return
    channel.send({"loaded": True, "not_contained": not_contained})
    held: list[Call] = []
    while True:
        try:
            request, body = channel.receive()
        except ChannelError:
            return
        if "run" in request:
            header, answer = timed(request, held, functions), b""
        elif "give" in request:
            header, answer = {"done": request["number"]}, held[request["give"]].contents(memory)
        elif "hold" in request:
            del held[request["hold"] :]
            held.append(Call(request, body, memory, order, f"{request['hold']}:"))
            header, answer = {"done": request["number"]}, b""
        else:
            header, answer = serve(request, body, functions, memory, order)
        channel.send(header, answer)


class Call:
    """The arrays of one call in their places, and the arguments that lead to them."""

    def __init__(
        self, request: dict[str, Any], body: bytes, memory: Memory, order: dict[str, Any], slot: str = ""
    ) -> None:
        self.dtype, self.memory = request["dtype"], memory
        self.regions: list[Region] = []
        self.outputs = [a["role"] != "read" for a in request["arrays"]]
        offset = 0
        for a in request["arrays"]:
            size = int(np.prod(a["shape"], dtype=np.int64)) * a["itemsize"]
            data = body[offset : offset + size]
            place = a["name"], data, tuple(a["shape"]), a["itemsize"], request["side"], slot
            self.regions.append(memory.take(*place))
            offset += size
        self.protect(outputs=False)
        self.arguments = (
            as_c(request, self.regions)
            if order["language"] == "cpp"
            else as_numpy(request, self.regions, memory, order)
        )

    def protect(self, outputs: bool) -> None:
        """Forbid to write to the inputs, and to the outputs too where `outputs`."""
        for region, output in zip(self.regions, self.outputs, strict=True):
            self.memory.protect(region, outputs or not output)

    def contents(self, memory: Memory, inputs: bool = True) -> bytes:
        """What the arrays hold, those that are only read where `inputs`."""
        kept = (r for r, output in zip(self.regions, self.outputs, strict=True) if inputs or output)
        return b"".join(memory.contents(r) for r in kept)


def timed(
    request: dict[str, Any], held: list[Call], functions: dict[str, Callable[..., Any]]
) -> dict[str, Any]:
    """The first calls of those that are held, one behind the other; the clock is the other side's.

    Nothing may be written afterwards: what comes late does not count.
    """
    calls = held[: request["run"]]
    pairs = [(functions[call.dtype], call.arguments) for call in calls]
    try:
        for function, arguments in pairs:
            function(*arguments)
    except BaseException as error:
        return {"done": request["number"], "error": describe(error)}
    for call in calls:
        call.protect(outputs=True)
    return {"done": request["number"]}


def serve(
    request: dict[str, Any],
    body: bytes,
    functions: dict[str, Callable[..., Any]],
    memory: Memory,
    order: dict[str, Any],
) -> tuple[dict[str, Any], bytes]:
    """One call."""
    call = Call(request, body, memory, order)
    header: dict[str, Any] = {"done": request["number"]}
    try:
        result = functions[request["dtype"]](*call.arguments)
        header["returned"] = result is not None
    except BaseException as error:  # SystemExit and KeyboardInterrupt too: all of them are the submission's
        header["error"] = {"message": describe(error), "line": line_of(error, order["source"])}
    header["touched"] = [
        {"array": r.name, "element": e, "shape": r.shape}
        for r in call.regions
        if (e := memory.touched(r)) is not None
    ]
    sys.stdout.flush()
    return header, call.contents(memory, request["inputs"])


def as_c(request: dict[str, Any], regions: list[Region]) -> list[Any]:
    """Pointers, lengths, numbers."""
    real = ctypes.c_float if request["dtype"] == "float32" else ctypes.c_double
    pointers = [ctypes.c_void_p(r.address) for r in regions]
    lengths = [ctypes.c_long(n) for n in request["lengths"]]
    kinds: dict[str, Any] = {"real": real, "index": ctypes.c_longlong, "count": ctypes.c_long}
    return [*pointers, *lengths, *(kinds[kind](value) for kind, value in request["numbers"])]


def as_numpy(
    request: dict[str, Any], regions: list[Region], memory: Memory, order: dict[str, Any]
) -> list[Any]:
    """Arrays, numbers. Of Cython's arrays only the pages are read-only: a view need not be declared const."""
    arrays = []
    for region, a in zip(regions, request["arrays"], strict=True):
        array = memory.array(region, a["dtype"])
        array.flags.writeable = a["role"] != "read" or order["language"] == "cython"
        arrays.append(array)
    return [*arrays, *(value for _, value in request["numbers"])]


def fault(channel: Channel, memory: Memory, address: int, wrote: bool | None) -> None:
    """Say what was hit; called in the middle of the fault, so it does no more than that."""
    channel.send({"fault": memory.place_of(address) | {"wrote": wrote}})


def describe(error: BaseException) -> str:
    """Type and message, on one line and not too long."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:500].rstrip(": ")


def line_of(error: BaseException, source: str) -> int | None:
    """The last line of the submission that the error went through."""
    if isinstance(error, SyntaxError):
        return error.lineno
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if os.path.basename(frame.filename) == source]
    return lines[-1] if lines else None
