"""maxpool-backward: dx[m, h, w] += dy[m, p, q] where (h, w) is the first largest of window (p, q)."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from tinynn.workshop.contract import Edge, Exercise, Rules, number, read, write
from tinynn.workshop.windows import outputs, small

wrong = Rules()
FLOOR = -100
KERNELS, STEPS = (2, 3, 4), (1, 2, 3)


def windows(x: Any, dy: Any, k: int, stride: int) -> Any:
    """Every window written as one row, the first row of it first: (M, P, Q, k k)."""
    rows = (np.arange(dy.shape[1])[:, None] * stride + np.arange(k))[:, None, :, None]
    columns = (np.arange(dy.shape[2])[:, None] * stride + np.arange(k))[:, None, :]
    return x[:, rows, columns].reshape(*dy.shape, k * k)


def places(dy: Any, arg: Any, k: int, stride: int) -> Any:
    """The index into dx of place `arg` (M, P, Q) of every window."""
    m, p, q = np.indices(dy.shape)
    return m, p * stride + arg // k, q * stride + arg % k


def give(dy: Any, dx: Any, arg: Any, k: int, stride: int) -> None:
    """Clear dx, and let place `arg` of every window receive its dy."""
    dx[...] = 0
    np.add.at(dx, places(dy, arg, k, stride), dy)


def to_each(share: Any, dx: Any, k: int, stride: int) -> None:
    """Clear dx, and let place i of every window receive share[..., i]."""
    total = np.zeros_like(dx)
    for i in range(k * k):
        give(share[..., i], dx, i, k, stride)
        total += dx
    dx[...] = total


def oracle(dy: Any, x: Any, dx: Any, k: int, stride: int) -> None:
    give(dy, dx, windows(x, dy, k, stride).argmax(-1), k, stride)


@wrong("ties: every place that equals the largest receives dy; only the first may", "formula")
def all_of_equals(dy: Any, x: Any, dx: Any, k: int, stride: int) -> None:
    seen = windows(x, dy, k, stride)
    to_each(dy[..., None] * (seen == seen.max(-1, keepdims=True)), dx, k, stride)


@wrong(
    "ties: dy is shared among the places that equal the largest; the first is to have all of it", "formula"
)
def shared_by_equals(dy: Any, x: Any, dx: Any, k: int, stride: int) -> None:
    seen = windows(x, dy, k, stride)
    won = (seen == seen.max(-1, keepdims=True)).astype(dy.dtype)
    to_each(dy[..., None] * won / won.sum(-1, keepdims=True), dx, k, stride)


@wrong("ties: of equals the last wins, not the first: >= stands where > belongs", "formula")
def last_of_equals(dy: Any, x: Any, dx: Any, k: int, stride: int) -> None:
    give(dy, dx, k * k - 1 - windows(x, dy, k, stride)[..., ::-1].argmax(-1), k, stride)


@wrong("ties: of equals the first in the order of columns wins, not in the order of rows", "formula")
def first_by_columns(dy: Any, x: Any, dx: Any, k: int, stride: int) -> None:
    seen = windows(x, dy, k, stride)
    arg = seen.reshape(*dy.shape, k, k).swapaxes(-1, -2).reshape(seen.shape).argmax(-1)
    give(dy, dx, arg % k * k + arg // k, k, stride)


@wrong("= for +=: an element that wins several windows keeps the gradient of the last", "sum")
def last_window(dy: Any, x: Any, dx: Any, k: int, stride: int) -> None:
    dx[...] = 0
    dx[places(dy, windows(x, dy, k, stride).argmax(-1), k, stride)] = dy


@wrong("= for +=, and dx is not cleared: what has won nothing keeps the garbage that stood there", "sum")
def last_window_uncleared(dy: Any, x: Any, dx: Any, k: int, stride: int) -> None:
    dx[places(dy, windows(x, dy, k, stride).argmax(-1), k, stride)] = dy


@wrong("what has won nothing keeps the garbage that stood there: its gradient is 0", "sum")
def losers_left(dy: Any, x: Any, dx: Any, k: int, stride: int) -> None:
    won = places(dy, windows(x, dy, k, stride).argmax(-1), k, stride)
    dx[won] = 0
    np.add.at(dx, won, dy)


@wrong("dy goes to every place of the window, not to the largest alone", "formula")
def to_all(dy: Any, x: Any, dx: Any, k: int, stride: int) -> None:
    to_each(np.repeat(dy[..., None], k * k, -1), dx, k, stride)


@wrong("dy is spread evenly over the window: that is the gradient of the mean", "factor")
def mean(dy: Any, x: Any, dx: Any, k: int, stride: int) -> None:
    to_each(np.repeat(dy[..., None], k * k, -1) / (k * k), dx, k, stride)


@wrong("dy goes to the first place of each window, whoever has won", "alone")
def first_place(dy: Any, x: Any, dx: Any, k: int, stride: int) -> None:
    give(dy, dx, 0, k, stride)


@wrong("the search begins with 0: in a window of negative numbers nobody wins", "formula")
def begun_with_zero(dy: Any, x: Any, dx: Any, k: int, stride: int) -> None:
    seen = windows(x, dy, k, stride)
    give(dy * (seen.max(-1) > 0), dx, seen.argmax(-1), k, stride)


@wrong(
    "the search begins with 0 at the first place: in a window of negative numbers that one wins", "formula"
)
def first_if_negative(dy: Any, x: Any, dx: Any, k: int, stride: int) -> None:
    seen = windows(x, dy, k, stride)
    give(dy, dx, np.where(seen.max(-1) > 0, seen.argmax(-1), 0), k, stride)


@wrong(
    "the search begins with a number such as -100: in a window of numbers far below it nobody wins", "formula"
)
def begun_too_high(dy: Any, x: Any, dx: Any, k: int, stride: int) -> None:
    seen = windows(x, dy, k, stride)
    give(dy * (seen.max(-1) > FLOOR), dx, seen.argmax(-1), k, stride)


@wrong(
    "the search begins with a number such as -100: in a window of numbers far below it the first place wins",
    "formula",
)
def first_if_low(dy: Any, x: Any, dx: Any, k: int, stride: int) -> None:
    seen = windows(x, dy, k, stride)
    give(dy, dx, np.where(seen.max(-1) > FLOOR, seen.argmax(-1), 0), k, stride)


@wrong("the smallest of the window wins", "sign")
def smallest(dy: Any, x: Any, dx: Any, k: int, stride: int) -> None:
    give(dy, dx, windows(x, dy, k, stride).argmin(-1), k, stride)


@wrong("the largest absolute value wins", "formula")
def largest_size(dy: Any, x: Any, dx: Any, k: int, stride: int) -> None:
    give(dy, dx, np.abs(windows(x, dy, k, stride)).argmax(-1), k, stride)


@wrong("dy is multiplied by the largest number: the derivative is 1", "factor")
def times_x(dy: Any, x: Any, dx: Any, k: int, stride: int) -> None:
    oracle(dy * windows(x, dy, k, stride).max(-1), x, dx, k, stride)


@wrong("the winner's row and column in the window are exchanged", "layout")
def exchanged(dy: Any, x: Any, dx: Any, k: int, stride: int) -> None:
    arg = windows(x, dy, k, stride).argmax(-1)
    give(dy, dx, arg % k * k + arg // k, k, stride)


@wrong("the last row and column of each window are not searched", "end")
def short_window(dy: Any, x: Any, dx: Any, k: int, stride: int) -> None:
    arg = windows(x, dy, k, stride).reshape(*dy.shape, k, k)[..., :-1, :-1]
    arg = arg.reshape(*dy.shape, (k - 1) ** 2).argmax(-1)
    give(dy, dx, arg // (k - 1) * k + arg % (k - 1), k, stride)


@wrong("the stride is forgotten: window (p, q) is looked for at (p, q)", "term")
def without_stride(dy: Any, x: Any, dx: Any, k: int, stride: int) -> None:
    oracle(dy, x, dx, k, 1)


@wrong("the last row of windows sends nothing back", "end")
def without_last_row(dy: Any, x: Any, dx: Any, k: int, stride: int) -> None:
    oracle(dy[:, :-1], x, dx, k, stride)


@wrong("the last window of each row sends nothing back", "end")
def without_last_column(dy: Any, x: Any, dx: Any, k: int, stride: int) -> None:
    oracle(dy[:, :, :-1], x, dx, k, stride)


@wrong("the winners of the first plane are used for all", "alone")
def first_plane(dy: Any, x: Any, dx: Any, k: int, stride: int) -> None:
    oracle(dy, np.broadcast_to(x[:1], x.shape) if len(x) else x, dx, k, stride)


def pool_options(k: int, stride: int) -> dict[str, Any]:
    return {"kernel": (k, k), "stride": (stride, stride), "padding": (0, 0)}


def by_kernel(max_pool2d_backward: Any, dy: Any, x: Any, dx: Any, k: int, stride: int) -> None:
    """The exercise by tinynn's own kernel, of which the bank has mutants."""
    arg, size = windows(x, dy, k, stride).argmax(-1), dx.shape[1:]
    dx[...] = max_pool2d_backward(dy[None], arg[None], size=size, **pool_options(k, stride))[0]


