"""descent: a layer's gradient and the SGD step that it is for in one kernel.

    before                                    after
    linear_backward   dz -> dx, dw, db        linear_backward_sgd   dz -> dx; w, b, v
    ...                                       ...
    sgd_step   dw -> w, v
    sgd_step   db -> b, v_b

Nothing else may read dw, and nothing between may read w: the update comes earlier. A block of dw then goes
straight to its weights. In memory it would be as large as the weights, and with several threads most of it
would be read by another core than the one that wrote it, as would the weights in the next forward pass.

Error: none, the sums and the updates are the same.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tinynn.compile.passes.rewrite import PRELU, Uses
from tinynn.compile.program import Call, Place, Program

LARGE = 4096  # the smallest weights worth it; of smaller ones the update of all together costs nothing
RULE = ("lr", "momentum", "weight_decay", "nesterov")


def apply(program: Program) -> Program:
    """Rewrite every large layer that SGD updates."""
    for i, call in enumerate(program.calls):
        if call.kernel == "linear_backward":
            rewritten = _rewritten(program, i)
            if rewritten is not None:
                return apply(rewritten)
    return program


def _rewritten(program: Program, backward: int) -> Program | None:
    call, uses = program.calls[backward], Uses(program)
    layer = call.arguments
    plain = layer["g"] == 1 and layer["act"] != PRELU and not layer["accumulate"] and layer["dslope"] is None
    if not plain or layer["dw"] is None or layer["n"] * layer["k"] < LARGE:
        return None
    of_w = _update(uses, backward, layer["dw"])
    of_b = None if layer["db"] is None else _update(uses, backward, layer["db"])
    if of_w is None or (layer["db"] is not None and of_b is None):
        return None
    step = program.calls[of_w].arguments
    bias: dict[str, Any] = program.calls[of_b].arguments if of_b is not None else {"w": None, "v": None}
    if step["w"] != layer["w"] or any(bias.get(name, step[name]) != step[name] for name in RULE):
        return None
    arguments = {name: layer[name] for name in ("dy", "x", "kept", "dx", "m", "n", "k", "act", "alpha")}
    arguments |= {"w": step["w"], "v": step["v"], "b": bias["w"], "v_b": bias["v"]}
    arguments |= {name: step[name] for name in RULE}
    gone = {of_w} | ({of_b} if of_b is not None else set())
    updated = {
        place.buffer for place in (*(step[n] for n in "wv"), *bias.values()) if isinstance(place, Place)
    }
    between = [c for i, c in enumerate(program.calls[: max(gone)]) if i > backward and i not in gone]
    if any((c.reads() | c.writes()) & updated for c in between):
        return None
    calls = [c for i, c in enumerate(program.calls) if i not in gone]
    calls[backward] = replace(call, kernel="linear_backward_sgd", arguments=arguments)
    return replace(program, calls=calls)


def _update(uses: Uses, backward: int, gradient: Place) -> int | None:
    """The one sgd_step that takes this gradient, if nobody else does."""
    found = [i for i in uses.of(gradient) if i != backward]
    if len(found) != 1 or not uses.only(gradient, [backward, *found]):
        return None
    call: Call = uses.program.calls[found[0]]
    return found[0] if call.kernel == "sgd_step" and call.arguments["g"] == gradient else None
