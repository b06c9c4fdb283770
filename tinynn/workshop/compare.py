"""Compare what a submission left in the arrays with the oracle, and say where it first differs.

The oracle runs in float64, here and after the submission's process has ended: there is nothing to be read
over there. NaN is never right: a difference that is no number is a difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from tinynn.workshop.battery import UNWRITTEN, Outcome, Trial
from tinynn.workshop.contract import Array, Exercise, Function

EPS = {"float32": float(np.finfo(np.float32).eps), "float64": float(np.finfo(np.float64).eps)}


def apply(exercise: Exercise, function: Function, trial: Trial, dtype: str | None = None) -> dict[str, Array]:
    """The arrays after `function` in the NumPy form has run on a copy of the trial's."""
    cast = {
        name: value.astype(dtype or value.dtype) if value.dtype.kind == "f" else value.copy()
        for name, value in trial.arrays.items()
    }
    with np.errstate(all="ignore"):
        function(*(cast[a.name] for a in exercise.arrays), *(trial.numbers[a.name] for a in exercise.numbers))
    return cast


@dataclass(frozen=True)
class Judged:
    """One trial with what came out and what should have."""

    exercise: Exercise
    outcome: Outcome
    first: Outcome | None = None  # of the trials that share these arrays, where this is not the first

    @property
    def trial(self) -> Trial:
        return self.outcome.trial

    @cached_property
    def want(self) -> dict[str, Array]:
        """The oracle's outputs, in float64."""
        after = apply(self.exercise, self.exercise.oracle, self.trial, "float64")
        for a in self.exercise.outputs:
            bad = after[a.name] == UNWRITTEN if a.kind == "index" else ~np.isfinite(after[a.name])
            assert not bad.any(), f"{self.exercise.name}: the oracle leaves {a.name} unfinished"
        return {a.name: after[a.name] for a in self.exercise.outputs}

    @cached_property
    def tolerance(self) -> dict[str, Array]:
        """By how much each element may be off."""
        eps = EPS[self.trial.dtype]
        if not self.exercise.sums:
            size = sum(float(np.abs(self.trial.arrays[n]).max(initial=0.0)) for n in self.exercise.cancels)
            scale = {n: np.abs(w) + float(np.abs(w).max(initial=size)) for n, w in self.want.items()}
            return {n: self.exercise.slack * eps * s + 1e-300 for n, s in scale.items()}
        length = int(np.prod([max(self.trial.sizes[letter], 1) for letter in self.exercise.sums]))
        positive = {n: np.abs(v) if v.dtype.kind == "f" else v for n, v in self.trial.arrays.items()}
        numbers = {n: abs(v) if isinstance(v, float) else v for n, v in self.trial.numbers.items()}
        sides = Trial(**{**vars(self.trial), "arrays": positive, "numbers": numbers})
        magnitude = apply(self.exercise, self.exercise.oracle, sides, "float64")
        return {n: (self.exercise.slack + length) * eps * np.abs(magnitude[n]) + 1e-300 for n in self.want}

    def differs(self, name: str) -> Array:
        """Where an output is wrong."""
        if self.exercise.judge is not None:
            return self.found_wrong(self.outcome.after)[name]
        with np.errstate(invalid="ignore", over="ignore"):
            return ~(
                np.abs(self.outcome.after[name].astype(np.float64) - self.want[name]) <= self.tolerance[name]
            )

    def nearly(self, name: str) -> bool:
        """Whether an output is as near as it would have to be in float32."""
        off = np.abs(self.outcome.after[name].astype(np.float64) - self.want[name])
        ratio = EPS["float32"] / EPS[self.trial.dtype]
        return bool((off <= ratio * self.tolerance[name]).all())

    def equals(self, name: str, other: Array) -> bool:
        """Whether an output is what a wrong rule gives; what is not finite there must be just that here."""
        got = self.outcome.after[name].astype(np.float64)
        other = other.astype(np.float64)
        with np.errstate(invalid="ignore", over="ignore"):
            off = 4 * self.tolerance[name] + 64 * EPS[self.trial.dtype] * np.abs(other)
            near = np.isfinite(other) & (np.abs(got - other) <= off)
        return bool((near | (got == other) | (np.isnan(got) & np.isnan(other))).all())

    def rules_out(self, name: str, other: Array) -> bool:
        """Whether a wrong rule gives something else than the oracle here."""
        if self.exercise.judge is not None:
            return bool(self.found_wrong({**self.outcome.after, name: other})[name].any())
        with np.errstate(invalid="ignore", over="ignore"):
            return not bool((np.abs(other - self.want[name]) <= 8 * self.tolerance[name]).all())

    def found_wrong(self, arrays: dict[str, Array]) -> dict[str, Array]:
        """What the exercise's own judge says of an answer; the inputs it looks at are those of the trial."""
        exercise, trial = self.exercise, self.trial
        assert exercise.judge is not None
        given = [(arrays if a.role != "read" else trial.arrays)[a.name] for a in exercise.arrays]
        return dict(exercise.judge(*given, *(trial.numbers[a.name] for a in exercise.numbers)))

    @cached_property
    def wrong(self) -> list[str]:
        """The outputs that are wrong, and the inputs that were changed."""
        outputs = [a.name for a in self.exercise.outputs if self.differs(a.name).any()]
        return outputs + self.spoiled

    @cached_property
    def spoiled(self) -> list[str]:
        """The inputs that do not hold what they held."""
        inputs = [a.name for a in self.exercise.arrays if a.role == "read"]
        return [n for n in inputs if self.outcome.after[n].tobytes() != self.trial.arrays[n].tobytes()]

    @cached_property
    def strays(self) -> list[str]:
        """The outputs whose bits are not those of the first run on the same numbers."""
        if self.first is None:
            return []
        names = [a.name for a in self.exercise.outputs]
        return [n for n in names if self.outcome.after[n].tobytes() != self.first.after[n].tobytes()]

    @property
    def passed(self) -> bool:
        return not (self.wrong or self.strays or self.outcome.error or self.outcome.touched)


