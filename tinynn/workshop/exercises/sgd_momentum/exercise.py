"""sgd-momentum: v = momentum v + g, w = w - lr v."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.workshop.contract import Edge, Exercise, Rules, change, number, read

wrong = Rules()


def oracle(g: Any, v: Any, w: Any, lr: float, momentum: float) -> None:
    v *= momentum
    v += g
    w -= lr * v


@wrong("the weights are moved by the velocity of the step before: v is updated too late", "formula")
def old_velocity(g: Any, v: Any, w: Any, lr: float, momentum: float) -> None:
    w -= lr * v
    v[...] = momentum * v + g


@wrong("the velocity is not stored: the next step begins with the old one", "term")
def not_stored(g: Any, v: Any, w: Any, lr: float, momentum: float) -> None:
    w -= lr * (momentum * v + g)


@wrong("the momentum is forgotten: plain gradient descent, v = g", "term")
def plain(g: Any, v: Any, w: Any, lr: float, momentum: float) -> None:
    v[...] = g
    w -= lr * g


@wrong("the velocity is never slowed down: v = v + g", "term")
def not_slowed(g: Any, v: Any, w: Any, lr: float, momentum: float) -> None:
    v += g
    w -= lr * v


@wrong("the step goes uphill: w + lr v", "sign")
def uphill(g: Any, v: Any, w: Any, lr: float, momentum: float) -> None:
    v[...] = momentum * v + g
    w += lr * v


@wrong("the gradient is weighed by 1 - momentum: that is an average, another convention", "formula")
def average(g: Any, v: Any, w: Any, lr: float, momentum: float) -> None:
    v[...] = momentum * v + (1 - momentum) * g
    w -= lr * v


@wrong(
    "lr is inside the velocity: v = momentum v + lr g, another convention, not the same once lr changes",
    "formula",
)
def lr_inside(g: Any, v: Any, w: Any, lr: float, momentum: float) -> None:
    v[...] = momentum * v + lr * g
    w -= v


@wrong(
    "v = momentum v - lr g, w = w + v: another convention, in which v has another sign and another size",
    "sign",
)
def lr_and_sign_inside(g: Any, v: Any, w: Any, lr: float, momentum: float) -> None:
    v[...] = momentum * v - lr * g
    w += v


@wrong("v = momentum v - g, w = w + lr v: the same weights, but v has another sign, and is handed on", "sign")
def sign_inside(g: Any, v: Any, w: Any, lr: float, momentum: float) -> None:
    v[...] = momentum * v - g
    w += lr * v


@wrong("that is Nesterov's momentum, which looks one step ahead: w - lr (g + momentum v)", "formula")
def nesterov(g: Any, v: Any, w: Any, lr: float, momentum: float) -> None:
    v[...] = momentum * v + g
    w -= lr * (g + momentum * v)


@wrong("the momentum slows down the gradient too: v = momentum (v + g)", "formula")
def both_slowed(g: Any, v: Any, w: Any, lr: float, momentum: float) -> None:
    v[...] = momentum * (v + g)
    w -= lr * v


@wrong("lr is forgotten", "term")
def no_lr(g: Any, v: Any, w: Any, lr: float, momentum: float) -> None:
    v[...] = momentum * v + g
    w -= v


@wrong("lr and momentum are exchanged", "layout")
def exchanged(g: Any, v: Any, w: Any, lr: float, momentum: float) -> None:
    v[...] = lr * v + g
    w -= momentum * v


@wrong("the weights are shrunk by the momentum as well", "formula")
def weights_slowed(g: Any, v: Any, w: Any, lr: float, momentum: float) -> None:
    v[...] = momentum * v + g
    w[...] = momentum * w - lr * v


def inputs(draw: Any, n: int) -> dict[str, Any]:
    lr, momentum = draw.rng.uniform(0.2, 0.5), draw.rng.uniform(0.6, 0.95)
    return {"lr": float(np.float32(lr)), "momentum": float(np.float32(momentum))}


def at_rest(draw: Any, n: int) -> dict[str, Any]:
    """The first step of all."""
    return {"v": np.zeros(n), **inputs(draw, n)}


EXERCISE = Exercise(
    place=210,
    title="one step of gradient descent with momentum",
    function="sgd_momentum",
    arguments=(read("g", "n"), change("v", "n"), change("w", "n"), number("lr"), number("momentum")),
    oracle=oracle,
    rules=wrong,
    inputs=inputs,
    edges=(Edge("the first step: v is 0", at_rest),),
    cancels=("g", "v", "w"),
    empty="n",
)