wrong.from_bank("max_pool2d_backward", by_kernel)


def sizes(sizes: dict[str, int], rng: np.random.Generator) -> dict[str, int]:
    """H and W follow from the windows."""
    k, s, p, q = int(rng.choice(KERNELS)), int(rng.choice(STEPS)), small(sizes["P"], 5), sizes["Q"]
    rest = int(rng.integers(s))
    plane = {"H": (p - 1) * s + k + rest, "W": (q - 1) * s + k + rest}
    return {**sizes, **plane, "M": small(sizes["M"], 4), "P": p}


def inputs(draw: Any, **sizes: int) -> dict[str, Any]:
    """Numbers without ties, and a window and a stride that fit."""
    x = draw.rng.normal(size=(sizes["M"], sizes["H"], sizes["W"]))
    axes = (sizes["H"], sizes["P"]), (sizes["W"], sizes["Q"])
    fitting = [
        (k, s)
        for k, s in product(KERNELS, STEPS)
        if all(outputs(length, k, s, 0) == out for length, out in axes)
    ]
    k, s = draw.rng.choice(fitting)
    return {"x": x, "k": int(k), "stride": int(s)}


def after_relu(draw: Any, **sizes: int) -> dict[str, Any]:
    found = inputs(draw, **sizes)
    return {**found, "x": np.maximum(found["x"], 0)}


