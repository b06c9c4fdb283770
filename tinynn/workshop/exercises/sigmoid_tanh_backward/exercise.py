"""sigmoid-tanh-backward: du = dy s (1 - s), dv = dy (1 - t^2)."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.workshop.contract import Edge, Exercise, Rules, read, write

wrong = Rules()


def oracle(dy: Any, s: Any, t: Any, du: Any, dv: Any) -> None:
    du[...] = dy * s * (1 - s)
    dv[...] = dy * (1 - t * t)


def sigmoid(u: Any) -> Any:
    return 1 / (1 + np.exp(-u))


@wrong(
    "s and t are taken for the inputs: the functions are applied once more, their derivatives taken there",
    "formula",
)
def from_the_input(dy: Any, s: Any, t: Any, du: Any, dv: Any) -> None:
    oracle(dy, sigmoid(s), np.tanh(t), du, dv)


@wrong("the sigmoid's derivative is s (1 + s)", "formula")
def plus(dy: Any, s: Any, t: Any, du: Any, dv: Any) -> None:
    oracle(dy, s, t, du, dv)
    du[...] = dy * s * (1 + s)


@wrong("the tanh's derivative is 1 - t: the square is missing", "term")
def not_squared(dy: Any, s: Any, t: Any, du: Any, dv: Any) -> None:
    oracle(dy, s, t, du, dv)
    dv[...] = dy * (1 - t)


@wrong("the tanh's derivative is 1 + t^2", "formula")
def plus_square(dy: Any, s: Any, t: Any, du: Any, dv: Any) -> None:
    oracle(dy, s, t, du, dv)
    dv[...] = dy * (1 + t * t)


@wrong("the tanh's derivative is t (1 - t): that is the sigmoid's", "formula")
def tanh_like_sigmoid(dy: Any, s: Any, t: Any, du: Any, dv: Any) -> None:
    oracle(dy, s, t, du, dv)
    dv[...] = dy * t * (1 - t)


@wrong("the sigmoid's derivative is 1 - s^2: that is the tanh's", "formula")
def sigmoid_like_tanh(dy: Any, s: Any, t: Any, du: Any, dv: Any) -> None:
    oracle(dy, s, t, du, dv)
    du[...] = dy * (1 - s * s)


@wrong("the sigmoid's derivative is 1 - s: the factor s is missing", "term")
def factor_missing(dy: Any, s: Any, t: Any, du: Any, dv: Any) -> None:
    oracle(dy, s, t, du, dv)
    du[...] = dy * (1 - s)


@wrong("du and dv are exchanged", "layout")
def exchanged(dy: Any, s: Any, t: Any, du: Any, dv: Any) -> None:
    oracle(dy, s, t, dv, du)


@wrong("dy is left out: the derivatives alone", "term")
def without_dy(dy: Any, s: Any, t: Any, du: Any, dv: Any) -> None:
    oracle(np.ones_like(dy), s, t, du, dv)


@wrong("the derivatives are forgotten: dy is passed on", "term")
def passed_on(dy: Any, s: Any, t: Any, du: Any, dv: Any) -> None:
    du[...], dv[...] = dy, dy


@wrong("dy is multiplied by the outputs, not by the derivatives", "factor")
def times_output(dy: Any, s: Any, t: Any, du: Any, dv: Any) -> None:
    du[...], dv[...] = dy * s, dy * t


@wrong("the derivative is applied twice", "factor")
def twice(dy: Any, s: Any, t: Any, du: Any, dv: Any) -> None:
    du[...], dv[...] = dy * (s * (1 - s)) ** 2, dy * (1 - t * t) ** 2


def by_kernel(activation_backward: Any, dy: Any, s: Any, t: Any, du: Any, dv: Any) -> None:
    """The exercise by tinynn's own kernel, of which the bank has mutants."""
    du[...] = activation_backward(dy, s, None, activation="sigmoid", alpha=None)[0]
    dv[...] = activation_backward(dy, t, None, activation="tanh", alpha=None)[0]


wrong.from_bank("activation_backward", by_kernel)


def inputs(draw: Any, m: int, n: int) -> dict[str, Any]:
    """s in 0..1, t in -1..1."""
    return {"s": sigmoid(2 * draw(m, n)), "t": np.tanh(draw(m, n))}


def saturated(draw: Any, m: int, n: int) -> dict[str, Any]:
    return {"s": (draw(m, n) > 0) * 1.0, "t": np.sign(draw(m, n))}


EXERCISE = Exercise(
    place=80,
    title="back through sigmoid and tanh, from their outputs",
    function="sigmoid_tanh_backward",
    arguments=(read("dy", "mn"), read("s", "mn"), read("t", "mn"), write("du", "mn"), write("dv", "mn")),
    oracle=oracle,
    rules=wrong,
    inputs=inputs,
    edges=(Edge("saturated: s is 0 or 1, t is -1, 0 or 1", saturated),),
    cancels=("dy",),
    empty="m",
)
