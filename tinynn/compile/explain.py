"""print(step): the program as a lesson."""

from __future__ import annotations

from tinynn.compile.arena import Arena
from tinynn.compile.program import Program


def listing(program: Program, arena: Arena) -> str:
    """One line per kernel call."""
    lines = []
    for i, call in enumerate(program.calls):
        lines.append(f"{i:3} {call.phase:8} {call.kernel} {call.line} {call.arguments}")
    return "\n".join(lines)
