"""Judge one submission, from its source to a report."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import Any

from tinynn.errors import BackendError
from tinynn.workshop.battery import CHECKS, Outcome, Trial, battery
from tinynn.workshop.compare import Judged, judge_all, of_trial, where
from tinynn.workshop.compilers import need_compiler, sanitizer
from tinynn.workshop.contract import Exercise
from tinynn.workshop.crashes import at_line, explain, line_in, what_hints
from tinynn.workshop.diagnose import diagnose
from tinynn.workshop.policy import objections
from tinynn.workshop.policy_cpp import of_symbols
from tinynn.workshop.sandbox import FILES, Sandbox, Stopped


@dataclass
class Report:
    """What `tinynn workshop check` says.

    Attributes
    ----------
    passed : bool
    score : float
        The weights of the checks that passed, over those of all.
    checks : list of {name, weight, passed}
    mistake : str or None
        One sentence; None where it passed, or where nobody has made this mistake before.
    where : dict or None
        The first wrong element, the line of the file, or the trial in which it stopped.
    """

    exercise: str
    language: str
    seed: int
    passed: bool = False
    score: float = 0.0
    checks: list[dict[str, Any]] = field(default_factory=list)
    mistake: str | None = None
    where: dict[str, Any] | None = None
    compiler: str = ""
    printed: str = ""
    not_contained: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def check_source(exercise: Exercise, language: str, text: str, seed: int, **sandbox: Any) -> Report:
    """Judge a submission.

    Parameters
    ----------
    text : str
        The source.
    seed : int
        Of the battery: the same seed draws the same trials.
    **sandbox
        Options of Sandbox: hide, seconds, memory, namespaces.

    Raises
    ------
    BackendError
        The compiler is missing.
    """
    need_compiler(exercise, language)
    report = Report(exercise.name, language, seed)
    trials = battery(exercise, seed)
    if found := objections(exercise, language, text):
        report.mistake, report.where = found[0], line_in(found[0])
        return scored(exercise, report, trials, [])
    outcomes, stopped = run(exercise, language, text, trials, report, sandbox)
    judged = judge_all(exercise, outcomes)
    if looked_at_twice(language, stopped, judged) and not sandbox.get("sanitize") and sanitizer():
        once = [t for t in trials if t.check != "repeated"]
        again = Report(report.exercise, language, seed)
        seen, why = run(exercise, language, text, once, again, {**sandbox, "sanitize": True})
        if why is not None and why.kind == "sanitizer":
            stopped, judged = why, judge_all(exercise, seen)
            report.printed = again.printed
    report = scored(exercise, report, trials, judged)
    if stopped is not None:
        report.mistake, report.where = explain(stopped, trials[len(judged) :], report.printed)
        report.mistake += what_hints(exercise, stopped, trials[len(judged) :], judged)
    elif not report.passed:
        raised = next((j for j in judged if j.outcome.error), None)
        if raised is not None and raised.outcome.error is not None:
            report.mistake = at_line(**raised.outcome.error)
            report.where = {
                "stopped": "error",
                **of_trial(raised.trial),
                "line": raised.outcome.error["line"],
            }
        else:
            report.mistake = diagnose(exercise, judged, language)
            report.where = where(next(j for j in judged if not j.passed))
    return report


def run(
    exercise: Exercise, language: str, text: str, trials: list[Trial], report: Report, options: dict[str, Any]
) -> tuple[list[Outcome], Stopped | None]:
    """All trials in the sandbox, or those before the submission stopped; the process has ended afterwards."""
    outcomes: list[Outcome] = []
    stopped: Stopped | None = None
    with Sandbox(exercise, language, text, **options) as box:
        try:
            ready(box)
            outcomes += (box.call(trial) for trial in trials)
        except Stopped as stop:
            stopped = stop
        report.not_contained, report.compiler = box.not_contained, box.compiler
    report.printed = box.output()
    if stopped is not None and (seen := sanitized(report.printed)):
        stopped = Stopped("sanitizer", *seen[:1], line=seen[1])
    if stopped is not None and stopped.kind in ("tool", "broken"):
        raise BackendError(f"workshop: {stopped.message}; {report.printed.strip()[-300:]}")
    return outcomes, stopped


def looked_at_twice(language: str, stopped: Stopped | None, judged: list[Judged]) -> bool:
    """Whether AddressSanitizer is asked too: of C++ that is right so far, and of a crash that hit no array.

    Guard pages see the ends of the arrays that are given. A local one too small may hurt nobody today.
    """
    if language != "cpp":
        return False
    if stopped is None:
        return all(j.passed for j in judged)
    crashed = stopped.details.get("signal") in ("SIGSEGV", "SIGABRT")
    return crashed or (stopped.kind == "fault" and "array" not in stopped.details)


def sanitized(said: str) -> tuple[str, int | None] | None:
    """What AddressSanitizer saw, and at which line of the submission."""
    kind = re.search(r"ERROR: AddressSanitizer: ([\w-]+)", said)
    if kind is None:
        return None
    did = re.search(r"^(READ|WRITE) of size (\d+)", said, re.M)
    line = re.search(rf"{re.escape(FILES['cpp'])}:(\d+)", said)
    what = f"your kernel {did[1].lower()}s {did[2]} bytes out of bounds" if did else "your kernel"
    return f"{what} of an array of its own ({kind[1]})", int(line[1]) if line else None


def ready(box: Sandbox) -> None:
    """Compile the submission, look at what its library has and needs, and load it.

    Raises
    ------
    Stopped
        It does not compile or load, lacks its function, or calls what it may not.
    """
    built = box.build()
    if box.language == "cpp":
        need_function(box.exercise, built["has"])
        needs = [name for name in built["needs"] if not (box.preload and name.startswith("__asan_"))]
        if found := of_symbols(box.exercise, needs):
            raise Stopped("forbidden", found[0])
    box.load()


def need_function(exercise: Exercise, symbols: list[str]) -> None:
    """Raise where a C++ library lacks the function, saying whether `extern "C"` was forgotten."""
    if symbols and exercise.function not in symbols:
        mangled = any(re.match(rf"_Z\d+{exercise.function}", s) for s in symbols)
        why = 'it is there, but without extern "C"' if mangled else f"needed: {exercise.c_signature()}"
        raise Stopped("missing", f"the file has no function {exercise.function}; {why}")


def scored(exercise: Exercise, report: Report, trials: list[Trial], judged: list[Judged]) -> Report:
    """Enter which checks passed: those all of whose trials were run and came out right."""
    weights = {**CHECKS, **exercise.weights}
    results = {id(j.trial): j.passed for j in judged}
    for name in dict.fromkeys(t.check for t in trials):
        passed = all(results.get(id(t), False) for t in trials if t.check == name)
        report.checks.append({"name": name, "weight": weights[name], "passed": passed})
    total = sum(c["weight"] for c in report.checks)
    report.score = sum(c["weight"] for c in report.checks if c["passed"]) / total
    report.passed = all(c["passed"] for c in report.checks)
    return report
