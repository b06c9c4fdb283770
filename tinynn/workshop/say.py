"""A report in words, for a terminal."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill
from typing import Any

from tinynn.workshop.judge import Report

NAMES = {"numpy": "NumPy", "cython": "Cython", "cpp": "C++"}


def in_words(report: Report, folder: Path) -> str:
    """What check prints."""
    head = f"{report.exercise} in {NAMES[report.language]}: "
    checks = "  ".join(f"{'+' if c['passed'] else '-'} {c['name']}" for c in report.checks)
    if report.passed:
        return f"{head}right\n  checks   {checks}"
    lines = [f"{head}wrong, {report.score:.0%} of the points", f"  checks   {checks}"]
    if report.where and "index" in report.where:
        lines += of_element(report.where)
    lines.append(
        labelled("mistake", report.mistake or "not one that the bank knows: compare the two lines above")
    )
    if report.compiler.strip():
        lines.append(block("compiler", report.compiler, 12))
    if report.printed.strip():
        lines.append(block("printed", report.printed, 8))
    lines.append(f"  next     tinynn workshop hint {folder}   (these inputs again: --seed {report.seed})")
    return "\n".join(lines)


def labelled(label: str, text: str) -> str:
    """A paragraph with a label before it."""
    return fill(text, 100, initial_indent=f"  {label:<9}", subsequent_indent=" " * 11, break_on_hyphens=False)


def block(label: str, text: str, most: int) -> str:
    """The first lines of what somebody else printed."""
    lines = text.strip().splitlines()
    kept = [*lines[:most], *([f"... {len(lines) - most} more lines"] if len(lines) > most else [])]
    return "\n".join(f"  {label if i == 0 else '':<9}{line}" for i, line in enumerate(kept))


def of_element(where: dict[str, Any]) -> list[str]:
    """The first wrong element and its neighbours."""
    index = ", ".join(map(str, where["index"]))
    lengths = ", ".join(f"{letter} = {n}" for letter, n in where["sizes"].items())
    near = where["neighbours"]
    start = ", ".join(map(str, near["from"]))
    at = f"{where['array']}[{index}] is {shown(where['got'])}, should be {shown(where['want'])}"
    about = f"({where['wrong']} of {where['of']} wrong; {where['dtype']}, {lengths}; {where['about']})"
    return [
        f"  where    {at}   {about}",
        f"  there    from [{start}]: {'  '.join(map(shown, near['got']))}",
        f"  needed   from [{start}]: {'  '.join(map(shown, near['want']))}",
    ]


def shown(value: float | int | str) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
