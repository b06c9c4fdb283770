"""Record: run a training step once and write down every kernel call it makes.

The native rung notes each call below Python, with the addresses it was given; here the addresses become
places in named arrays. An array that no kernel wrote is known (a weight, the state of a rule, an input),
or it was made by NumPy and is a constant. Whether it is one shows when the step is recorded a second time
on other numbers: see compare.py.
"""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any

import numpy as np
from numpy import ndarray

from tinynn.autograd import Array
from tinynn.backends import native, rung, watch_kernels
from tinynn.compile.program import Place, catalogue
from tinynn.errors import CompileError

PACKAGE = str(Path(__file__).parents[1])


@dataclass
class Noted:
    """One call as it happened."""

    kernel: str
    dtype: str
    arguments: dict[str, Any]
    phase: str
    line: str


@dataclass
class Record:
    """The calls of one step; `memory` are all arrays they touched, in the order in which they first did.

    Attributes
    ----------
    before : dict
        Of an array that came from outside the kernels, what stood in it when it was first met.
    """

    calls: list[Noted] = field(default_factory=list)
    memory: list[Array] = field(default_factory=list)
    before: dict[int, bytes] = field(default_factory=dict)


class Recorder:
    """Within `with recorder.running():` the step happens; then `finish` gives the Record.

    known : arrays that own their memory
        The weights, states, buffers and inputs; they have the first numbers, in this order.
    """

    def __init__(self, known: Sequence[Array]) -> None:
        self.known = known
        self.familiar = {id(a) for a in known}  # what stands in them needs no remembering
        self.results: list[Array] = []  # alive, so that no other array gets their ids
        self.phase = "forward"
        self.origins: list[tuple[str, str]] = []
        self.before: dict[int, tuple[Array, bytes]] = {}

    @contextmanager
    def running(self) -> Iterator[None]:
        self.native = native.module().Recorder()
        try:
            with watch_kernels(self.watch):
                yield
        finally:
            self.noted, self.arrays = self.native.stop()

    def watch(self, name: str, kernel: Callable[..., Any]) -> Callable[..., Any]:
        """The kernel, or an error where it is not one that can be replayed."""
        if rung("native").get(name) is not kernel:
            raise CompileError(
                f"compile: {name} is {getattr(kernel, '__module__', 'a function')}'s; needed the native "
                "kernel, which alone can be replayed; try it outside use_kernel and use_backend"
            )

        @wraps(kernel)
        def noting(*args: Any, **options: Any) -> Any:
            for array in arrays_of((args, tuple(options.values()))):
                owner = root(array)
                if id(owner) not in self.familiar:
                    self.familiar.add(id(owner))
                    self.before[id(owner)] = owner, owner.tobytes()
            start = self.native.count()
            result = kernel(*args, **options)
            self.origins += [(self.phase, users_line())] * (self.native.count() - start)
            for array in arrays_of((result,)):
                self.familiar.add(id(root(array)))
                self.results.append(root(array))
            return result

        return noting

    def finish(self) -> Record:
        """The calls with places for addresses."""
        record = Record()
        owners = {id(root(a)): root(a) for a in [*self.known, *self.arrays]}
        spans = sorted((*span(a), i) for i, a in owners.items())
        starts = [begin for begin, _, _ in spans]
        number = {id(a): i for i, a in enumerate(self.known)}  # the known ones first, in their order
        record.memory = list(self.known)

        def place(address: int) -> Place | None:
            if address == 0:
                return None
            begin, end, key = spans[bisect_right(starts, address) - 1]
            if not begin <= address < end:
                raise CompileError("compile: a kernel was given memory that belongs to no array")
            if key not in number:
                number[key] = len(number)
                record.memory.append(owners[key])
            return Place(number[key], address - begin)

        for (kernel, dtype, values), (phase, line) in zip(self.noted, self.origins, strict=True):
            if any(p.is_list_of_arrays for p in catalogue()[kernel]):
                raise CompileError(f"compile: {kernel} is for passes; try the kernels it stands for")
            arguments = {
                p.name: place(value) if p.is_array else value
                for p, value in zip(catalogue()[kernel], values, strict=True)
            }
            record.calls.append(Noted(kernel, dtype, arguments, phase, line))
        record.before = {number[key]: content for key, (_, content) in self.before.items() if key in number}
        return record

    def place_of(self, record: Record, array: Array) -> Place | None:
        """Where a result lies."""
        owner = root(array)
        for i, a in enumerate(record.memory):
            if a is owner:
                return Place(i, array.ctypes.data - span(a)[0])
        return None


def root(array: Array) -> Array:
    """The array whose memory this one is a view of."""
    while isinstance(array.base, ndarray):
        array = array.base
    return array


def span(array: Array) -> tuple[int, int]:
    """The addresses of its memory; never empty, so that every array has one of its own."""
    low, high = np.lib.array_utils.byte_bounds(array)
    return low, max(high, low + 1)


def arrays_of(values: tuple[Any, ...]) -> Iterator[Array]:
    """The arrays among them, in tuples too."""
    for value in values:
        if isinstance(value, ndarray):
            yield value
        elif isinstance(value, (tuple, list)):
            yield from arrays_of(tuple(value))


def users_line() -> str:
    """The innermost line outside tinynn that is being run: "model.py:12"; "" where there is none."""
    frame = sys._getframe(2)
    while frame is not None:
        name = frame.f_code.co_filename
        if not name.startswith(PACKAGE) and not name.startswith("<"):
            return f"{Path(name).name}:{frame.f_lineno}"
        frame = frame.f_back  # type: ignore[assignment]
    return ""
