"""Which mistake: compare the wrong answer with all wrong rules, then with what can happen to any kernel.

A rule is named where it explains every trial of the battery, those too that came out right; with eight
shapes and more, two rules that are not the same do not both do that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinynn.workshop.compare import Judged, apply
from tinynn.workshop.contract import Argument, Array, Exercise, Rule
from tinynn.workshop.generic import Alternative, mistakes


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
    names = {name for j in wrong for name in j.wrong}
    outputs = [a for a in exercise.outputs if a.name in names]
    found = by_rules(exercise, trials, outputs) or by_generic(exercise, trials, outputs, language)
    return found or by_symptoms(exercise, trials, outputs)


def by_rules(exercise: Exercise, trials: list[Judged], outputs: list[Argument]) -> str | None:
    """The first rule of the exercise that explains all wrong outputs; else of one that explains the first."""
    partly: str | None = None
    for rule in exercise.rules:
        explained = explained_by(exercise, rule, trials, outputs)
        if len(explained) == len(outputs):
            return rule.mistake
        if explained and explained[0] is outputs[0]:
            partly = (
                partly
                or f"{rule.mistake} (that is {outputs[0].name}; {outputs[1].name} is wrong in another way)"
            )
    return partly


def explained_by(
    exercise: Exercise, rule: Rule, trials: list[Judged], outputs: list[Argument]
) -> list[Argument]:
    """The wrong outputs that a rule explains; most rules explain none, and the first trial shows it."""
    left, differs = outputs, set()
    for j in trials:
        alternative = answers(exercise, rule, j)
        left = [o for o in left if alternative is not None and j.equals(o.name, alternative[o.name])]
        if alternative is None or not left:
            return []
        differs |= {o.name for o in left if j.rules_out(o.name, alternative[o.name])}
    return [o for o in left if o.name in differs]


def answers(exercise: Exercise, rule: Rule, judged: Judged) -> dict[str, Array] | None:
    """What the rule leaves in the arrays; None where it cannot be applied to these shapes."""
    try:
        return apply(exercise, rule.function, judged.trial)
    except (ValueError, IndexError, TypeError, KeyError, ZeroDivisionError, AttributeError):
        return None


def explains(trials: list[Judged], name: str, alternatives: list[Array]) -> bool:
    """Whether an alternative is what stands there in all trials, and not the right answer in all of them."""
    pairs = list(zip(trials, alternatives, strict=True))
    return all(j.equals(name, a) for j, a in pairs) and any(j.rules_out(name, a) for j, a in pairs)


def by_generic(
    exercise: Exercise, trials: list[Judged], outputs: list[Argument], language: str
) -> str | None:
    """The first mistake of generic.py that explains the first wrong output."""
    output = outputs[0]
    for sentence, alternative in mistakes(exercise, output):
        found = tried(trials, alternative)
        if found is not None and explains(trials, output.name, found):
            return sentence + (
                in_numpy(trials, output.name) if language == "numpy" and "nothing" in sentence else ""
            )
    return None


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


Symptom = Callable[[list[Judged], Argument], str | None]


def by_symptoms(exercise: Exercise, trials: list[Judged], outputs: list[Argument]) -> str | None:
    """No rule explains it: what the wrong trials have in common."""
    symptoms: list[Symptom] = [
        elements_left,
        only_on_second_call,
        only_in_float32,
        only_not_square,
        not_a_number,
    ]
    return next((s for symptom in symptoms if (s := symptom(trials, outputs[0]))), None)


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


def only_in_float32(trials: list[Judged], output: Argument) -> str | None:
    kinds = {dtype: [j.passed for j in trials if j.trial.dtype == dtype] for dtype in ("float64", "float32")}
    if all(kinds.values()) and all(kinds["float64"]) and not any(kinds["float32"]):
        return (
            "right in double, wrong in float: look for `double` where `real` belongs, and for large numbers"
        )
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
