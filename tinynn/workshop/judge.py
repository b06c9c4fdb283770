"""Judge one submission, from its source to a report."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import Any

from tinynn.errors import BackendError
from tinynn.workshop.battery import CHECKS, Outcome, Trial, battery
from tinynn.workshop.compare import Judged, of_trial, where
from tinynn.workshop.compilers import need_compiler
from tinynn.workshop.contract import Exercise
from tinynn.workshop.diagnose import diagnose, place_in_words
from tinynn.workshop.policy import objections, of_symbols
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
    judged = [Judged(exercise, outcome) for outcome in outcomes]
    report = scored(exercise, report, trials, judged)
    if stopped is not None:
        report.mistake, report.where = explain(stopped, trials[len(outcomes) : len(outcomes) + 1])
        if (
            stopped.kind == "fault"
            and report.where.get("dtype") == "float32"
            and all(j.passed for j in judged)
        ):
            report.mistake += "; it is right in double, so look for `double` where `real` belongs"
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
            built = box.build()
            report.compiler = built["said"]
            if language == "cpp":
                need_function(exercise, built["has"])
                needs = [name for name in built["needs"] if not (box.preload and name.startswith("__asan_"))]
                if found := of_symbols(exercise, needs):
                    raise Stopped("forbidden", found[0])
            box.load()
            outcomes += (box.call(trial) for trial in trials)
        except Stopped as stop:
            stopped = stop
        report.not_contained = box.not_contained
    report.printed = box.output()
    if stopped is not None and (seen := sanitized(report.printed)):
        stopped = Stopped("sanitizer", *seen[:1], line=seen[1])
    if stopped is not None and stopped.kind in ("tool", "broken"):
        raise BackendError(f"workshop: {stopped.message}; {report.printed.strip()[-300:]}")
    return outcomes, stopped


def sanitized(said: str) -> tuple[str, int | None] | None:
    """What AddressSanitizer saw, and at which line of the submission."""
    kind = re.search(r"ERROR: AddressSanitizer: ([\w-]+)", said)
    if kind is None:
        return None
    did = re.search(r"^(READ|WRITE) of size (\d+)", said, re.M)
    line = re.search(rf"{re.escape(FILES['cpp'])}:(\d+)", said)
    what = f"your kernel {did[1].lower()}s {did[2]} bytes out of bounds" if did else "your kernel"
    return f"{what} of an array of its own ({kind[1]})", int(line[1]) if line else None


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


def explain(stop: Stopped, trials: list[Trial]) -> tuple[str, dict[str, Any]]:
    """The sentence and the place of a submission that could not go on."""
    place: dict[str, Any] = {"stopped": stop.kind}
    if trials:
        place |= of_trial(trials[0])
    if stop.kind == "fault":
        return fault_in_words(stop.details), place | stop.details
    if stop.kind == "compile":
        first, line = first_error(stop.details.get("output", ""))
        return f"{stop.message}: {first}" if first else stop.message, {"stopped": "compile", "line": line}
    if stop.kind in ("load", "missing", "forbidden", "sanitizer"):
        line = stop.details.get("line")
        return at_line(stop.message, line), {"stopped": stop.kind, "line": line}
    if stop.kind == "ended":
        meaning = MEANINGS.get(stop.details.get("signal", ""))
        return f"{stop.message}{f': {meaning}' if meaning else ''}", place
    return stop.message, place


MEANINGS = {
    "SIGSEGV": "your kernel read or wrote out of bounds, or its recursion has no end",
    "SIGABRT": "abort(), damaged memory, or an exception that nobody caught (bad_alloc: too much memory)",
    "SIGFPE": "a whole number was divided by zero",
    "SIGILL": "an instruction that this processor does not have, or a function that ends without return",
    "SIGXCPU": "its processor time was used up; a loop without end?",
    "SIGXFSZ": "it wrote a file that is too large",
    "SIGKILL": "the system ended it, perhaps for want of memory",
}


def fault_in_words(hit: dict[str, Any]) -> str:
    """ "your kernel wrote out of bounds near row 4 of dw ..." """
    did = {True: "wrote", False: "read", None: "read or wrote"}[hit.get("wrote")]
    if "array" not in hit:
        null = "a null pointer" if int(hit["address"], 16) < 4096 else f"address {hit['address']}"
        return f"your kernel {did} out of bounds: {null}, far from every array"
    place = place_in_words(hit["element"], hit["shape"])
    if hit["inside"]:
        return f"your kernel wrote to its input {hit['array']} {place}; inputs are only read"
    return f"your kernel {did} out of bounds of {hit['array']}, {place}"


def first_error(output: str) -> tuple[str, int | None]:
    """The first error of a compiler, and its line: gcc, clang and Cython all name the file first."""
    names = "|".join(re.escape(name) for name in FILES.values())
    for line in output.splitlines():
        if found := re.match(
            rf"(?:.*?/)?(?:{names}):(\d+):(?:\d+:)?\s*(?:(?:fatal )?error: )?(?!note|warning)(.*)", line
        ):
            return found[2].strip(), int(found[1])
    last = [line for line in output.strip().splitlines() if line.strip()]
    return (last[-1].strip() if last else ""), None


def at_line(message: str, line: int | None) -> str:
    return f"{message} (line {line})" if line else message


def line_in(sentence: str) -> dict[str, Any]:
    found = re.match(r"line (\d+)", sentence)
    return {"stopped": "forbidden", "line": int(found[1]) if found else None}
