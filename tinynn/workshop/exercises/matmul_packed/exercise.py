"""matmul-packed: c = a b, in packed blocks."""

from __future__ import annotations

from tinynn.workshop.contract import Exercise
from tinynn.workshop.products import ARGUMENTS, NUMPYS_OWN, oracle, rules, sizes

EXERCISE = Exercise(
    place=250,
    title="a matrix product that packs its blocks",
    function="matmul_packed",
    arguments=ARGUMENTS,
    oracle=oracle,
    rules=rules(),
    sums="k",
    sizes=sizes,
    empty="m",
    forbidden={"numpy": NUMPYS_OWN},
)
