"""grade: a class. Every submission is judged on the same inputs, and the sheet is the same each time.

A learner is a folder: one that `start` made, or one that holds several of those, one per exercise. Whatever
a learner has handed in, the others are graded: a folder that cannot be read is a row with 0 points and a
reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tinynn.errors import ArgumentError, TinynnError
from tinynn.workshop.folder import NOTE, Folder, opened
from tinynn.workshop.judge import Report, check_source
from tinynn.workshop.load import all_exercises, exercise

DEEPEST = 3  # folders below a learner's own
UNKNOWN = "wrong in a way that the bank does not know"


@dataclass
class Result:
    """One exercise of one learner."""

    exercise: str
    language: str
    folder: str
    score: float = 0.0
    passed: bool = False
    mistake: str | None = None
    hints: int = 0
    checks: list[dict[str, Any]] = field(default_factory=list)
    where: dict[str, Any] | None = None


@dataclass
class Learner:
    """One row of the sheet; `score` is the mean over what was handed in and what was expected."""

    learner: str
    score: float
    passed: int
    handed_in: int
    results: list[Result]


@dataclass
class Grades:
    """A graded class.

    Attributes
    ----------
    exercises : list of str
        All that somebody handed in, in the order of the ladder.
    mistakes : list of {exercise, mistake, count, share}
        The most frequent first; `share` is of those who handed that exercise in.
    """

    seed: int
    exercises: list[str]
    learners: list[Learner]
    mistakes: list[dict[str, Any]]
    not_contained: list[str]

    @property
    def passed(self) -> bool:
        """Grading went through: wrong submissions are no failure of it."""
        return True

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def grade(
    directories: Sequence[Path],
    *,
    expected: Sequence[str] = (),
    seed: int = 0,
    jobs: int = 2,
    **sandbox: Any,
) -> Grades:
    """Grade a class.

    Parameters
    ----------
    directories : one per learner
    expected : names of exercises
        Which everybody should have handed in: what is missing counts 0.
    seed : int
        Of the inputs: all submissions of an exercise get the same ones.
    jobs : int
        Submissions at a time.

    Raises
    ------
    ArgumentError
        A directory is not there, holds nothing that `start` made, or two have one name.
    """
    missing = [str(d) for d in directories if not d.is_dir()]
    if missing or not directories:
        raise ArgumentError(
            f"workshop: {', '.join(missing) or 'nothing'} to grade; needed folders of learners"
        )
    if jobs < 1:
        raise ArgumentError(f"workshop: --jobs is {jobs}; needed a positive integer")
    for name in expected:
        exercise(name)
    names = named(directories)
    work = [(name, place) for name, d in zip(names, directories, strict=True) for place in handed_in(d)]
    if not work:
        raise ArgumentError(f"workshop: no {NOTE} below {directories[0]}; needed folders that `start` made")
    with ThreadPoolExecutor(jobs) as pool:
        judged = list(pool.map(lambda item: judge(item[1], seed, sandbox), work))
    results: dict[str, list[Result]] = {name: [] for name in names}
    for (name, _), (result, _) in zip(work, judged, strict=True):
        results[name].append(result)
    exercises = in_ladder({*expected, *(r.exercise for r, _ in judged)})
    return Grades(
        seed,
        exercises,
        [row(name, results[name], exercises, expected) for name in sorted(results)],
        statistics([r for r, _ in judged]),
        sorted({line for _, lines in judged for line in lines}),
    )


def named(directories: Sequence[Path]) -> list[str]:
    """The learners' names: the last parts of their paths, as many as tell them apart."""
    paths = [d.resolve().parts for d in directories]
    for depth in range(1, max(map(len, paths)) + 1):
        names = ["/".join(p[-depth:]) for p in paths]
        if len(set(names)) == len(names):
            return names
    raise ArgumentError("workshop: a learner's folder is named twice; needed each once")


def handed_in(directory: Path) -> list[Path]:
    """The folders of a learner in which there is something to judge."""
    patterns = ("*/" * depth + NOTE for depth in range(DEEPEST + 1))
    return sorted({note.parent for pattern in patterns for note in directory.glob(pattern)})


def judge(place: Path, seed: int, sandbox: dict[str, Any]) -> tuple[Result, list[str]]:
    """One folder. Whatever is in it, there is a result."""
    folder: Folder | None = None
    try:
        folder = opened(place)
        hide = (str(place.resolve()),)
        report = check_source(
            folder.exercise, folder.language, folder.text(), seed, **{"hide": hide, **sandbox}
        )
    except (TinynnError, OSError) as error:
        name = folder.exercise.name if folder else place.name
        language = folder.language if folder else "?"
        return Result(name, language, place.name, mistake=f"cannot be judged: {error}"), []
    return of_report(folder, report), report.not_contained


def of_report(folder: Folder, report: Report) -> Result:
    """What of a report is the same each time it is made: an address is not."""
    mistake = report.mistake if report.mistake or report.passed else UNKNOWN
    if mistake is not None:
        mistake = re.sub(r"0x[0-9a-f]{4,}", "0x...", mistake)
    where = {k: v for k, v in (report.where or {}).items() if k != "address"} or None
    return Result(
        folder.exercise.name,
        folder.language,
        folder.path.name,
        round(report.score, 6),
        report.passed,
        mistake,
        folder.hints,
        report.checks,
        where,
    )


def row(name: str, results: list[Result], exercises: list[str], expected: Sequence[str]) -> Learner:
    """One learner; of an exercise that is handed in twice the better one counts."""
    own = {*expected, *(r.exercise for r in results)}
    best = {e: max((r.score for r in results if r.exercise == e), default=0.0) for e in own}
    passed = len({r.exercise for r in results if r.passed})
    ordered = sorted(results, key=lambda r: (position(exercises, r.exercise), r.folder))
    score = sum(best.values()) / max(len(best), 1)
    return Learner(name, round(score, 6), passed, len({r.exercise for r in results}), ordered)


def position(exercises: list[str], name: str) -> int:
    return exercises.index(name) if name in exercises else len(exercises)


def in_ladder(names: Iterable[str]) -> list[str]:
    """Exercises in the order of the ladder; what is none comes last."""
    ladder = list(all_exercises())
    return sorted(names, key=lambda n: (ladder.index(n) if n in ladder else len(ladder), n))


def statistics(results: list[Result]) -> list[dict[str, Any]]:
    """How often each mistake was made."""
    counts: dict[tuple[str, str], int] = {}
    for r in results:
        if r.mistake is not None:
            key = r.exercise, re.sub(r" \(line \d+\)|^line \d+ ", "", r.mistake)
            counts[key] = counts.get(key, 0) + 1
    tried = {e: sum(r.exercise == e for r in results) for e, _ in counts}
    return [
        {"exercise": e, "mistake": m, "count": n, "share": round(n / tried[e], 6)}
        for (e, m), n in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]
