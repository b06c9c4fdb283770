"""What to say of a submission that could not go on: the place, the meaning, and what it hints at."""

from __future__ import annotations

import re
from typing import Any

from tinynn.workshop.battery import Trial
from tinynn.workshop.compare import Judged, of_trial
from tinynn.workshop.contract import LONG, Exercise
from tinynn.workshop.diagnose import FIXED, place_in_words
from tinynn.workshop.sandbox import FILES, Stopped

# What C++ prints as it ends, and what it means.
PRINTED = {
    "terminate called without an active exception": "a thread was never joined: call its join() before the "
    "function returns",
    "Resource temporarily unavailable": "more threads are started than the exercise allows",
}


def explain(stop: Stopped, trials: list[Trial], printed: str = "") -> tuple[str, dict[str, Any]]:
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
        said = next((meaning for words, meaning in PRINTED.items() if words in printed), None)
        meaning = said or MEANINGS.get(stop.details.get("signal", ""))
        return f"{stop.message}{f': {meaning}' if meaning else ''}", place
    return stop.message, place


def what_hints(exercise: Exercise, stop: Stopped, left: list[Trial], judged: list[Judged]) -> str:
    """What the trials before a crash say about it; "" where they say nothing."""
    if stop.kind not in ("fault", "ended") or not (left and judged):
        return ""
    so_far_right = all(j.passed for j in judged)
    if so_far_right and left[0].dtype == "float32":
        return "; it is right in double, so look for `double` where `real` belongs"
    if so_far_right and max(left[0].sizes.values()) >= LONG:
        return f"; shorter lengths came out right, here {left[0].about}: {FIXED}"
    only_square = all(j.passed == (j.trial.check == "values") for j in judged)
    if only_square and len(exercise.letters) > 1 and stop.kind == "fault":
        order = ", ".join(f"long {letter}" for letter in exercise.letters)
        return f"; where all lengths are equal it is right: two are exchanged? C++ is given {order}"
    return ""


MEANINGS = {
    "SIGSEGV": "your kernel read or wrote out of bounds, or the stack (of 8 MB mostly) is full: a recursion "
    "without end, or a local array that is too large for it, where std::vector belongs",
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
