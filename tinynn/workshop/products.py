"""The matrix product, c = a b: what its four exercises share.

They ask for the same numbers and differ in the way to them, so they have the mistakes of all ways in common:
blocks that leave a rest behind, packed copies that are old or too small, sums that are not cleared. Of blocks
and vectors the usual widths are tried.

m rows   k of the sum   n columns   t the width of a block
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from tinynn.workshop.contract import Argument, Function, Rule, Rules, Sizes, read, write
from tinynn.workshop.policy_python import PRODUCTS
from tinynn.workshop.practice import Practice, forward, into

WIDTHS = (2, 4, 8, 16, 32, 64)
LARGE = (0, 0, 64)  # added to a length: blocks are to have rests, and there is to be more than one
ARGUMENTS: tuple[Argument, ...] = (read("a", "mk"), read("b", "kn"), write("c", "mn"))
NUMPYS_OWN = PRODUCTS


def oracle(a: Any, b: Any, c: Any) -> None:
    c[...] = a @ b


def sizes(sizes: Sizes, rng: np.random.Generator) -> Sizes:
    """Half of all lengths as drawn, the others beyond a block of 64."""
    if set(sizes.values()) == {4} or 0 in sizes.values():
        return sizes
    return {letter: n + int(rng.choice(LARGE)) for letter, n in sizes.items()}


def by_width(t: int, mistake: Callable[[int, Any, Any, Any], None], a: Any, b: Any, c: Any) -> None:
    mistake(t, a, b, c)


def rest_of_sum(t: int, a: Any, b: Any, c: Any) -> None:
    whole = a.shape[1] - a.shape[1] % t
    c[...] = a[:, :whole] @ b[:whole]


def last_block(t: int, a: Any, b: Any, c: Any) -> None:
    start = (a.shape[1] - 1) // t * t
    c[...] = a[:, start:] @ b[start:]


def first_block(t: int, a: Any, b: Any, c: Any) -> None:
    c[...] = a[:, :t] @ b[:t]


def old_rows(t: int, a: Any, b: Any, c: Any) -> None:
    first = np.arange(len(a)) % t
    c[...] = a[first] @ b


def old_columns(t: int, a: Any, b: Any, c: Any) -> None:
    first = np.arange(b.shape[1]) % t
    c[...] = a @ b[:, first]


def old_sum(t: int, a: Any, b: Any, c: Any) -> None:
    """The packed b keeps the first t rows for every block of the sum."""
    first = np.arange(len(b)) % t
    c[...] = a @ b[first]


def running_columns(t: int, a: Any, b: Any, c: Any) -> None:
    """The accumulator goes on from one block of columns to the next."""
    right = a @ b
    for start in range(t, right.shape[1], t):
        width = min(t, right.shape[1] - start)
        right[:, start : start + width] += right[:, start - t : start - t + width]
    c[...] = right


def running_rows(t: int, a: Any, b: Any, c: Any) -> None:
    c_turned = np.empty(c.shape[::-1], c.dtype)
    running_columns(t, b.T, a.T, c_turned)
    c[...] = c_turned.T


BLOCKS = [
    (
        rest_of_sum,
        "end",
        "the last k mod {t} products are left out of the sum: the rest of the blocks of {t}",
    ),
    (
        last_block,
        "sum",
        "= for += between blocks of the sum: of every block of {t} the last one alone remains",
    ),
    (first_block, "alone", "the first {t} products alone: the other blocks of the sum are left out"),
    (old_rows, "alone", "the first {t} rows of a stand in for all blocks: a is not read, or packed, anew"),
    (
        old_columns,
        "alone",
        "the first {t} columns of b stand in for all blocks: b is not read, or packed, anew",
    ),
    (old_sum, "alone", "the first {t} rows of b stand in for all blocks of the sum: b is not packed anew"),
    (running_columns, "sum", "the sum is not cleared: it goes on from one block of {t} columns to the next"),
    (running_rows, "sum", "the sum is not cleared: it goes on from one block of {t} rows to the next"),
]


def a_strides(a: Any, b: Any, c: Any) -> None:
    c[...] = a.reshape(a.shape[::-1]).T @ b


def b_strides(a: Any, b: Any, c: Any) -> None:
    c[...] = a @ b.reshape(b.shape[::-1]).T


def last_product(a: Any, b: Any, c: Any) -> None:
    c[...] = np.outer(a[:, -1], b[-1])


def short(a: Any, b: Any, c: Any) -> None:
    c[...] = a[:, :-1] @ b[:-1]


def late(a: Any, b: Any, c: Any) -> None:
    c[...] = a[:, 1:] @ b[1:]


def sums_multiplied(a: Any, b: Any, c: Any) -> None:
    c[...] = np.outer(a.sum(1), b.sum(0))


def one_row(a: Any, b: Any, c: Any) -> None:
    c[...] = a[:1] @ b


def one_column(a: Any, b: Any, c: Any) -> None:
    c[...] = a @ b[:, :1]


PLAIN: list[tuple[Function, str, str]] = [
    (a_strides, "layout", "a is read as if it lay (k, m) in memory: its strides are exchanged"),
    (b_strides, "layout", "b is read as if it lay (n, k) in memory: that is a b^T"),
    (last_product, "sum", "= for += in the innermost loop: only the last product remains"),
    (short, "end", "the last product is left out of the sum"),
    (late, "end", "the first product is left out of the sum"),
    (
        sums_multiplied,
        "formula",
        "a and b are summed first and multiplied then: the product belongs inside the sum",
    ),
    (one_row, "alone", "the first row of a is used for all rows of c: its index does not move"),
    (one_column, "alone", "the first column of b is used for all columns of c: its index does not move"),
]


def rules() -> Rules:
    """All of them."""
    found = Rules(Rule(mistake, function, kind) for function, kind, mistake in PLAIN)
    for function, kind, family in BLOCKS:
        found += [Rule(family.format(t=t), partial(by_width, t, function), kind, family) for t in WIDTHS]
    return found


def by(mine: Any, x: Any, w: Any, b: Any, options: Any) -> Any:
    """A linear layer by a matrix product: y = x w^T, and the bias, which is added here."""
    return into(np.empty((len(x), len(w)), x.dtype), lambda y: mine(x, w.T.copy(), y)) + b


def ours(kernels: Any, a: Any, b: Any, c: Any) -> None:
    c[...] = kernels["matmul"](a, b)


PRACTICE = Practice(
    sizes={"m": 192, "k": 192, "n": 192},
    flops=lambda m, k, n: 2 * m * k * n,
    ours=ours,
    net="dense",
    joins=forward("linear_forward", by),
)
