"""linear-db: db += the sum of dy over the batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.workshop.contract import Exercise, Rules, add, read

wrong = Rules()


def oracle(dy: Any, db: Any) -> None:
    db += dy.sum(0)


@wrong("the mean over the batch, not the sum: whoever wants a mean has put it into dy", "factor")
def mean(dy: Any, db: Any) -> None:
    if len(dy):
        db += dy.mean(0)


@wrong("the first example alone: the batch is not summed", "alone")
def first_example(dy: Any, db: Any) -> None:
    db += dy[:1].sum(0)


@wrong("= for +=: each example overwrites the one before", "sum")
def last_example(dy: Any, db: Any) -> None:
    if len(dy):
        db[...] = dy[-1]


@wrong("the last example alone is added", "alone")
def last_added(dy: Any, db: Any) -> None:
    db += dy[-1:].sum(0)


@wrong("the last example is left out", "end")
def short(dy: Any, db: Any) -> None:
    db += dy[:-1].sum(0)


@wrong("everything is summed: each output receives the gradients of all", "formula")
def all_of_it(dy: Any, db: Any) -> None:
    db += dy.sum()


@wrong("dy is read as if it lay (n, m) in memory: its strides are exchanged", "layout")
def strides(dy: Any, db: Any) -> None:
    db += dy.reshape(dy.shape[::-1]).sum(1)


@wrong("the absolute values are summed", "sign")
def absolute(dy: Any, db: Any) -> None:
    db += np.abs(dy).sum(0)


@wrong("the squares are summed", "factor")
def squares(dy: Any, db: Any) -> None:
    db += (dy * dy).sum(0)


@wrong("the examples are counted: dy is left out", "term")
def counted(dy: Any, db: Any) -> None:
    db += len(dy)


@wrong("the sum is not cleared: each output goes on from the one before", "sum")
def running_sum(dy: Any, db: Any) -> None:
    db += np.cumsum(dy.sum(0))


def by_kernel(linear_backward: Any, dy: Any, db: Any) -> None:
    """The exercise by tinynn's own kernel, of which the bank has mutants."""
    x, w = np.ones((len(dy), 1), dy.dtype), np.ones((dy.shape[1], 1), dy.dtype)
    db += linear_backward(dy, x, w, None, None, activation="identity", alpha=None)[2]


wrong.from_bank("linear_backward", by_kernel)

EXERCISE = Exercise(
    place=60,
    title="the bias gradient of a linear layer, db += sum of dy",
    function="linear_db",
    arguments=(read("dy", "mn"), add("db", "n")),
    oracle=oracle,
    rules=wrong,
    sums="m",
    empty="m",
)
