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
    while True:
        try:
            request, body = channel.receive()
        except ChannelError:
            return
        header, answer = serve(request, body, functions, memory, order)
        channel.send(header, answer)


def serve(
    request: dict[str, Any],
    body: bytes,
    functions: dict[str, Callable[..., Any]],
    memory: Memory,
    order: dict[str, Any],
) -> tuple[dict[str, Any], bytes]:
    """One call."""
    regions: list[Region] = []
    offset = 0
    for a in request["arrays"]:
        size = int(np.prod(a["shape"], dtype=np.int64)) * a["itemsize"]
        data = body[offset : offset + size]
        regions.append(memory.take(a["name"], data, tuple(a["shape"]), a["itemsize"], request["side"]))
        offset += size
    for region, a in zip(regions, request["arrays"], strict=True):
        memory.protect(region, a["role"] == "read")
    arguments = (
        as_c(request, regions) if order["language"] == "cpp" else as_numpy(request, regions, memory, order)
    )
    header: dict[str, Any] = {"done": request["number"]}
    try:
        result = functions[request["dtype"]](*arguments)
        header["returned"] = result is not None
    except BaseException as error:  # SystemExit and KeyboardInterrupt too: all of them are the submission's
        header["error"] = {"message": describe(error), "line": line_of(error, order["source"])}
    header["touched"] = [
        {"array": r.name, "element": e, "shape": r.shape}
        for r in regions
        if (e := memory.touched(r)) is not None
    ]
    sys.stdout.flush()
    return header, b"".join(memory.contents(r) for r in regions)


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
