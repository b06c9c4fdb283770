"""chain: narrow layers and their softmax cross-entropy, forward and backward, in one kernel.

    before                                          after
    linear_forward    x -> h                        chain_cross_entropy
    linear_forward    h -> z                            x, labels, w, b -> loss, z, dw, db
    cross_entropy_forward   z -> loss, p            sgd_step ...
    cross_entropy_backward  p -> dz
    linear_backward   dz -> dh, dw, db
    linear_backward   dh -> dw, db
    sgd_step ...

The kernel takes a block of points through all layers and back before it begins the next: no array lies
between two layers, and lanes run along the points, so that layers of two neurons fill them. It begins at the
first layer behind which all are narrow; a wide one before it receives dx. Where no layer is narrow the loss
alone is left: softmax, loss and gradient in one pass over the logits.

Error: an output is the same sum of at most 17 terms, the bias first instead of last; it may move by a few
roundings. A gradient of a parameter, and the loss, is summed over the m points in another order: it may move
by sqrt(m) roundings of the sum of its absolute terms.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from tinynn.compile.passes.rewrite import IDENTITY, PRELU, Uses, replaced
from tinynn.compile.program import Call, Place, Program

NARROW = 16  # the widest layer that is cheaper point by point than as a matrix product
CLASSES = 64  # the most logits
MEAN, SUM = 1, 2


def apply(program: Program) -> Program:
    """Put the kernel in the place of every loss that it fits, with as many layers as fit it."""
    for i, call in enumerate(program.calls):
        if call.kernel == "cross_entropy_forward" and call.dtype == "float32":
            rewritten = _rewritten(program, i)
            if rewritten is not None:
                return rewritten
    return program


def _rewritten(program: Program, loss: int) -> Program | None:
    uses = Uses(program)
    backward = _backward(uses, loss)
    if backward is None:
        return None
    layers = _layers(uses, loss, backward)
    for first in range(len(layers) + 1):  # as many layers as possible, at last none
        chosen = layers[first:]
        call = _call(program, loss, backward, chosen)
        gone = [loss, backward, *(i for pair in chosen for i in pair)]
        rewritten = replaced(program, gone, call, loss)
        if rewritten is not None:
            return rewritten
    return None


def _backward(uses: Uses, loss: int) -> int | None:
    """The backward call of the loss, where its gradient begins with 1 and nobody else wants p."""
    calls, forward = uses.program.calls, uses.program.calls[loss].arguments
    found = [
        i
        for i in uses.of(forward["p"])
        if calls[i].kernel == "cross_entropy_backward" and calls[i].arguments["p"] == forward["p"]
    ]
    if len(found) != 1 or not uses.only(forward["p"], [loss, *found]):
        return None
    arguments = calls[found[0]].arguments
    same = all(arguments[n] == forward[n] for n in ("labels", "weight", "m", "c", "smoothing", "reduction"))
    fits = forward["weight"] is None and forward["reduction"] in (MEAN, SUM) and forward["c"] <= CLASSES
    return found[0] if same and fits and _is_one(uses.program, arguments["dy"]) else None


def _is_one(program: Program, place: Place) -> bool:
    buffer = program.buffers[place.buffer]
    if buffer.kind != "constant" or buffer.array is None or buffer.nbytes != 4:
        return False
    return bool(buffer.array.view(np.float32).reshape(-1)[0] == 1)


def _layers(uses: Uses, loss: int, backward: int) -> list[tuple[int, int]]:
    """The (forward, backward) calls of the narrow layers before the loss, the first one first."""
    calls = uses.program.calls
    found: list[tuple[int, int]] = []
    y, dy = calls[loss].arguments["x"], calls[backward].arguments["dx"]
    users = [loss, backward]  # of y, beside the layer itself
    while True:
        pair = _layer(uses, y, dy, users, last=not found)
        if pair is None or (len(found) > 1 and _activation(uses, pair) != _activation(uses, found[0])):
            return found
        found.insert(0, pair)
        y, dy = calls[pair[0]].arguments["x"], calls[pair[1]].arguments["dx"]
        users = list(pair)
        if dy is None:
            return found


def _activation(uses: Uses, pair: tuple[int, int]) -> tuple[Any, Any]:
    arguments = uses.program.calls[pair[0]].arguments
    return arguments["act"], arguments["alpha"]


def _layer(uses: Uses, y: Place, dy: Place, users: list[int], last: bool) -> tuple[int, int] | None:
    """The calls of the layer that makes y and takes dy, if it is narrow and its arrays are its own."""
    calls = uses.program.calls
    made = uses.makers(y, "linear_forward", "y")
    taken = uses.makers(dy, "linear_backward", "dy")
    if len(made) != 1 or len(taken) != 1:
        return None
    there, back = calls[made[0]].arguments, calls[taken[0]].arguments
    same = all(there[n] == back[n] for n in ("x", "w", "g", "m", "n", "k", "act", "alpha"))
    plain = there["g"] == 1 and max(there["n"], there["k"]) <= NARROW and there["act"] != PRELU
    complete = (
        back["dw"] is not None and (back["db"] is None) == (there["b"] is None) and not back["accumulate"]
    )
    if not (same and plain and complete) or (last and there["act"] != IDENTITY):
        return None
    around = [*made, *taken, *users]
    hidden = uses.only(y, around) or (
        last and y == uses.program.prediction and set(uses.of(y)) <= set(around)
    )
    if hidden and uses.only(dy, around) and uses.only(there["z"], around):
        return made[0], taken[0]
    return None


def _call(program: Program, loss: int, backward: int, layers: list[tuple[int, int]]) -> Call:
    """The one kernel for these layers and the loss behind them."""
    calls = program.calls
    there = [calls[i].arguments for i, _ in layers]
    back = [calls[i].arguments for _, i in layers]
    forward = calls[loss].arguments
    hidden = there[0] if len(there) > 1 else {"act": IDENTITY, "alpha": 0.0}
    arguments = {
        "x": there[0]["x"] if layers else forward["x"],
        "labels": forward["labels"],
        "w": tuple(a["w"] for a in there),
        "b": tuple(a["b"] for a in there),
        "loss": forward["loss"],
        "y": forward["x"] if layers else None,
        "dx": back[0]["dx"] if layers else calls[backward].arguments["dx"],
        "dw": tuple(a["dw"] for a in back),
        "db": tuple(a["db"] for a in back),
        "m": forward["m"],
        "layers": len(layers),
        "widths": (*(a["k"] for a in there), forward["c"]),
        "act": hidden["act"],
        "alpha": hidden["alpha"],
        "smoothing": forward["smoothing"],
        "reduction": forward["reduction"],
    }
    return replace(calls[loss], kernel="chain_cross_entropy", arguments=arguments)
