"""linear-dx: dx = dy w."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.workshop.contract import Exercise, Rules, read, write

wrong = Rules()


def oracle(dy: Any, w: Any, dx: Any) -> None:
    dx[...] = dy @ w


@wrong("w is read as if it lay (k, n) in memory: dy w^T for dy w", "layout")
def transposed(dy: Any, w: Any, dx: Any) -> None:
    dx[...] = dy @ w.reshape(w.shape[::-1]).T


@wrong("dy is read as if it lay (n, m) in memory: its strides are exchanged", "layout")
def dy_strides(dy: Any, w: Any, dx: Any) -> None:
    dx[...] = dy.reshape(dy.shape[::-1]).T @ w


@wrong("= for +=: only the last output sends something back", "sum")
def last_output(dy: Any, w: Any, dx: Any) -> None:
    dx[...] = dy[:, -1:] @ w[-1:]


@wrong("only the first output sends something back", "alone")
def first_output(dy: Any, w: Any, dx: Any) -> None:
    dx[...] = dy[:, :1] @ w[:1]


@wrong("the last output is left out of the sum", "end")
def short(dy: Any, w: Any, dx: Any) -> None:
    dx[...] = dy[:, :-1] @ w[:-1]


@wrong("dx is not cleared between the examples: each goes on from the one before", "sum")
def running_sum(dy: Any, w: Any, dx: Any) -> None:
    dx[...] = np.cumsum(dy @ w, 0)


@wrong("w is left out: every column of dx holds the sum of dy", "term")
def without_w(dy: Any, w: Any, dx: Any) -> None:
    dx[...] = dy.sum(1)[:, None]


@wrong("dy is left out: every row of dx holds the sum of the weights", "term")
def without_dy(dy: Any, w: Any, dx: Any) -> None:
    dx[...] = w.sum(0)


@wrong(
    "dy and w are summed first and multiplied then: the product belongs inside the sum over the outputs",
    "formula",
)
def product_of_sums(dy: Any, w: Any, dx: Any) -> None:
    dx[...] = np.outer(dy.sum(1), w.sum(0))


def by_kernel(linear_backward: Any, dy: Any, w: Any, dx: Any) -> None:
    """The exercise by tinynn's own kernel, of which the bank has mutants."""
    x = np.ones(dx.shape, w.dtype)
    dx[...] = linear_backward(dy, x, w, None, None, activation="identity", alpha=None)[0]


wrong.from_bank("linear_backward", by_kernel)

EXERCISE = Exercise(
    place=50,
    title="the input gradient of a linear layer, dx = dy w",
    function="linear_dx",
    arguments=(read("dy", "mn"), read("w", "nk"), write("dx", "mk")),
    oracle=oracle,
    rules=wrong,
    sums="n",
    empty="m",
)
