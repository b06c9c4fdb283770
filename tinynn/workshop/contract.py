"""Exercise: what one folder of exercises/ says, and the words to say it with.

An exercise is a function that reads some arrays and leaves its result in others that it is given:

    read("x", "mk")     an input, shape (m, k); never to be written
    write("y", "mn")    an output; what stands there before is garbage
    add("dw", "nk")     an output that is added to, as gradients are
    change("w", "nk")   an array that is read and updated in place
    number("lr")        a number

NumPy and Cython get the arrays and the numbers; C++ gets pointers, then the length behind every letter, in
the order in which the letters appear, then the numbers. The oracle and the wrong rules have the NumPy form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynn.backends import rung
from tinynn.testing.draw import Draw
from tinynn.testing.mutants import MUTANTS
from tinynn.workshop.bank import KIND_OF

Array = NDArray[Any]
Function = Callable[..., None]
Sizes = dict[str, int]
LANGUAGE_NAMES = {"numpy": "NumPy", "cython": "Cython", "cpp": "C++"}
LENGTHS = (1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33)  # around the widths of vectors: where loops have tails
LONG = 300  # and beyond: more than anybody takes for enough
C_TYPES = {"real": "real", "index": "long long", "count": "long"}


@dataclass(frozen=True)
class Argument:
    """One argument: an array (see the words above), or a number (role "number")."""

    name: str
    role: str  # read, write, add, change, number
    shape: str = ""  # a letter per axis
    kind: str = "real"  # real: float or double; index: int64; of numbers also count: int

    @property
    def c_type(self) -> str:
        """How C++ writes it."""
        if self.role == "number":
            return f"{C_TYPES[self.kind]} {self.name}"
        return f"{'const ' if self.role == 'read' else ''}{C_TYPES[self.kind]}* {self.name}"


def read(name: str, shape: str, kind: str = "real") -> Argument:
    return Argument(name, "read", shape, kind)


def write(name: str, shape: str, kind: str = "real") -> Argument:
    return Argument(name, "write", shape, kind)


def add(name: str, shape: str) -> Argument:
    return Argument(name, "add", shape)


def change(name: str, shape: str) -> Argument:
    return Argument(name, "change", shape)


def number(name: str, kind: str = "real") -> Argument:
    return Argument(name, "number", "", kind)


@dataclass(frozen=True)
class Rule:
    """A wrong way to do the exercise, and what one tells the learner who did it that way.

    Where many answers are right there are many wrong ones of one kind too: `holds(*arrays, *numbers)` says
    then whether an answer is so, and `function` is one example. `kind` is one of kinds.KINDS; rules that are
    one mistake with several numbers have one `family`.
    """

    mistake: str
    function: Function
    kind: str
    family: str = ""
    holds: Callable[..., bool] | None = None
    from_bank: bool = False  # made from a mutant of tinynn.testing, to which the exercise may be blind


class Rules(list[Rule]):
    """The wrong rules of an exercise: those written down with `@wrong(sentence, kind)`, those of the bank."""

    def __call__(
        self, mistake: str, kind: str, holds: Callable[..., bool] | None = None, family: str = ""
    ) -> Callable[[Function], Function]:
        def enter(function: Function) -> Function:
            self.append(Rule(mistake, function, kind, family, holds))
            return function

        return enter

    def from_bank(self, kernel: str, call: Function, *leaving_out: str) -> None:
        """Enter the mutants of a kernel of tinynn: `call(kernel, *arguments)` does the exercise by it.

        Those to which the exercise is blind change nothing and are passed over when an answer is judged.
        """
        right = rung("numpy")[kernel]
        found = [m for m in MUTANTS if m.kernel == kernel and m.mistake not in leaving_out]
        self.extend(
            Rule(m.mistake, partial(call, m.of(right)), KIND_OF[m.mistake], from_bank=True) for m in found
        )


@dataclass(frozen=True)
class Edge:
    """Inputs with a point of their own: exact kinks, huge logits, ties."""

    about: str  # "exact zeros in y"
    inputs: Callable[..., Mapping[str, Any]]  # as Exercise.inputs


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    Attributes
    ----------
    place : int
        Where it stands in the ladder; the list is sorted by it.
    title : str
    function : str
        What the learner's function is called; the folder's name too.
    arguments : tuple of Argument
    oracle : callable
        The right answer, in NumPy: same arguments, same arrays written.
    rules : Rules
        The wrong ones.
    sums : str
        The letters over whose lengths a sum runs: float32 may then be off in proportion to the sum of
        the absolute values, which is the oracle of absolute values. "" for element by element.
    slack : float
        How many roundings beyond that are forgiven.
    cancels : tuple of str
        The arrays whose size the rounding goes by where results come of large numbers that cancel.
    inputs : callable (draw, **sizes) -> {name: array or number}
        What is not drawn from the normal distribution with one zero in eight.
    sizes : callable (sizes, rng) -> sizes
        Makes the drawn lengths fit together, such as p = l - k + 1.
    edges : tuple of Edge
    empty : str
        A letter whose length may be 0, such as the batch.
    dtypes, languages : tuple of str
    weights : {check: points}
        What each check is worth; see battery.CHECKS.
    forbidden : {language: names}
        What the submission may not call, beyond what policy.py forbids everywhere.
    threads : int
        How many threads the kernel may start.
    judge : callable (*arrays, *numbers) -> {name of an output: where it is wrong}
        Where more than one answer is right: says which elements are not. The oracle's is then one of them.
    """

    place: int
    title: str
    function: str
    arguments: tuple[Argument, ...]
    oracle: Function
    rules: Rules
    sums: str = ""
    slack: float = 16.0
    cancels: tuple[str, ...] = ()
    inputs: Callable[..., Mapping[str, Any]] = lambda draw, **sizes: {}
    sizes: Callable[[Sizes, np.random.Generator], Sizes] = lambda sizes, rng: sizes
    edges: tuple[Edge, ...] = ()
    empty: str = ""
    dtypes: tuple[str, ...] = ("float64", "float32")
    languages: tuple[str, ...] = tuple(LANGUAGE_NAMES)
    weights: Mapping[str, int] = field(default_factory=dict)
    forbidden: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    threads: int = 0
    judge: Callable[..., Mapping[str, Array]] | None = None

    @property
    def name(self) -> str:
        """linear-dw, where the function is linear_dw."""
        return self.function.replace("_", "-")

    @property
    def arrays(self) -> tuple[Argument, ...]:
        return tuple(a for a in self.arguments if a.role != "number")

    @property
    def numbers(self) -> tuple[Argument, ...]:
        return tuple(a for a in self.arguments if a.role == "number")

    @property
    def outputs(self) -> tuple[Argument, ...]:
        return tuple(a for a in self.arrays if a.role != "read")

    @property
    def letters(self) -> str:
        """The letters in the order in which they appear: the lengths that C++ is given."""
        return "".join(dict.fromkeys("".join(a.shape for a in self.arrays)))

    def c_signature(self) -> str:
        """The declaration in C++: `void linear_dw(const real* dy, ..., long m, long n, long k)`."""
        lengths = [f"long {letter}" for letter in self.letters]
        arguments = [*(a.c_type for a in self.arrays), *lengths, *(a.c_type for a in self.numbers)]
        return f"void {self.function}({', '.join(arguments)})"

    def shape(self, argument: Argument, sizes: Sizes) -> tuple[int, ...]:
        return tuple(sizes[letter] for letter in argument.shape)

    def draw(self, sizes: Sizes, seed: int, dtype: str, edge: Edge | None = None) -> dict[str, Any]:
        """Fresh contents of all that is read, added to or changed, and the numbers.

        What is only written comes later: see battery.fill.
        """
        draw = Draw(dtype, seed)
        values = {
            a.name: draw(*self.shape(a, sizes)) if a.kind == "real" else None
            for a in self.arrays
            if a.role != "write"
        }
        values |= (edge or self).inputs(draw, **sizes)
        for a in self.arrays:
            if a.role != "write":
                kind = np.dtype(dtype) if a.kind == "real" else np.dtype(np.int64)
                values[a.name] = np.ascontiguousarray(values[a.name], kind)
        return values
