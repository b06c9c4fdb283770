"""The battery: on what a submission is tried.

    values    a small square case in float64: the formula
    ragged    lengths around the widths of vectors, 1, an empty batch: strides, tails, exchanged lengths
    float32   the same in float32
    buffers   outputs full of garbage that is finite, or already holding a gradient
    edges     what the exercise calls edges (exact kinks, ties, huge logits)
    again     the same memory with new numbers

Numbers are drawn anew each time, one in eight an exact zero; arrays lie between forbidden pages, at their end
and at their start by turns; what is only written is full of NaN beforehand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinynn.workshop.contract import LENGTHS, Array, Edge, Exercise, Sizes

CHECKS = {"values": 3, "ragged": 2, "float32": 1, "buffers": 1, "edges": 1, "again": 1}  # and their weights
UNWRITTEN = -(2**40) + 7  # what stands in an output of integers
Planned = tuple[str, Sizes, str, Edge | None]  # check, lengths, dtype, special inputs


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
    plan: list[Planned] = [("values", square, first, None)]
    plan += [("ragged", lengths(), first, None) for _ in range(4)]
    plan += [("ragged", lengths(**one), first, None)]
    plan += [("float32", lengths(), last, None) for _ in range(3)]
    plan += [("buffers", lengths(), dtype, None) for dtype in exercise.dtypes]
    plan += [("edges", lengths(), dtype, edge) for edge in exercise.edges for dtype in exercise.dtypes]
    if exercise.empty:
        plan += [("ragged", lengths(**{exercise.empty: 0}), first, None)]  # alone it would be had for nothing
    plan += [("again", lengths(), first, None)] * 3
    return [trial_of(exercise, planned, rng, i) for i, planned in enumerate(plan)]


def trial_of(exercise: Exercise, planned: Planned, rng: np.random.Generator, place: int) -> Trial:
    """Draw the numbers of one trial."""
    check, sizes, dtype, edge = planned
    values = exercise.draw(sizes, int(rng.integers(2**62)), dtype, edge)
    numbers = {a.name: values.pop(a.name) for a in exercise.numbers}
    values |= fill(exercise, sizes, dtype, rng, finite=check == "buffers")
    about = edge.about if edge else "an empty batch" if 0 in sizes.values() else check
    side = "start" if place % 2 and check != "again" else "end"
    return Trial(check, about, dtype, sizes, values, numbers, side)


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
