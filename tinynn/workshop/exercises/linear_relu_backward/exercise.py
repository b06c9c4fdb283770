"""linear-relu-backward: dz = dy (y > 0); dx = dz w, dw += dz^T x, db += sum of dz."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynn.workshop.contract import Exercise, Rules, add, read, write

wrong = Rules()


def gradients(dz: Any, x: Any, w: Any, dx: Any, dw: Any, db: Any) -> None:
    """The linear part."""
    dx[...] = dz @ w
    dw += dz.T @ x
    db += dz.sum(0)


def oracle(dy: Any, y: Any, x: Any, w: Any, dx: Any, dw: Any, db: Any) -> None:
    gradients(dy * (y > 0), x, w, dx, dw, db)


@wrong("the ReLU's mask is forgotten: dy goes straight into all three gradients", "term")
def no_mask(dy: Any, y: Any, x: Any, w: Any, dx: Any, dw: Any, db: Any) -> None:
    gradients(dy, x, w, dx, dw, db)


@wrong("dx forgets the ReLU's mask; dw and db have it", "term")
def no_mask_in_dx(dy: Any, y: Any, x: Any, w: Any, dx: Any, dw: Any, db: Any) -> None:
    oracle(dy, y, x, w, dx, dw, db)
    dx[...] = dy @ w


@wrong("dw forgets the ReLU's mask; dx and db have it", "term")
def no_mask_in_dw(dy: Any, y: Any, x: Any, w: Any, dx: Any, dw: Any, db: Any) -> None:
    oracle(dy, y, x, w, dx, dw, db)
    dw += (dy * (y <= 0)).T @ x


@wrong("db forgets the ReLU's mask; dx and dw have it", "term")
def no_mask_in_db(dy: Any, y: Any, x: Any, w: Any, dx: Any, dw: Any, db: Any) -> None:
    oracle(dy, y, x, w, dx, dw, db)
    db += (dy * (y <= 0)).sum(0)


@wrong("the mask is the wrong way round: dy passes where y = 0", "sign")
def inverted(dy: Any, y: Any, x: Any, w: Any, dx: Any, dw: Any, db: Any) -> None:
    gradients(dy * (y <= 0), x, w, dx, dw, db)


@wrong("the mask is taken from dy, not from y", "formula")
def mask_of_dy(dy: Any, y: Any, x: Any, w: Any, dx: Any, dw: Any, db: Any) -> None:
    gradients(np.maximum(dy, 0), x, w, dx, dw, db)


@wrong("y itself is the factor, not whether it is positive", "formula")
def times_y(dy: Any, y: Any, x: Any, w: Any, dx: Any, dw: Any, db: Any) -> None:
    gradients(dy * y, x, w, dx, dw, db)


@wrong("the mask is put on dx, where x > 0; it belongs on dy, where y > 0", "formula")
def mask_on_dx(dy: Any, y: Any, x: Any, w: Any, dx: Any, dw: Any, db: Any) -> None:
    gradients(dy, x, w, dx, dw, db)
    dx[...] *= x > 0


@wrong("dw and db are overwritten (=) where they are to be added to (+=)", "sum")
def both_overwritten(dy: Any, y: Any, x: Any, w: Any, dx: Any, dw: Any, db: Any) -> None:
    dw[...], db[...] = 0, 0
    oracle(dy, y, x, w, dx, dw, db)


def by_kernel(linear_backward: Any, dy: Any, y: Any, x: Any, w: Any, dx: Any, dw: Any, db: Any) -> None:
    """The exercise by tinynn's own kernel, of which the bank has mutants."""
    found = linear_backward(dy, x, w, y, None, activation="relu", alpha=None)
    dx[...] = found[0]
    dw += found[1]
    db += found[2]


wrong.from_bank("linear_backward", by_kernel)


def inputs(draw: Any, m: int, n: int, k: int) -> dict[str, Any]:
    """y comes from a ReLU: about half of it is an exact zero."""
    return {"y": np.maximum(draw(m, n), 0)}


EXERCISE = Exercise(
    place=70,
    title="back through a linear layer with ReLU, in one kernel",
    function="linear_relu_backward",
    arguments=(
        read("dy", "mn"),
        read("y", "mn"),
        read("x", "mk"),
        read("w", "nk"),
        write("dx", "mk"),
        add("dw", "nk"),
        add("db", "n"),
    ),
    oracle=oracle,
    rules=wrong,
    sums="mn",
    inputs=inputs,
    empty="m",
)