def few_values(draw: Any, **sizes: int) -> dict[str, Any]:
    found = inputs(draw, **sizes)
    return {**found, "x": np.round(found["x"])}


def negative(draw: Any, **sizes: int) -> dict[str, Any]:
    found = inputs(draw, **sizes)
    return {**found, "x": -1 - np.abs(found["x"])}


def far_below(draw: Any, **sizes: int) -> dict[str, Any]:
    found = inputs(draw, **sizes)
    return {**found, "x": found["x"] - 1e4}


def all_equal(draw: Any, **sizes: int) -> dict[str, Any]:
    found = inputs(draw, **sizes)
    return {**found, "x": np.full_like(found["x"], -2)}


EXERCISE = Exercise(
    place=150,
    title="back through a max-pool: the winner takes it all",
    function="maxpool_backward",
    arguments=(
        read("dy", "MPQ"),
        read("x", "MHW"),
        write("dx", "MHW"),
        number("k", "count"),
        number("stride", "count"),
    ),
    oracle=oracle,
    rules=wrong,
    inputs=inputs,
    sizes=sizes,
    edges=(
        Edge("ties: x comes from a ReLU, about half of it is 0", after_relu),
        Edge("ties: x holds whole numbers", few_values),
        Edge("all numbers are negative", negative),
        Edge("all numbers are equal", all_equal),
        Edge("all numbers are about -10000", far_below),
    ),
    cancels=("dy",),
    empty="M",
)
