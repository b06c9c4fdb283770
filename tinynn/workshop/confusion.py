"""Is every wrong rule rejected, and named? `python -m tinynn.workshop.confusion [EXERCISE...] [--seeds N]`

Each rule of an exercise is handed in as if a learner had written it, on fresh inputs for each seed. In the
table stands what was planted, how often it was named, and what it was taken for. Two rules that do the same
are one mistake with two names: either is right. A rule from the bank to which the exercise is blind (it gives
the right answer here) is left out; one that the exercise wrote down itself may not be blind.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tinynn.workshop.battery import Outcome, battery
from tinynn.workshop.compare import Judged, apply, judge_all
from tinynn.workshop.contract import Exercise, Function, Rule
from tinynn.workshop.diagnose import diagnose, reproduced_by
from tinynn.workshop.load import all_exercises, exercise


@dataclass
class Row:
    """How one planted mistake was named over all seeds."""

    exercise: str
    planted: str
    tried: int = 0
    rejected: int = 0
    named: int = 0
    taken_for: Counter[str] = field(default_factory=Counter)


def hand_in(exercise: Exercise, function: Function, seed: int) -> list[Judged]:
    """A NumPy function on the whole battery, here and without a sandbox: for what is our own."""
    trials = battery(exercise, seed)
    return judge_all(exercise, [Outcome(trial, apply(exercise, function, trial)) for trial in trials])


def rows(exercise: Exercise, seeds: range) -> Iterator[Row]:
    """The rows of one exercise: the rules that are not blind here."""
    for rule in exercise.rules:
        row = Row(exercise.name, rule.mistake)
        for seed in seeds:
            enter(row, exercise, rule, seed)
        if row.tried:
            yield row


def enter(row: Row, exercise: Exercise, rule: Rule, seed: int) -> None:
    """Plant the rule once. Where it cannot be applied to a shape, or is blind, nothing is entered."""
    try:
        judged = hand_in(exercise, rule.function, seed)
    except (ValueError, IndexError, TypeError, KeyError, ZeroDivisionError, AttributeError):
        return
    if rule.from_bank and all(j.passed for j in judged):
        return
    mistake = diagnose(exercise, judged, "numpy")
    row.tried += 1
    row.rejected += any(not j.passed for j in judged)
    right = mistake == rule.mistake or same(exercise, judged, mistake)
    row.named += right
    row.taken_for.update([] if right else [mistake or "nothing known"])


def same(exercise: Exercise, judged: list[Judged], mistake: str | None) -> bool:
    """Whether a rule of that name gives what was planted, in all outputs, those too that are right."""
    outputs = {a.name for a in exercise.outputs}
    named = [rule for rule in exercise.rules if rule.mistake == mistake]
    return any(reproduced_by(exercise, rule, judged, outputs)[0] == outputs for rule in named)


def main(argv: list[str] | None = None) -> int:
    """Print the table; 0 where every mistake is rejected and 95 % are named."""
    parser = argparse.ArgumentParser(prog="tinynn.workshop.confusion", description=__doc__)
    parser.add_argument("exercises", nargs="*", metavar="EXERCISE")
    parser.add_argument("--seeds", type=int, default=3, metavar="N")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args(argv)
    chosen = [exercise(name) for name in arguments.exercises] or list(all_exercises().values())
    table = [row for e in chosen for row in rows(e, range(arguments.seeds))]
    tried, rejected, named = (sum(getattr(r, key) for r in table) for key in ("tried", "rejected", "named"))
    if arguments.json:
        print(json.dumps({"mistakes": [vars(r) for r in table], "tried": tried, "named": named}))
    else:
        for row in table:
            print(f"{row.exercise:<24}{row.named}/{row.tried}  {row.planted}{taken_for(row)}")
        print(f"{len(table)} mistakes, {tried} handed in, {rejected} rejected, {named} named rightly")
    return 0 if tried == rejected and named >= 0.95 * tried else 1


def taken_for(row: Row) -> Any:
    """The other names, most frequent first."""
    return "".join(f"\n{'':<30}{count} x taken for: {name}" for name, count in row.taken_for.most_common(3))


if __name__ == "__main__":
    raise SystemExit(main())
