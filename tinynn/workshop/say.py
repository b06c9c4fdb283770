"""Reports in words, for a terminal."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

from tinynn.workshop.contract import LANGUAGE_NAMES
from tinynn.workshop.judge import Report
from tinynn.workshop.load import exercise, practice

if TYPE_CHECKING:
    from tinynn.workshop.clock import Timed
    from tinynn.workshop.roster import Grades
    from tinynn.workshop.training import Trained

DIGITS = 6  # of a number, where they are enough


def in_words(report: Report, folder: Path) -> str:
    """What check prints."""
    head = f"{report.exercise} in {LANGUAGE_NAMES[report.language]}: "
    checks = "  ".join(f"{'+' if c['passed'] else '-'} {c['name']}" for c in report.checks)
    if report.passed:
        return "\n".join([f"{head}right", f"  checks   {checks}", *next_steps(report, folder)])
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


def next_steps(report: Report, folder: Path) -> list[str]:
    """The commands that there are for an exercise that is solved; topological-order has none."""
    taken = practice(exercise(report.exercise))
    there = {"bench": taken.ours is not None, "train": bool(taken.net)}
    commands = ", ".join(f"tinynn workshop {name} {folder}" for name, is_there in there.items() if is_there)
    return [f"  next     {commands}"] if commands else []


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
    digits = digits_apart(where["got"], where["want"])
    wrong, right = (shown(where[side], digits) for side in ("got", "want"))
    got, want = ("  ".join(shown(v, digits) for v in near[side]) for side in ("got", "want"))
    at = f"{where['array']}[{index}] is {wrong}, should be {right}"
    about = f"({where['wrong']} of {where['of']} wrong; {where['dtype']}, {lengths}; {where['about']})"
    return [
        f"  where    {at}   {about}",
        f"  there    from [{start}]: {got}",
        f"  needed   from [{start}]: {want}",
    ]


def shown(value: float | int | str, digits: int = DIGITS) -> str:
    return f"{value + 0.0:.{digits}g}" if isinstance(value, float) else str(value)


def digits_apart(got: float | int | str, want: float | int | str) -> int:
    """How many digits it takes to see that two numbers differ."""
    return next((n for n in range(DIGITS, 17) if shown(got, n) != shown(want, n)), 17)


BAR = 40  # characters


def timed_in_words(found: Timed) -> str:
    """What bench prints: a bar for each side, the longer the slower."""
    head = f"{found.exercise} in {LANGUAGE_NAMES[found.language]}"
    if not found.passed:
        return f"{head}: not timed\n{labelled('mistake', found.mistake or '')}"
    lengths = ", ".join(f"{letter} = {n}" for letter, n in found.sizes.items())
    threads = f"{found.threads} thread{'s' * (found.threads > 1)}"
    lines = [f"{head}: one call, {found.dtype}, {lengths}, {threads}, median of {found.rounds} rounds"]
    longest = max(found.microseconds.values())
    for name, time in found.microseconds.items():
        shown = f"{time:,.1f} us" if time < 10_000 else f"{time / 1000:,.1f} ms"
        lines.append(f"  {name:<11}{shown:>13}  {'#' * max(1, round(BAR * time / longest))}")
    lines += [f"  {sentence}" for sentence in ratios(found)]
    lines.append(f"  figure   {found.figure}")
    return "\n".join(lines)


def ratios(found: Timed) -> list[str]:
    """How it stands to each side."""
    words = {"naive C++": "the naive C++", "tinynn": "tinynn's own kernel"}
    sides = [name for name in words if name in found.ratio]
    said = [f"{found.ratio[name]:.2f} times as fast as {words[name]}" for name in sides]
    if "roofline" in found.ratio:
        said.append(f"{found.ratio['roofline']:.1%} of what this machine can do ({found.gflops:g} GFLOP/s)")
    return said


def trained_in_words(found: Trained) -> str:
    """What train prints."""
    kernels = " and ".join(found.kernels)
    head = f"{found.exercise} in {LANGUAGE_NAMES[found.language]}, on {found.dataset}"
    lines = []
    if found.test_accuracy is None:
        lines.append(f"{head}: it could not be trained with")
        lines.append(labelled("stopped", found.stopped or ""))
    else:
        verdict = "learned" if found.passed else f"did not learn: needed {found.goal:.0%}"
        lines.append(f"{head}: {verdict}")
        lines.append(f"  reached  {found.test_accuracy:.2%} after {found.epochs} epochs, {found.steps} steps")
    if found.calls:
        share = found.kernel_seconds / max(found.seconds, 1e-9)
        ran = f"{found.function} ran {found.calls:,} times in the place of {kernels}, tinynn's own never"
        lines.append(labelled("proof", ran))
        lines.append(
            f"  time     {found.seconds:.1f} s, {share:.0%} of it in your kernel and on the way there"
        )
    if found.figure:
        lines.append(f"  figure   {found.figure}")
    if found.synthetic and found.dataset != "spirals":
        lines.append("  The digits were GENERATED; this says nothing about MNIST.")
    return "\n".join(lines)


def grades_in_words(grades: Grades) -> str:
    """What grade prints: a line per learner, and the mistakes."""
    width = max(len(learner.learner) for learner in grades.learners)
    lines = [
        f"{row.learner:<{width}}  {row.score:>4.0%}  {row.passed} of {row.handed_in} right"
        for row in grades.learners
    ]
    lines += [f"{m['count']:>4} x  {m['exercise']}: {m['mistake']}" for m in grades.mistakes[:10]]
    if len(grades.mistakes) > 10:
        lines.append(f"        and {len(grades.mistakes) - 10} other mistakes: see --json or --html")
    return "\n".join(lines)
