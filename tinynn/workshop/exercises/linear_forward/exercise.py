"""linear-forward: y = x w^T + b."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.workshop.contract import Exercise, Rules, read, write

wrong = Rules()


def oracle(x: Any, w: Any, b: Any, y: Any) -> None:
    y[...] = x @ w.T + b


@wrong("w is read as if it lay (k, n) in memory: x w for x w^T", "layout")
def not_transposed(x: Any, w: Any, b: Any, y: Any) -> None:
    y[...] = x @ w.reshape(w.shape[::-1]) + b


@wrong("x is read as if it lay (k, m) in memory: its strides are exchanged", "layout")
def x_strides(x: Any, w: Any, b: Any, y: Any) -> None:
    y[...] = x.reshape(x.shape[::-1]).T @ w.T + b


@wrong("the bias is forgotten", "term")
def no_bias(x: Any, w: Any, b: Any, y: Any) -> None:
    y[...] = x @ w.T


@wrong("the first bias is used for all outputs", "alone")
def first_bias(x: Any, w: Any, b: Any, y: Any) -> None:
    y[...] = x @ w.T + b[0]


@wrong("the bias is added once for every input", "factor")
def bias_for_each(x: Any, w: Any, b: Any, y: Any) -> None:
    y[...] = x @ w.T + b * x.shape[1]


@wrong("the bias belongs to the output, not to the example: b[i] for b[j]", "formula")
def bias_of_row(x: Any, w: Any, b: Any, y: Any) -> None:
    y[...] = x @ w.T + b[np.arange(len(x)) % len(b)][:, None]


@wrong("the bias is subtracted", "sign")
def bias_subtracted(x: Any, w: Any, b: Any, y: Any) -> None:
    y[...] = x @ w.T - b


@wrong("= for +=: only the last input counts", "sum")
def last_input(x: Any, w: Any, b: Any, y: Any) -> None:
    y[...] = x[:, -1:] @ w[:, -1:].T + b


@wrong("the last input is left out", "end")
def short(x: Any, w: Any, b: Any, y: Any) -> None:
    y[...] = x[:, :-1] @ w[:, :-1].T + b


@wrong("the inputs beyond a multiple of 8 are left out: the vector tail of the sum", "end")
def tail_of_sum(x: Any, w: Any, b: Any, y: Any) -> None:
    k = x.shape[1] // 8 * 8
    y[...] = x[:, :k] @ w[:, :k].T + b


@wrong("the sum is not cleared: each output goes on from the one before", "sum")
def running_sum(x: Any, w: Any, b: Any, y: Any) -> None:
    y[...] = np.cumsum(x @ w.T, 1) + b


@wrong("the products are averaged over the inputs, not summed", "factor")
def averaged(x: Any, w: Any, b: Any, y: Any) -> None:
    y[...] = x @ w.T / x.shape[1] + b


@wrong("the first row of w is used for all outputs", "alone")
def first_weights(x: Any, w: Any, b: Any, y: Any) -> None:
    y[...] = x @ w[:1].T + b


EXERCISE = Exercise(
    place=20,
    title="a linear layer forward, y = x w^T + b",
    function="linear_forward",
    arguments=(read("x", "mk"), read("w", "nk"), read("b", "n"), write("y", "mn")),
    oracle=oracle,
    rules=wrong,
    sums="k",
    empty="m",
)
