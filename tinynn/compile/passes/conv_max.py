"""conv_max: a convolution and the global maximum of its result in one kernel, there and back.

    before                                     after
    conv_forward            x -> z             conv_max_forward    x -> y, arg
    adaptive_max_pool2d_forward   z -> y, arg  ...
    ...                                        conv_max_backward   dy, y, arg -> dx, dw, db
    adaptive_max_pool2d_backward  dy -> dz
    conv_backward           dz -> dx, dw, db

Nothing else may read z. It and dz, as large as the convolution's result, are gone; of dz one number per image
and channel was not zero, and the way back visits these alone.

Error: z is the same sum of c kh kw products, cut into tiles otherwise; a maximum may move by a few roundings
and, where two places are that close, to the other place. dw and db leave out products with an exact zero and
are summed over the images in their order: sqrt(n) roundings of the sum of the absolute terms.
"""

from __future__ import annotations

from dataclasses import replace

from tinynn.compile.passes.rewrite import Uses
from tinynn.compile.program import Buffer, Call, Place, Program

KEEPS_Z = (3, 7, 8)  # prelu, gelu, silu: y does not tell the derivative


def apply(program: Program) -> Program:
    """Rewrite every convolution that a global maximum follows."""
    for i, call in enumerate(program.calls):
        if call.kernel == "conv_forward" and call.dtype == "float32":
            found = _four(program, i)
            if found is not None:
                return apply(_rewritten(program, found))
    return program


def _four(program: Program, conv: int) -> tuple[int, int, int, int] | None:
    """The calls: convolution, its maximum, and both backward."""
    uses, calls = Uses(program), program.calls
    z = calls[conv].arguments["y"]
    pools = uses.makers(z, "adaptive_max_pool2d_forward", "x")
    if len(pools) != 1 or calls[conv].arguments["act"] in KEEPS_Z:
        return None
    pool = calls[pools[0]].arguments
    if pool["s"][4:6] != (1, 1):  # windows of a plane
        return None
    arg = pool["arg"] or pool["wide"]
    unpooled = [i for i in uses.of(arg) if calls[i].kernel == "adaptive_max_pool2d_backward"]
    if len(unpooled) != 1:
        return None
    dz = calls[unpooled[0]].arguments["dx"]
    back = uses.makers(dz, "conv_backward", "dy")
    if len(back) != 1:
        return None
    four = conv, pools[0], unpooled[0], back[0]
    there, here = calls[conv].arguments, calls[back[0]].arguments
    same = all(there[n] == here[n] for n in ("x", "w", "s", "act", "alpha"))
    same = same and here["kept"] in (None, z) and here["dslope"] is None
    return four if same and all(uses.only(place, four) for place in (z, arg, dz)) else None


def _rewritten(program: Program, four: tuple[int, int, int, int]) -> Program:
    conv, pool, unpool, back = (program.calls[i] for i in four)
    there, here = conv.arguments, back.arguments
    s = there["s"]
    arg = Place(len(program.buffers))
    buffers = [*program.buffers, Buffer("temporary", "", 4 * s[0] * s[4])]
    y = pool.arguments["y"]
    shared = {name: there[name] for name in ("x", "w", "s", "act", "alpha")} | {"y": y, "arg": arg}
    forward = replace(conv, kernel="conv_max_forward", arguments={**shared, "b": there["b"]})
    gradients = {name: here[name] for name in ("dx", "dw", "db", "accumulate")}
    backward = replace(
        back, kernel="conv_max_backward", arguments={**shared, **gradients, "dy": unpool.arguments["dy"]}
    )
    calls: list[Call] = []
    for i, call in enumerate(program.calls):
        if i == four[0]:
            calls.append(forward)
        elif i == four[3]:
            calls.append(backward)
        elif i not in four:
            calls.append(call)
    return replace(program, calls=calls, buffers=buffers)
