"""linear-dw: dw += dy^T x."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.workshop.contract import Exercise, Rules, add, read

wrong = Rules()


def oracle(dy: Any, x: Any, dw: Any) -> None:
    dw += dy.T @ x


@wrong("the first example alone: the batch is not summed", "alone")
def first_example(dy: Any, x: Any, dw: Any) -> None:
    dw += dy[:1].T @ x[:1]


@wrong(
    "dy and x are summed first and multiplied then: the product belongs inside the sum over the batch",
    "formula",
)
def product_of_sums(dy: Any, x: Any, dw: Any) -> None:
    dw += np.outer(dy.sum(0), x.sum(0))


@wrong("dy stands in for its square: dy appears twice in the product", "formula")
def dy_squared(dy: Any, x: Any, dw: Any) -> None:
    dw += (dy * dy).T @ x


@wrong("x is left out: every column of dw holds the gradient of the bias", "term")
def without_x(dy: Any, x: Any, dw: Any) -> None:
    dw += dy.sum(0)[:, None]


@wrong("dy is left out: every row of dw holds the sum of the inputs", "term")
def without_dy(dy: Any, x: Any, dw: Any) -> None:
    dw += x.sum(0)


@wrong("the absolute value of dy is taken", "sign")
def absolute(dy: Any, x: Any, dw: Any) -> None:
    dw += np.abs(dy).T @ x


@wrong("dy is read as if it lay (n, m) in memory: its strides are exchanged", "layout")
def dy_strides(dy: Any, x: Any, dw: Any) -> None:
    dw += dy.reshape(dy.shape[::-1]) @ x


@wrong("x is read as if it lay (k, m) in memory: its strides are exchanged", "layout")
def x_strides(dy: Any, x: Any, dw: Any) -> None:
    dw += dy.T @ x.reshape(x.shape[::-1]).T


@wrong("= for += inside the loop over the batch: each example overwrites the one before", "sum")
def last_example(dy: Any, x: Any, dw: Any) -> None:
    if len(dy):
        dw[...] = dy[-1:].T @ x[-1:]


def by_kernel(linear_backward: Any, dy: Any, x: Any, dw: Any) -> None:
    """The exercise by tinynn's own kernel, of which the bank has mutants."""
    w = np.ones((dy.shape[1], x.shape[1]), x.dtype)
    dw += linear_backward(dy, x, w, None, None, activation="identity", alpha=None)[1]


wrong.from_bank("linear_backward", by_kernel)

EXERCISE = Exercise(
    place=40,
    title="the weight gradient of a linear layer, dw += dy^T x",
    function="linear_dw",
    arguments=(read("dy", "mn"), read("x", "mk"), add("dw", "nk")),
    oracle=oracle,
    rules=wrong,
    sums="m",
    empty="m",
)
