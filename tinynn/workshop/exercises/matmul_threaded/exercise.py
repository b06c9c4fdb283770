"""matmul-threaded: c = a b, on two threads."""

from __future__ import annotations

from tinynn.workshop.contract import Exercise
from tinynn.workshop.products import ARGUMENTS, NUMPYS_OWN, oracle, rules, sizes

EXERCISE = Exercise(
    place=270,
    title="a matrix product on several threads",
    function="matmul_threaded",
    arguments=ARGUMENTS,
    oracle=oracle,
    rules=rules(),
    sums="k",
    sizes=sizes,
    empty="m",
    forbidden={"numpy": NUMPYS_OWN},
    languages=("cpp",),
    threads=1,
)
