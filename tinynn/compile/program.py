"""Program: a training step as a list of kernel calls, and the arrays they read and write.

    Call      a kernel of csrc/kernels.def and its arguments, by the names the catalogue gives them
    Place     an argument that is an array: which one, and how many bytes behind its beginning
    Buffer    an array of the program: given from outside, put in anew for each step, or temporary

Nothing here runs. record.py makes a Program, passes/ rewrite it, arena.py lays out its temporary arrays,
step.py hands it to C++.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from tinynn.autograd import Array
from tinynn.backends import native

GIVEN = ("weight", "state", "buffer", "constant")  # kinds of buffers that outlive a step


@dataclass(frozen=True)
class Parameter:
    """One parameter of a kernel: "const T*" and "x"."""

    type: str
    name: str

    @property
    def is_array(self) -> bool:
        return self.type.endswith("*") and not self.is_list and not self.is_list_of_arrays

    @property
    def is_list_of_arrays(self) -> bool:
        """One array per layer or parameter; a tuple of places and Nones."""
        return self.type in ("T* const*", "const T* const*")

    @property
    def is_list(self) -> bool:
        """Sizes, strides, or a shape with many members."""
        return self.type == "const Index*" or self.type.endswith("&")

    @property
    def is_written(self) -> bool:
        return (self.is_array or self.is_list_of_arrays) and not self.type.startswith("const")


@cache
def catalogue() -> dict[str, tuple[Parameter, ...]]:
    """The parameters of every kernel, from csrc/kernels.def."""
    return {name: tuple(Parameter(*p) for p in listed) for _, name, listed in native.module().catalogue()}


def is_in_place(kernel: str, parameter: Parameter) -> bool:
    """Whether a kernel reads what it then writes there: weights and what rules keep, running statistics."""
    if kernel == "batch_norm_forward":
        return parameter.name in ("mean", "var")
    if kernel == "linear_backward_sgd":
        return parameter.is_written and parameter.name != "dx"
    return kernel.endswith(("_step", "_steps")) and parameter.is_written


@dataclass(frozen=True)
class Place:
    """Where an array argument begins: so many bytes into this buffer."""

    buffer: int
    offset: int = 0


@dataclass
class Buffer:
    """One array.

    Attributes
    ----------
    kind : {"weight", "state", "buffer", "constant", "input", "temporary"}
        What it is to the step: trained, kept by the optimiser, kept by a module, never changed, given with
        every call, or made and used up within one.
    name : str
    nbytes : int
    array : array or None
        The memory, where it is given.
    label_limit : int or None
        Of an input that kernels take as labels or rows: each must be less.
    """

    kind: str
    name: str
    nbytes: int
    array: Array | None = None
    label_limit: int | None = None


@dataclass
class Call:
    """One kernel call.

    Attributes
    ----------
    kernel, dtype : str
    arguments : dict
        By parameter: a Place or None for an array, a tuple of these for a list of arrays, a tuple of integers
        for sizes, else a number.
    phase : {"forward", "loss", "backward", "update"}
    line : str
        The line of the user's code it came from, "file.py:12".
    """

    kernel: str
    dtype: str
    arguments: dict[str, Any]
    phase: str = ""
    line: str = ""

    def places(self) -> Iterator[tuple[Parameter, Place]]:
        """The arrays it is given."""
        for parameter in catalogue()[self.kernel]:
            value = self.arguments[parameter.name]
            if parameter.is_array and value is not None:
                yield parameter, value
            if parameter.is_list_of_arrays:
                yield from ((parameter, place) for place in value if place is not None)

    def reads(self) -> set[int]:
        """The buffers it may read. One that is written in place is read as well."""
        return {place.buffer for p, place in self.places() if not p.is_written or self.keeps(p)}

    def writes(self) -> set[int]:
        """The buffers it writes."""
        return {place.buffer for p, place in self.places() if p.is_written}

    def keeps(self, parameter: Parameter) -> bool:
        """Whether what stood in an array before counts: a kernel in place, or one that adds to a gradient."""
        partly = bool(self.arguments.get("accumulate")) or self.kernel == "copy"
        return partly or is_in_place(self.kernel, parameter)


@dataclass(frozen=True)
class Number:
    """A number that is another in every step: the learning rate, the step's count, a place in a stream.

    Attributes
    ----------
    source : str or tuple
        "lr", "step", ("seed", stream) or ("offset", stream, plus).
    """

    source: Any


@dataclass
class Program:
    """The calls, the buffers they name by number, and which of these come in and go out.

    Attributes
    ----------
    calls, buffers : lists
    inputs : tuple of int
        The buffers given anew for every step.
    loss, prediction : Place
    guards : list of Place
        Numbers without which the step goes no further when they are not finite.
    kept : list of (buffer, copy)
        What a stopped step puts back.
    """

    calls: list[Call]
    buffers: list[Buffer]
    inputs: tuple[int, ...]
    loss: Place
    prediction: Place
    guards: list[Place] = field(default_factory=list)
    kept: list[tuple[int, int]] = field(default_factory=list)

    def last_write(self, place: Place) -> int:
        """The last call that writes what lies there."""
        return max(i for i, call in enumerate(self.calls) if place.buffer in call.writes())

    def constant_labels(self) -> list[tuple[int, int]]:
        """(buffer, how many rows there are) of the arrays that kernels read as labels, inputs apart."""
        labelled = [(i, b.label_limit) for i, b in enumerate(self.buffers) if b.array is not None]
        return [(i, limit) for i, limit in labelled if limit and i not in self.inputs]

    def numbers(self) -> dict[Any, list[tuple[int, int]]]:
        """Source -> the (call, parameter) that take it."""
        found: dict[Any, list[tuple[int, int]]] = {}
        for i, call in enumerate(self.calls):
            for j, parameter in enumerate(catalogue()[call.kernel]):
                value = call.arguments[parameter.name]
                if isinstance(value, Number):
                    found.setdefault(value.source, []).append((i, j))
        return found
