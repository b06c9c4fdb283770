"""Passes: small rewritings of a Program, one file each.

A pass has `apply(program) -> Program`, which returns the same object where it finds nothing to do, and never
changes the one it was given. Its docstring shows the calls before and after and says by how much a result may
move. They run in the order of PASSES, each on what the last one left.
"""

from __future__ import annotations

from dataclasses import dataclass

from tinynn.compile.passes import chain, conv_max, descent, updates
from tinynn.compile.passes.rewrite import listed
from tinynn.compile.program import Program

PASSES = (chain, conv_max, descent, updates)


@dataclass(frozen=True)
class Applied:
    """What a pass did to a program.

    Attributes
    ----------
    name : str
        The pass: tinynn/compile/passes/<name>.py.
    before, after : str
        The calls that went and those that came, a line each.
    """

    name: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.name}\n  before\n{self.before}\n  after\n{self.after}"


def optimised(program: Program) -> tuple[Program, list[Applied]]:
    """The program after all passes, and what each of those did that found something to do."""
    applied = []
    for rewriting in PASSES:
        rewritten = rewriting.apply(program)
        if rewritten is not program:
            name = rewriting.__name__.rpartition(".")[2]
            applied.append(
                Applied(name, listed(program, besides=rewritten), listed(rewritten, besides=program))
            )
            program = rewritten
    return program, applied
