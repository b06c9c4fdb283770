"""What kinds of mistakes the bank knows, and in how many exercises: `python -m tinynn.workshop.kinds`

By the words of their sentences, the first kind that fits. docs/teaching.md shows the table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tinynn.workshop.load import all_exercises

KINDS = (
    (
        "a sum is overwritten, or goes on where it should begin (= for +=, += for =)",
        r"= for \+=|overwrit|garbage|cleared|remains|adds only the last",
    ),
    (
        "an end is left out: a row, a window, the tail of a block",
        r"left out|first .* alone|dropped|only the (first|last)|the last|the first",
    ),
    (
        "an array is read as if it lay otherwise in memory",
        r"as if it lay|strides|transposed|exchanged|channels last|rows and columns",
    ),
    (
        "a factor: the batch size, 2, a mean for a sum",
        r"mean|divided|1/N|batch size|halv|twice|factor|averag|square|number of",
    ),
    ("a sign, or the other direction", r"sign|backwards|reverse|falling|rising|forward pass"),
    (
        "a term is forgotten: the mask, the bias, the stride, a derivative",
        r"forgotten|ignore|not subtracted|stands? in|is taken",
    ),
)
OTHER = "what belongs to one exercise alone"


@dataclass
class Kind:
    """One kind: so many rules, in so many exercises."""

    rules: int = 0
    exercises: set[str] = field(default_factory=set)


def kinds() -> dict[str, Kind]:
    """The kinds, the most frequent first; what fits none comes last."""
    found = {name: Kind() for name in (*(name for name, _ in KINDS), OTHER)}
    for exercise in all_exercises().values():
        for rule in exercise.rules:
            name = next((n for n, words in KINDS if re.search(words, rule.mistake)), OTHER)
            found[name].rules += 1
            found[name].exercises.add(exercise.name)
    return dict(sorted(found.items(), key=lambda item: (item[0] == OTHER, -item[1].rules)))


def table() -> str:
    """As Markdown."""
    head = "| kind of mistake | rules | exercises |\n| --- | --- | --- |\n"
    return head + "".join(f"| {n} | {k.rules} | {len(k.exercises)} |\n" for n, k in kinds().items())


if __name__ == "__main__":
    print(table(), end="")
