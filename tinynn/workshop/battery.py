"""The battery: on what a submission is tried.

    values    a small square case in float64: the formula
    ragged    lengths around the widths of vectors, 1, an empty batch: strides, tails, exchanged lengths
    float32   the same in float32
    buffers   outputs full of garbage that is finite, or already holding a gradient
    edges     what the exercise calls edges (exact kinks, ties, huge logits)
    again     the same memory with new numbers
    repeated  of threads: the same numbers several times, with work enough that they meet; equal bits

One trial for each letter (ragged) has a length of some 300, where an array of a fixed size is too small.

Numbers are drawn anew each time, one in eight an exact zero; arrays lie between forbidden pages, at their end
and at their start by turns; what is only written is full of NaN beforehand.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from tinynn.workshop.contract import LENGTHS, LONG, Array, Edge, Exercise, Sizes

# The checks and their weights.
CHECKS = {"values": 3, "ragged": 2, "float32": 1, "buffers": 1, "edges": 1, "again": 1, "repeated": 1}
UNWRITTEN = -(2**40) + 7  # what stands in an output of integers
REPEATED = 4  # runs; a race is lost now and then, not always


class Planned(NamedTuple):
    """One trial before its numbers are drawn."""

    check: str
    sizes: Sizes
    dtype: str
    edge: Edge | None = None
    about: str = ""


@dataclass(frozen=True)
class Trial:
    """One call: what the arrays hold before it."""

    check: str
    about: str
    dtype: str
    sizes: Sizes
    arrays: dict[str, Array]
    numbers: dict[str, Any]
    side: str


@dataclass(frozen=True)
class Outcome:
    """The arrays after it, and what else was noticed."""

    trial: Trial
    after: dict[str, Array]
    error: dict[str, Any] | None = None
    returned: bool = False
    touched: list[dict[str, Any]] = field(default_factory=list)


def battery(exercise: Exercise, seed: int) -> list[Trial]:
    """All trials, in the order in which they are run. The same seed draws the same ones."""
    rng = np.random.default_rng(seed)
    first, last = exercise.dtypes[0], exercise.dtypes[-1]

    def lengths(**fixed: int) -> Sizes:
        return exercise.sizes({**ragged(exercise, rng), **fixed}, rng)

    square = exercise.sizes(dict.fromkeys(exercise.letters, 4), rng)
    one = {exercise.letters[int(rng.integers(len(exercise.letters)))]: 1}
    plan = [Planned("values", square, first)]
    plan += [Planned("ragged", lengths(), first) for _ in range(4)]
    plan += [Planned("ragged", lengths(**one), first)]
    plan += [Planned("float32", lengths(), last) for _ in range(3)]
    plan += [Planned("buffers", lengths(), dtype) for dtype in exercise.dtypes]
    plan += [Planned("edges", lengths(), dtype, edge) for edge in exercise.edges for dtype in exercise.dtypes]
    if exercise.empty:  # alone it would be had for nothing
        plan += [Planned("ragged", lengths(**{exercise.empty: 0}), first, about="an empty batch")]
    plan += [Planned("again", lengths(), first)] * 3
    plan += long(exercise, rng)
    trials = [trial_of(exercise, planned, rng, i) for i, planned in enumerate(plan)]
    return trials + repeated(exercise, rng)


def trial_of(exercise: Exercise, planned: Planned, rng: np.random.Generator, place: int) -> Trial:
    """Draw the numbers of one trial."""
    check, sizes, dtype, edge, about = planned
    values = exercise.draw(sizes, int(rng.integers(2**62)), dtype, edge)
    numbers = {a.name: values.pop(a.name) for a in exercise.numbers}
    values |= fill(exercise, sizes, dtype, rng, finite=check == "buffers")
    side = "start" if place % 2 and check != "again" else "end"
    return Trial(check, about or (edge.about if edge else check), dtype, sizes, values, numbers, side)


def long(exercise: Exercise, rng: np.random.Generator) -> list[Planned]:
    """For each letter a trial where it is long and the others short; none for what follows from others."""
    plan = []
    for letter in exercise.letters:
        short = {other: int(rng.integers(2, 4)) for other in exercise.letters}
        sizes = exercise.sizes({**short, letter: LONG + int(rng.integers(20))}, rng)
        if sizes[letter] >= LONG:
            plan.append(Planned("ragged", sizes, exercise.dtypes[0], about=f"{letter} is {sizes[letter]}"))
    return plan


def repeated(exercise: Exercise, rng: np.random.Generator) -> list[Trial]:
    """Of a kernel with threads: trials that share their arrays.

    Some hundred rows, where each thread has much to do; and two, where both are long at the same one.
    """
    trials: list[Trial] = []
    for rows, others in ((LONG, LONG), (2, 2 * LONG)) if exercise.threads else ():
        lengths = {letter: others + int(rng.integers(20)) for letter in exercise.letters}
        sizes = exercise.sizes({**lengths, exercise.letters[0]: rows}, rng)
        one = trial_of(exercise, Planned("repeated", sizes, exercise.dtypes[0]), rng, 0)
        trials += [replace(one) for _ in range(REPEATED)]
    return trials


def ragged(exercise: Exercise, rng: np.random.Generator) -> Sizes:
    """A length for every letter, no two alike as far as there are enough."""
    drawn = rng.permutation(LENGTHS[1:])
    return {letter: int(drawn[i % len(drawn)]) for i, letter in enumerate(exercise.letters)}


def fill(
    exercise: Exercise, sizes: Sizes, dtype: str, rng: np.random.Generator, finite: bool
) -> dict[str, Array]:
    """What stands in the outputs that are only written: NaN, or finite garbage."""
    filled = {}
    for a in exercise.arrays:
        if a.role == "write":
            shape = exercise.shape(a, sizes)
            if a.kind == "index":
                filled[a.name] = np.full(shape, UNWRITTEN, np.int64)
            elif finite:
                filled[a.name] = (rng.normal(size=shape) * 1000).astype(dtype)
            else:
                filled[a.name] = np.full(shape, np.nan, dtype)
    return filled
