"""shared-weight: du[index[i]] += dw[i]."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.workshop.contract import Edge, Exercise, Rules, add, read

wrong = Rules()


def oracle(dw: Any, index: Any, du: Any) -> None:
    np.add.at(du, index, dw)


@wrong("a row named more than once keeps one of its gradients: du[index] += dw adds only the last", "sum")
def last_added(dw: Any, index: Any, du: Any) -> None:
    du[index] += dw


@wrong("= for +=: the last use overwrites what was there", "sum")
def last_wins(dw: Any, index: Any, du: Any) -> None:
    du[index] = dw


@wrong("a row named more than once keeps only its first use", "sum")
def first_wins(dw: Any, index: Any, du: Any) -> None:
    rows, first = np.unique(index, return_index=True)
    du[rows] += dw[first]


@wrong("the uses of a row are averaged, not summed", "factor")
def averaged(dw: Any, index: Any, du: Any) -> None:
    count = np.bincount(index, minlength=len(du))
    np.add.at(du, index, dw / count[index][:, None].astype(dw.dtype))


@wrong("the index is ignored: use i is added to row i", "term")
def ignored(dw: Any, index: Any, du: Any) -> None:
    n = min(len(dw), len(du))
    du[:n] += dw[:n]


@wrong("gather for scatter: row index[i] of dw is added to row i", "formula")
def gathered(dw: Any, index: Any, du: Any) -> None:
    n = min(len(index), len(du))
    du[:n] += dw[index[:n] % max(len(dw), 1)]


@wrong("the index is one too small: counted from 1", "shift")
def from_one(dw: Any, index: Any, du: Any) -> None:
    np.add.at(du, (index - 1) % len(du), dw)


@wrong("every row receives the sum of all uses", "formula")
def everybody(dw: Any, index: Any, du: Any) -> None:
    du += dw.sum(0)


@wrong("the last use is left out", "end")
def short(dw: Any, index: Any, du: Any) -> None:
    np.add.at(du, index[:-1], dw[:-1])


@wrong("the uses are counted: dw is left out", "term")
def counted(dw: Any, index: Any, du: Any) -> None:
    np.add.at(du, index, np.ones_like(dw))


@wrong("the gradients of all uses are multiplied, not added", "formula")
def multiplied(dw: Any, index: Any, du: Any) -> None:
    product = np.ones_like(du)
    np.multiply.at(product, index, dw)
    named = np.unique(index)
    du[named] += product[named]


def by_kernel(scatter_add_rows: Any, dw: Any, index: Any, du: Any) -> None:
    """The exercise by tinynn's own kernel, of which the bank has mutants."""
    du += scatter_add_rows(dw, index, len(du))


wrong.from_bank("scatter_add_rows", by_kernel)


def inputs(draw: Any, m: int, k: int, u: int) -> dict[str, Any]:
    return {"index": draw.integers(m, u)}


def one_row(draw: Any, m: int, k: int, u: int) -> dict[str, Any]:
    return {"index": np.full(m, u - 1)}


EXERCISE = Exercise(
    place=110,
    title="a weight that is used more than once: du[index] += dw",
    function="shared_weight",
    arguments=(read("dw", "mk"), read("index", "m", "index"), add("du", "uk")),
    oracle=oracle,
    rules=wrong,
    sums="m",
    inputs=inputs,
    edges=(Edge("all uses are of the last row", one_row),),
    empty="m",
)