def judge_all(exercise: Exercise, outcomes: list[Outcome]) -> list[Judged]:
    """Each outcome by itself, and beside the first one on the same arrays."""
    first: dict[int, Outcome] = {}
    judged = []
    for outcome in outcomes:
        judged.append(Judged(exercise, outcome, first.get(id(outcome.trial.arrays))))
        first.setdefault(id(outcome.trial.arrays), outcome)
    return judged


def of_trial(trial: Trial) -> dict[str, Any]:
    """Which trial it was."""
    return {"check": trial.check, "about": trial.about, "dtype": trial.dtype, "sizes": trial.sizes}


def where(judged: Judged) -> dict[str, Any]:
    """The first wrong element of a trial: its index, what is there, what belongs there, its neighbours."""
    trial, base = judged.trial, of_trial(judged.trial)
    if not judged.wrong:  # but another run gave other bits
        return base
    name = judged.wrong[0]
    got = judged.outcome.after[name]
    spoiled = name in judged.spoiled
    want = trial.arrays[name] if spoiled else judged.want[name]
    bad = (
        got.view(np.uint8).reshape(*got.shape, -1) != want.view(np.uint8).reshape(*got.shape, -1)
        if spoiled
        else None
    )
    mask = judged.differs(name) if bad is None else bad.any(-1)
    index = tuple(int(i) for i in np.argwhere(mask)[0])
    row = slice(max(index[-1] - 2, 0), index[-1] + 3)
    line: Any = (*index[:-1], row)
    return base | {
        "array": name,
        "index": list(index),
        "got": number(got[index]),
        "want": number(want[index]),
        "wrong": int(mask.sum()),
        "of": int(mask.size),
        "neighbours": {
            "from": [*index[:-1], row.start],
            "got": [number(v) for v in got[line]],
            "want": [number(v) for v in want[line]],
        },
    }


def number(value: Any) -> float | int | str:
    """As JSON can say it: NaN and the infinities by name."""
    if isinstance(value, np.integer):
        return int(value)
    return float(value) + 0.0 if np.isfinite(value) else str(float(value))  # -0.0 + 0.0 is 0.0
