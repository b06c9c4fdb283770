"""updates: the updates of all parameters in one kernel.

    before                          after
    sgd_step    0.weight            sgd_steps    0.weight, 0.bias, 2.weight, 2.bias
    sgd_step    0.bias
    sgd_step    2.weight
    sgd_step    2.bias

The same for Adam. Of a small net most parameters are so short that the call costs more than the update, and
threads have nothing to share; all together they are one array as long as the net. Parameters with another
rate or decay get a call of their own.

Error: none, an update looks at no other element.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tinynn.compile.passes.rewrite import replaced
from tinynn.compile.program import Call, Place, Program, catalogue

JOINED = {"sgd_step": "sgd_steps", "adam_step": "adam_steps"}


def apply(program: Program) -> Program:
    """Join the updates that differ in their arrays alone."""
    groups: dict[Any, list[int]] = {}
    for i, call in enumerate(program.calls):
        if call.kernel in JOINED:
            groups.setdefault((call.kernel, call.dtype, _options(call)), []).append(i)
    for calls in groups.values():
        rewritten = len(calls) > 1 and replaced(program, calls, _joined(program, calls), calls[-1])
        if rewritten:
            return apply(rewritten)
    return program


def _options(call: Call) -> tuple[Any, ...]:
    return tuple(v for k, v in call.arguments.items() if k != "n" and not _is_array(call, k))


def _is_array(call: Call, name: str) -> bool:
    return any(p.name == name and p.is_array for p in catalogue()[call.kernel])


def _joined(program: Program, numbers: list[int]) -> Call:
    calls = [program.calls[i] for i in numbers]
    kernel = JOINED[calls[0].kernel]
    arguments: dict[str, Any] = {}
    for parameter in catalogue()[kernel]:
        if parameter.is_list_of_arrays:
            places: list[Place | None] = [call.arguments[parameter.name] for call in calls]
            arguments[parameter.name] = tuple(places)
        elif parameter.name not in ("count", "sizes"):
            arguments[parameter.name] = calls[0].arguments[parameter.name]
    arguments |= {"count": len(calls), "sizes": tuple(call.arguments["n"] for call in calls)}
    return replace(calls[0], kernel=kernel, arguments=arguments)
