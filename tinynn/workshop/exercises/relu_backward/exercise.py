"""relu-backward: dx = dy where y > 0, else 0."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.workshop.contract import Edge, Exercise, Rules, read, write

wrong = Rules()


def oracle(dy: Any, y: Any, dx: Any) -> None:
    dx[...] = dy * (y > 0)


@wrong(
    "at the kink the derivative is taken for 1: y >= 0 for y > 0, and a ReLU's y is never below 0", "formula"
)
def kink_is_one(dy: Any, y: Any, dx: Any) -> None:
    dx[...] = dy * (y >= 0)


@wrong("at the kink the derivative is taken for 1/2", "formula")
def kink_is_half(dy: Any, y: Any, dx: Any) -> None:
    dx[...] = dy * np.where(y > 0, 1, 0.5)


@wrong("the mask is the wrong way round: dy passes where y = 0", "sign")
def inverted(dy: Any, y: Any, dx: Any) -> None:
    dx[...] = dy * (y <= 0)


@wrong("the mask is taken from dy, not from y", "formula")
def mask_of_dy(dy: Any, y: Any, dx: Any) -> None:
    dx[...] = np.maximum(dy, 0)


@wrong("y itself is the factor, not whether it is positive", "formula")
def times_y(dy: Any, y: Any, dx: Any) -> None:
    dx[...] = dy * y


@wrong("dy is left out: the mask alone", "term")
def mask_alone(dy: Any, y: Any, dx: Any) -> None:
    dx[...] = y > 0


@wrong("only the places with y > 0 are written; the others keep what was in the buffer", "sum")
def zeros_not_written(dy: Any, y: Any, dx: Any) -> None:
    dx[y > 0] = dy[y > 0]


@wrong("the mask of the first row is used for all rows", "alone")
def first_mask(dy: Any, y: Any, dx: Any) -> None:
    dx[...] = dy * (y[:1] > 0)


@wrong("forward instead of backward: max(y, 0)", "sign")
def forward_again(dy: Any, y: Any, dx: Any) -> None:
    dx[...] = np.maximum(y, 0)


@wrong("a leaky slope of 0.01 where y = 0; this is the plain ReLU", "formula")
def leaky(dy: Any, y: Any, dx: Any) -> None:
    dx[...] = dy * np.where(y > 0, 1, 0.01)


def by_kernel(activation_backward: Any, dy: Any, y: Any, dx: Any) -> None:
    """The exercise by tinynn's own kernel, of which the bank has mutants."""
    dx[...] = activation_backward(dy, y, None, activation="relu", alpha=None)[0]


wrong.from_bank("activation_backward", by_kernel)


def inputs(draw: Any, m: int, n: int) -> dict[str, Any]:
    """y comes from a ReLU: about half of it is an exact zero."""
    return {"y": np.maximum(draw(m, n), 0)}


EXERCISE = Exercise(
    place=30,
    title="back through a ReLU, dx = dy where y > 0",
    function="relu_backward",
    arguments=(read("dy", "mn"), read("y", "mn"), write("dx", "mn")),
    oracle=oracle,
    rules=wrong,
    inputs=inputs,
    edges=(Edge("a layer that is dead: y is 0 everywhere", lambda draw, m, n: {"y": np.zeros((m, n))}),),
    empty="m",
)
