"""Mistakes that any kernel can contain: the right answer with something done to it.

Each is a function of one trial and one output that gives what stands there after the mistake, or None where
the mistake makes no sense. Like the rules of an exercise it is named only where it explains every trial.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from tinynn.workshop.compare import Judged, apply
from tinynn.workshop.contract import Argument, Array, Exercise

WIDTHS = (16, 8, 4, 2)  # of vectors
ENDS: dict[str, Callable[[int], slice]] = {"last": lambda n: slice(n - 1, n), "first": lambda n: slice(0, 1)}
Alternative = Callable[[Judged, Judged | None], Array | None]  # this trial, and the one before it


def mistakes(exercise: Exercise, output: Argument) -> Iterator[tuple[str, Alternative]]:
    """(sentence, alternative) of every mistake that may be made with this output, the plainest first."""
    yield from of_buffers(output)
    yield from of_factors(exercise, output)
    yield from of_order(output)
    yield from of_tails(output)
    if "cpp" in exercise.languages:
        yield from of_indices(exercise, output)
    yield (
        "the results are remembered from an earlier call: the same memory holds new numbers",
        remembered(output),
    )


def initial(judged: Judged, output: Argument) -> Array:
    """What stood in the output before the call."""
    return judged.trial.arrays[output.name].astype(np.float64)


def change_of(judged: Judged, output: Argument) -> Array:
    """What the call should have added, or written."""
    want = judged.want[output.name]
    return want - initial(judged, output) if output.role == "add" else want


def put(judged: Judged, output: Argument, change: Array) -> Array:
    """The output where the call adds, or writes, `change`."""
    return initial(judged, output) + change if output.role == "add" else change


def changed(output: Argument, how: Callable[[Array], Array | None]) -> Alternative:
    """The right answer, or what is added, sent through `how`."""

    def alternative(judged: Judged, before: Judged | None) -> Array | None:
        change = how(change_of(judged, output))
        return None if change is None else put(judged, output, change)

    return alternative


def of_buffers(output: Argument) -> Iterator[tuple[str, Alternative]]:
    """The buffer is left alone, overwritten, added to, or both."""
    name = output.name
    yield f"nothing is written to {name}", lambda j, _: initial(j, output)
    if output.role == "add":
        yield f"{name} is overwritten (=) where it is to be added to (+=)", lambda j, _: change_of(j, output)
        yield f"{name} is cleared: 0 stands where the gradient belongs", lambda j, _: 0 * change_of(j, output)
    elif output.role == "write":
        added = (
            f"the result is added to what stood in {name} before, which is garbage: write, or clear it first"
        )
        yield added, lambda j, _: initial(j, output) + j.want[name]
        yield f"{name} is 0 everywhere", changed(output, np.zeros_like)


def of_factors(exercise: Exercise, output: Argument) -> Iterator[tuple[str, Alternative]]:
    """Sign, factors of two, the lengths."""
    name = output.name
    yield f"{name} has the wrong sign", changed(output, np.negative)
    yield f"{name} is twice what it should be", changed(output, lambda c: 2 * c)
    yield f"{name} is half of what it should be", changed(output, lambda c: c / 2)
    for letter in exercise.letters:
        length = f"{letter}, the batch size" if letter == "m" else letter

        def divided(j: Judged, _: Judged | None, letter: str = letter) -> Array:
            return put(j, output, change_of(j, output) / max(j.trial.sizes[letter], 1))

        def multiplied(j: Judged, _: Judged | None, letter: str = letter) -> Array:
            return put(j, output, change_of(j, output) * j.trial.sizes[letter])

        yield f"{name} is the right answer divided by {length}", divided
        yield f"{name} is the right answer multiplied by {length}", multiplied
    yield f"{name} is the absolute value of the right answer", changed(output, np.abs)


def of_indices(exercise: Exercise, output: Argument) -> Iterator[tuple[str, Alternative]]:
    """Whole numbers of 8 bytes read as if they had 4: every second one is the upper half of one, 0."""
    for a in exercise.arrays:
        if a.kind == "index" and a.role == "read":

            def halved(j: Judged, _: Judged | None, name: str = a.name) -> Array:
                numbers = j.trial.arrays[name]
                halves = numbers.view(np.int32)[: numbers.size].astype(np.int64)
                trial = replace(j.trial, arrays={**j.trial.arrays, name: halves})
                return apply(exercise, exercise.oracle, trial)[output.name]

            yield f"{a.name} is read as int, which has 4 bytes; it is long long, which has 8", halved


def of_order(output: Argument) -> Iterator[tuple[str, Alternative]]:
    """The right numbers in the wrong places."""
    name, axes = output.name, len(output.shape)
    if axes == 2:
        yield f"{name} is right but transposed in memory", changed(output, lambda c: c.T.reshape(c.shape))
    for axis, letter in enumerate(output.shape):
        yield f"{name} is in reverse order along {letter}", changed(output, partial(np.flip, axis=axis))
        for step, way in ((1, "late"), (-1, "early")):
            yield (
                f"{name} is one place too {way} along {letter}, in a circle",
                changed(output, partial(np.roll, shift=step, axis=axis)),
            )


def of_tails(output: Argument) -> Iterator[tuple[str, Alternative]]:
    """Right, but for an end of an axis: loops in steps of a vector, loops that stop early or start late."""
    name = output.name
    for cleared in (False, True):
        what = "0 there" if cleared else "never written"
        for axis, letter in enumerate(output.shape):
            kind = kind_of(output, axis)
            for width in WIDTHS:
                end = f"the last {letter} mod {width} {kind}s of {name}"
                yield (
                    f"right except {end}, {what}: the vector tail",
                    spoilt(output, axis, tail(width), cleared),
                )
            for which, part in ENDS.items():
                yield (
                    f"right except the {which} {kind} of {name}, {what}",
                    spoilt(output, axis, part, cleared),
                )
            only = f"only the first {kind} of {name} is right, the others are {what}"
            yield only, spoilt(output, axis, lambda n: slice(1, n), cleared)
        for width in WIDTHS:
            end = f"the elements of {name} beyond the last multiple of {width}"
            yield f"right except {end}, {what}: the vector tail", spoilt(output, None, tail(width), cleared)


def kind_of(output: Argument, axis: int) -> str:
    """What a place along an axis is called."""
    if len(output.shape) == 1 or 0 < axis < len(output.shape) - 1:
        return "element" if len(output.shape) == 1 else f"place along {output.shape[axis]}"
    return "row" if axis == 0 else "column"


def tail(width: int) -> Callable[[int], slice]:
    """What a loop in steps of `width` leaves of n."""
    return lambda n: slice(n - n % width, n)


def spoilt(output: Argument, axis: int | None, part: Callable[[int], slice], cleared: bool) -> Alternative:
    """Right but for a part of one axis (None: of all elements in a row), which keeps what it had, or is 0."""

    def alternative(judged: Judged, before: Judged | None) -> Array:
        result = judged.want[output.name].copy()
        other = np.zeros_like(result) if cleared else initial(judged, output)
        if axis is None:
            cut = part(result.size)
            result.reshape(-1)[cut] = other.reshape(-1)[cut]
        else:
            where = (slice(None),) * axis + (part(result.shape[axis]),)
            result[where] = other[where]
        return result

    return alternative


def remembered(output: Argument) -> Alternative:
    """What the call before gave, where it had the same memory."""

    def alternative(judged: Judged, before: Judged | None) -> Array:
        if before is None or not judged.trial.check == before.trial.check == "again":
            return judged.want[output.name]
        return before.outcome.after[output.name].astype(np.float64)

    return alternative
