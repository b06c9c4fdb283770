"""What kinds of mistakes the bank knows, and how often it sees each: `python -m tinynn.workshop.kinds`

docs/teaching.md shows the table. A mistake is counted once, in however many exercises, and with however many
widths of a block, it can be made; a rule is a mistake in an exercise, with its number.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tinynn.workshop.load import all_exercises

KINDS = {
    "sum": "a sum is overwritten, or goes on where it should begin (= for +=, += for =)",
    "end": "an end is left out: a row, a window, the tail of a block",
    "alone": "one stands for all: a sum that is not taken, an index that does not move",
    "layout": "an array is read as if it lay otherwise in memory; two things are exchanged",
    "factor": "a factor: the batch size, a mean for a sum, once too often",
    "sign": "a sign, or the other direction",
    "shift": "one place too far, or counted from 1",
    "term": "a term is forgotten: the mask, the bias, the stride, a derivative",
    "formula": "another formula",
}


@dataclass
class Kind:
    """One kind: its mistakes, the rules that they are, and the exercises in which they are."""

    mistakes: set[str] = field(default_factory=set)
    rules: int = 0
    exercises: set[str] = field(default_factory=set)


def kinds() -> dict[str, Kind]:
    """The kinds, that with most mistakes first."""
    found = {name: Kind() for name in KINDS}
    for exercise in all_exercises().values():
        for rule in exercise.rules:
            kind = found[rule.kind]
            kind.mistakes.add(rule.family or rule.mistake)
            kind.rules += 1
            kind.exercises.add(exercise.name)
    return dict(sorted(found.items(), key=lambda item: -len(item[1].mistakes)))


def table() -> str:
    """As Markdown."""
    head = "| kind of mistake | mistakes | rules | exercises |\n| --- | --- | --- | --- |\n"
    rows = [(KINDS[n], len(k.mistakes), k.rules, len(k.exercises)) for n, k in kinds().items()]
    every = ("all", sum(row[1] for row in rows), sum(row[2] for row in rows), len(all_exercises()))
    return head + "".join(f"| {' | '.join(map(str, row))} |\n" for row in (*rows, every))


if __name__ == "__main__":
    print(table(), end="")
