"""matmul-blocked: c = a b, in blocks."""

from __future__ import annotations

from tinynn.workshop.contract import Exercise
from tinynn.workshop.products import ARGUMENTS, NUMPYS_OWN, oracle, rules, sizes

EXERCISE = Exercise(
    place=240,
    title="a matrix product in blocks that stay in the cache",
    function="matmul_blocked",
    arguments=ARGUMENTS,
    oracle=oracle,
    rules=rules(),
    sums="k",
    sizes=sizes,
    empty="m",
    forbidden={"numpy": NUMPYS_OWN},
)
