"""matmul-simd: c = a b, in vector registers."""

from __future__ import annotations

from tinynn.workshop.contract import Exercise
from tinynn.workshop.products import ARGUMENTS, NUMPYS_OWN, oracle, rules, sizes

EXERCISE = Exercise(
    place=260,
    title="a matrix product in vector registers",
    function="matmul_simd",
    arguments=ARGUMENTS,
    oracle=oracle,
    rules=rules(),
    sums="k",
    sizes=sizes,
    empty="m",
    forbidden={"numpy": NUMPYS_OWN},
    languages=("cpp",),
)
