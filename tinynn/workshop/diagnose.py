"""Which mistake: compare the wrong answer with all wrong rules, then with what can happen to any kernel.

A rule is named where it explains every trial of the battery, those too that came out right, and every output,
those too that are right; with eight shapes and more, two rules that are not the same do not both do that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tinynn.workshop.compare import Judged, apply
from tinynn.workshop.contract import LONG, Argument, Array, Exercise, Rule
from tinynn.workshop.generic import Alternative, mistakes

RACE = "two runs on the same numbers differ: two threads add into the same place, or nobody waits for one"


def diagnose(exercise: Exercise, trials: list[Judged], language: str) -> str | None:
    """One sentence; None where the answer is wrong in a way that the bank does not know."""
    wrong = [j for j in trials if not j.passed]
    if not wrong:
        return None
    if spoiled := sorted({name for j in wrong for name in j.spoiled}):
        return f"it changes its input {spoiled[0]}, which others will read as well"
    if touched := next((t for j in wrong for t in j.outcome.touched), None):
        return (
            f"it writes outside of {touched['array']}, {place_in_words(touched['element'], touched['shape'])}"
        )
    if any(j.strays for j in wrong):
        return RACE
    names = {name for j in wrong for name in j.wrong}
    outputs = [a for a in exercise.outputs if a.name in names]
    found = by_rules(exercise, trials, outputs)
    if found is None:
        return by_output(exercise, trials, outputs[0], language)
    left = [a for a in outputs if a not in found.explained]
    if left:
        other = by_output(exercise, trials, left[0], language) or "it is wrong in another way"
        return f"{found.mistake} (that is {listed(found.explained)}; of {left[0].name}: {other})"
    if found.right:
        return (
            f"{found.mistake} (that is {listed(found.explained)} alone; {listed(found.right)} came out right)"
        )
    return found.mistake


class Found(NamedTuple):
    """The rule that explains most: the wrong outputs that it explains, the right ones that it does not."""

    mistake: str
    explained: list[Argument]
    right: list[Argument]


def listed(outputs: list[Argument]) -> str:
    """ "dx", "dx and dw" or "dx, dw and db"."""
    *others, last = (a.name for a in outputs)
    return f"{', '.join(others)} and {last}" if others else last


def by_rules(exercise: Exercise, trials: list[Judged], outputs: list[Argument]) -> Found | None:
    """The rule that explains most of the wrong outputs, and of those the one that fits most of the right."""
    best: Found | None = None
    for rule in exercise.rules:
        same, differs = reproduced_by(exercise, rule, trials, {a.name for a in outputs})
        explained = [a for a in outputs if a.name in same & differs]
        right = [a for a in exercise.outputs if a not in outputs and a.name not in same]
        found = Found(rule.mistake, explained, right)
        if explained == outputs and not right:
            return found
        if explained and (best is None or closeness(found) > closeness(best)):
            best = found
    return best


def closeness(found: Found) -> tuple[int, int]:
    return len(found.explained), -len(found.right)


def reproduced_by(
    exercise: Exercise, rule: Rule, trials: list[Judged], among: set[str]
) -> tuple[set[str], set[str]]:
    """The outputs that a rule reproduces in all trials, and those of them where it is not always right.

    Nothing where none is `among` those: most rules reproduce nothing that is wrong, as the first trial shows.
    """
    same, differs = {a.name for a in exercise.outputs}, set()
    if rule.holds is not None:
        return (same, same) if all(holds(exercise, rule, j) for j in trials) else (set(), set())
    for j in trials:
        alternative = answers(exercise, rule, j)
        same = {name for name in same if alternative is not None and j.equals(name, alternative[name])}
        if alternative is None or not same & among:
            return set(), set()
        differs |= {name for name in same if j.rules_out(name, alternative[name])}
    return same, differs


def answers(exercise: Exercise, rule: Rule, judged: Judged) -> dict[str, Array] | None:
    """What the rule leaves in the arrays; None where it cannot be applied to these shapes."""
    try:
        return apply(exercise, rule.function, judged.trial)
    except (ValueError, IndexError, TypeError, KeyError, ZeroDivisionError, AttributeError):
        return None


def holds(exercise: Exercise, rule: Rule, judged: Judged) -> bool:
    """Whether an answer is of the kind that the rule describes."""
    assert rule.holds is not None
    arrays = {**judged.trial.arrays, **judged.outcome.after}
    numbers = (judged.trial.numbers[a.name] for a in exercise.numbers)
    return rule.holds(*(arrays[a.name] for a in exercise.arrays), *numbers)


def explains(trials: list[Judged], name: str, alternatives: list[Array]) -> bool:
    """Whether an alternative is what stands there in all trials, and not the right answer in all of them."""
    pairs = list(zip(trials, alternatives, strict=True))
    return all(j.equals(name, a) for j, a in pairs) and any(j.rules_out(name, a) for j, a in pairs)


def by_output(exercise: Exercise, trials: list[Judged], output: Argument, language: str) -> str | None:
    """What happened to one output: a mistake that any kernel can contain, or what its wrong trials share."""
    for sentence, alternative in mistakes(exercise, output):
        found = tried(trials, alternative)
        if found is not None and explains(trials, output.name, found):
            return sentence + (
                in_numpy(trials, output.name) if language == "numpy" and "nothing" in sentence else ""
            )
    return by_symptoms(trials, output)


def tried(trials: list[Judged], alternative: Alternative) -> list[Array] | None:
    """An alternative on all trials; None where it does not fit one of them."""
    before: list[Judged | None] = [None, *trials[:-1]]
    found = [alternative(j, b) for j, b in zip(trials, before, strict=True)]
    return None if any(f is None for f in found) else [f for f in found if f is not None]


def in_numpy(trials: list[Judged], name: str) -> str:
    """The trap of NumPy: a name that is given another array."""
    if any(j.outcome.returned for j in trials):
        return f": the result is returned; put it into the array you were given, {name}[...] = result"
    return f": `{name} = ...` gives the name to another array; `{name}[...] = ...` writes into the one given"


FIXED = "an array of a fixed size, or a number that stands for a length"
Symptom = Callable[[list[Judged], Argument], str | None]


def by_symptoms(trials: list[Judged], output: Argument) -> str | None:
    """No rule explains it: what the wrong trials have in common."""
    symptoms: list[Symptom] = [
        only_where_long,
        elements_left,
        only_on_second_call,
        only_in_float32,
        only_in_float64,
        only_not_square,
        not_a_number,
    ]
    return next((s for symptom in symptoms if (s := symptom(trials, output))), None)


def elements_left(trials: list[Judged], output: Argument) -> str | None:
    """Elements that still hold what stood there, wherever one is wrong."""
    left = 0
    for j in trials:
        bad = j.differs(output.name)
        before, after = j.trial.arrays[output.name], j.outcome.after[output.name]
        same = (before == after) | ((before != before) & (after != after))
        if (bad & ~same).any():
            return None
        left += int(bad.sum())
    return f"some elements of {output.name} are never written ({left} over all trials); the others are right"


def only_on_second_call(trials: list[Judged], output: Argument) -> str | None:
    again = [j for j in trials if j.trial.check == "again"]
    first_is_right = bool(again) and again[0].passed and not all(j.passed for j in again)
    if first_is_right and all(j.passed for j in trials if j.trial.check != "again"):
        return (
            "right at the first call, wrong at later ones with the same memory: something is kept in between"
        )
    return None


def only_where_long(trials: list[Judged], output: Argument) -> str | None:
    """All is right but for the trials where a length is some 300."""
    wrong = [j for j in trials if j.differs(output.name).any()]
    if all(max(j.trial.sizes.values()) >= LONG for j in wrong):
        return f"right for short lengths, wrong where {wrong[0].trial.about}: {FIXED}"
    return None


def only_in_float32(trials: list[Judged], output: Argument) -> str | None:
    kinds = {dtype: [j.passed for j in trials if j.trial.dtype == dtype] for dtype in ("float64", "float32")}
    if all(kinds.values()) and all(kinds["float64"]) and not any(kinds["float32"]):
        return (
            "right in double, wrong in float: look for `double` where `real` belongs, and for large numbers"
        )
    return None


def only_in_float64(trials: list[Judged], output: Argument) -> str | None:
    """The other way round: `float`, which is right where the numbers are float."""
    narrow = [j for j in trials if j.trial.dtype == "float32"]
    wide = [j for j in trials if j.trial.dtype == "float64" and 0 not in j.trial.sizes.values()]
    if not (narrow and wide and all(j.passed for j in narrow)):
        return None
    if not any(j.passed for j in wide) and not all(j.nearly(output.name) for j in wide):
        return "right in float, wrong in double: look for `float` where `real` belongs"
    if all(j.nearly(output.name) for j in wide):
        return "in double only as exact as float: look for `float` (f behind a number, np.float32)"
    return None


def only_not_square(trials: list[Judged], output: Argument) -> str | None:
    square = [j for j in trials if j.trial.check == "values"]
    if (
        square
        and all(j.passed for j in square)
        and not any(j.passed for j in trials if j.trial.check == "ragged")
    ):
        return "right where all lengths are equal, else wrong: two lengths, or two indices, are exchanged"
    return None


def not_a_number(trials: list[Judged], output: Argument) -> str | None:
    for j in trials:
        if np.isnan(j.outcome.after[output.name]).any() and output.kind == "real":
            return (
                f"{output.name} holds NaN: an element that is never written, 0/0, or infinity minus infinity"
            )
    return None


def place_in_words(element: int, shape: Any) -> str:
    """Where an element lies that is not in the array: "3 elements behind its end (row 4 of 4)"."""
    size = int(np.prod(shape, dtype=np.int64))
    width = max(int(np.prod(shape[1:], dtype=np.int64)), 1)
    if element < 0:
        return f"{-element} element{'s' * (element != -1)} before its beginning (near row 0)"
    behind = element - size + 1
    if behind > 0:
        rows = f"near row {element // width}; there are {shape[0]}" if shape else "it is one number"
        return f"{behind} element{'s' * (behind != 1)} behind its end ({rows})"
    return f"at element {element} (near row {element // width})"
