"""neuron-forward: y = max(w . x + b, 0)."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.workshop.contract import Exercise, Rules, number, read, write

wrong = Rules()


def relu(z: Any) -> Any:
    return np.maximum(z, 0)


def oracle(x: Any, w: Any, y: Any, b: float) -> None:
    y[...] = relu(x @ w + b)


@wrong("the bias is forgotten", "term")
def no_bias(x: Any, w: Any, y: Any, b: float) -> None:
    y[...] = relu(x @ w)


@wrong("the ReLU is forgotten: a neuron that only adds is no neuron yet", "term")
def no_relu(x: Any, w: Any, y: Any, b: float) -> None:
    y[...] = x @ w + b


@wrong("the bias is added after the ReLU; it belongs inside", "formula")
def bias_late(x: Any, w: Any, y: Any, b: float) -> None:
    y[...] = relu(x @ w) + b


@wrong("the ReLU is applied to every product, not to their sum", "formula")
def relu_of_products(x: Any, w: Any, y: Any, b: float) -> None:
    y[...] = relu(x * w).sum(1) + b


@wrong("the bias is added once for every input", "factor")
def bias_for_each(x: Any, w: Any, y: Any, b: float) -> None:
    y[...] = relu(x @ w + b * len(w))


@wrong("the sum is not cleared: each example goes on from the one before", "sum")
def running_sum(x: Any, w: Any, y: Any, b: float) -> None:
    y[...] = relu(np.cumsum(x @ w) + b)


@wrong("= for +=: only the last input counts", "sum")
def last_input(x: Any, w: Any, y: Any, b: float) -> None:
    y[...] = relu(x[:, -1] * w[-1] + b)


@wrong("the last input is left out", "end")
def short(x: Any, w: Any, y: Any, b: float) -> None:
    y[...] = relu(x[:, :-1] @ w[:-1] + b)


@wrong("the products are averaged, not summed", "factor")
def averaged(x: Any, w: Any, y: Any, b: float) -> None:
    y[...] = relu((x * w).mean(1) + b)


@wrong("the absolute value is taken, not the positive part", "sign")
def absolute(x: Any, w: Any, y: Any, b: float) -> None:
    y[...] = np.abs(x @ w + b)


@wrong("the first example is taken for all of them", "alone")
def first_example(x: Any, w: Any, y: Any, b: float) -> None:
    y[...] = relu(x[0] @ w + b)


@wrong("x is read as if it lay (k, m) in memory: its strides are exchanged", "layout")
def strides(x: Any, w: Any, y: Any, b: float) -> None:
    y[...] = relu(w @ x.reshape(x.shape[::-1]) + b)


def inputs(draw: Any, **sizes: int) -> dict[str, Any]:
    """A bias of the size of the sum, so that it matters."""
    return {"b": float(np.float32(draw.rng.uniform(0.5, 1.5)))}


EXERCISE = Exercise(
    place=10,
    title="one neuron forward, y = max(w . x + b, 0)",
    function="neuron_forward",
    arguments=(read("x", "mk"), read("w", "k"), write("y", "m"), number("b")),
    oracle=oracle,
    rules=wrong,
    sums="k",
    inputs=inputs,
    empty="m",
)
