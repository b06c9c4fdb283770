"""print(step): the program as a lesson. Backpropagation is this list, in this order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from tinynn.backends import native
from tinynn.compile import cost
from tinynn.compile.arena import Arena
from tinynn.compile.names import Names
from tinynn.compile.program import Program

WIDTH = 110
FORMULA = 30  # columns; a longer one goes on in the next line
HEADS = ("FLOPs", "bytes", "native")


@dataclass(frozen=True)
class Line:
    """One kernel call, explained.

    Attributes
    ----------
    number : int
    phase : {"forward", "loss", "backward", "update"}
    kernel : str
    formulas : list of str
        One per result, in the names of the kernel's parameters.
    reads, writes : list of str
        The arrays by name, with shapes, in the order of the parameters.
    flops, bytes : int
    rung, target : str
        Which kernel runs: "native", and "avx512" or the like, or "reference".
    line : str
        Of the user's code.
    """

    number: int
    phase: str
    kernel: str
    formulas: list[str]
    reads: list[str]
    writes: list[str]
    flops: int
    bytes: int
    rung: str
    target: str
    line: str


def explained(program: Program) -> list[Line]:
    """A Line for every call."""
    names, lines = Names(program), []
    for number, call in enumerate(program.calls):
        uses = cost.uses(call)
        slow = call.dtype == "float64" or native.module().is_reference(call.kernel)
        lines.append(
            Line(
                number,
                call.phase,
                call.kernel,
                cost.formulas(call),
                [names(use) for use in uses if use.read and not use.written],
                [names(use) for use in uses if use.written],
                cost.flops(call),
                cost.moved(call),
                "native",
                "reference" if slow else native.target(),
                call.line,
            )
        )
    return lines


def listing(program: Program, arena: Arena) -> str:
    """The calls under the headings of their phases, and what all of them cost."""
    lines = explained(program)
    rows = [(short(line.flops), short(line.bytes), f"{line.target:>9}") for line in lines]
    return table(lines, HEADS, rows) + "\n\n" + footer(lines, arena)


def table(lines: Sequence[Line], heads: Sequence[str], columns: Sequence[Sequence[str]]) -> str:
    """Number, formula and arrays of each call, and at the right these columns, under the heads."""
    widths = [max(map(len, column)) for column in zip(heads, *columns, strict=True)]
    pieces = [piece for line in lines for piece in line.formulas]
    formula = min(max(map(len, pieces), default=0), FORMULA)
    digits = len(str(len(lines)))
    arrays = WIDTH - digits - 2 - formula - 2 - sum(width + 2 for width in widths)

    def right(cells: Iterable[str]) -> str:
        return "".join(f"  {cell:>{width}}" for cell, width in zip(cells, widths, strict=True))

    text = [f"{'':{digits}}  {'formula':{formula}}  {'arrays':{arrays}}{right(heads)}"]
    phase = ""
    for line, cells in zip(lines, columns, strict=True):
        if line.phase != phase:
            phase = line.phase
            text.append(phase)
        left = [part for text in line.formulas for part in wrap(text, formula, subsequent_indent="    ")]
        middle = arrays_in(line, arrays)
        for i in range(max(len(left), len(middle))):
            start = f"{line.number if i == 0 else '':>{digits}}  "
            start += f"{left[i] if i < len(left) else '':{formula}}  "
            start += f"{middle[i] if i < len(middle) else '':{arrays}}"
            text.append((start + right(cells if i == 0 else [""] * len(widths))).rstrip())
    return "\n".join(text)


def arrays_in(line: Line, width: int) -> list[str]:
    """ "what is read -> what is written" in lines of this width; no name is torn from its shape."""
    reads, writes = ", ".join(line.reads), ", ".join(line.writes)
    together = f"{reads} -> {writes}" if reads else f"-> {writes}"
    if len(together) <= width:
        return [together]
    found = []
    for text, indent in ((reads, ""), (f"-> {writes}", "   ")):
        whole = text.replace(", ", ",\n").replace(" ", "\0").replace("\n", " ")
        found += [part.replace("\0", " ") for part in wrap(whole, width, subsequent_indent=indent)]
    return found


def footer(lines: Sequence[Line], arena: Arena) -> str:
    """What the step costs in all."""
    flops, moved = (sum(getattr(line, name) for line in lines) for name in ("flops", "bytes"))
    ratio = arena.nbytes_without_reuse / max(arena.nbytes, 1)
    return (
        f"{len(lines)} kernel calls, {short(flops)} FLOPs, {short(moved)}B to and from arrays\n"
        f"arrays of the step itself: {short(arena.nbytes)}B; {short(arena.nbytes_without_reuse)}B if none "
        f"took the place of another, {ratio:.1f} times as much\n"
        "the letters of a formula are the arrays beside it, in their order; d h1 is the gradient of h1;\n"
        "images lie channels last"
    )


def short(number: float) -> str:
    """Three digits and a unit: "12.8 M"; "0" and below a thousand as it is."""
    for unit in ("", "k", "M", "G"):
        if number < 999.5 or unit == "G":
            digits = f"{number:.0f}" if not unit or number >= 99.95 else f"{number:.3g}"
            return f"{digits} {unit}"
        number /= 1000
    raise AssertionError


def as_json(program: Program, arena: Arena) -> dict[str, Any]:
    """The same as plain numbers and strings."""
    lines = explained(program)
    return {
        "calls": [vars(line) for line in lines],
        "flops": sum(line.flops for line in lines),
        "bytes": sum(line.bytes for line in lines),
        "arena_bytes": arena.nbytes,
        "arena_bytes_without_reuse": arena.nbytes_without_reuse,
    }
