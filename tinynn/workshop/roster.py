"""grade: a class. Every submission is judged on the same inputs, and the sheet is the same each time.

A learner is a folder: one that `start` made, or one that holds several of those, one per exercise. Whatever
a learner has handed in, the others are graded: what cannot be judged has 0 points and a reason, and where not
even the exercise can be told it counts as not handed in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tinynn.errors import ArgumentError, TinynnError
from tinynn.workshop.folder import NOTE, Folder, opened
from tinynn.workshop.judge import Report, check_source
from tinynn.workshop.load import all_exercises, exercise

DEEPEST = 3  # folders below a learner's own
UNKNOWN = "wrong in a way that the bank does not know"
UNREADABLE = "(unreadable)"  # the exercise of a folder that does not say which it is


@dataclass
class Result:
    """One exercise of one learner; `exercise` is UNREADABLE where the folder does not say which."""

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
        All that somebody handed in or should have, in the order of the ladder.
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
    tell: Callable[[str], None] = lambda sentence: None,
    progress: Callable[[Iterable[Any], int], Iterable[Any]] = lambda items, total: items,
    **sandbox: Any,
) -> Grades:
    """Grade a class.

    Parameters
    ----------
    directories : one per learner
        Plain files among them are passed over.
    expected : names of exercises
        Which everybody should have handed in: what is missing counts 0.
    seed : int
        Of the inputs: all submissions of an exercise get the same ones.
    jobs : int
        Submissions at a time.
    tell : callable (sentence)
        Is told, before anything is judged, what looks like an oversight.
    progress : callable (items, total) -> items
        Wraps what is judged, one by one.

    Raises
    ------
    ArgumentError
        A directory is not there, all are empty and nothing is expected, or two have one name.
    """
    for file in (d for d in directories if d.is_file()):
        tell(f"{file} is passed over: needed the folder of a learner")
    directories = [d for d in directories if not d.is_file()]
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
    places = {name: handed_in(d) for name, d in zip(names, directories, strict=True)}
    work = [(name, place) for name in names for place in places[name]]
    if not work and not expected:
        raise ArgumentError(f"workshop: no {NOTE} below {directories[0]}; needed folders that `start` made")
    for name, directory in zip(names, directories, strict=True):
        for sentence in crowded(directory, places[name]):
            tell(sentence)
    with ThreadPoolExecutor(jobs) as pool:
        results_in_turn = pool.map(lambda item: judge(item[1], seed, sandbox), work)
        judged = list(progress(results_in_turn, len(work)))
    results: dict[str, list[Result]] = {name: [] for name in names}
    for (name, _), (result, _) in zip(work, judged, strict=True):
        results[name].append(result)
    exercises = in_ladder({*expected, *(r.exercise for r, _ in judged)} - {UNREADABLE})
    return Grades(
        seed,
        exercises,
        [row(name, results[name], expected) for name in sorted(results)],
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


def crowded(directory: Path, places: Sequence[Path]) -> Iterable[str]:
    """A sentence where an exercise stands in several sub-folders: is it one learner, or a whole class?"""
    among: dict[str, list[str]] = {}
    for place in places:
        with suppress(TinynnError, OSError):
            folder = (*place.relative_to(directory).parts, ".")[0]
            among.setdefault(opened(place).exercise.name, []).append(folder)
    twice = {name: sorted(set(folders)) for name, folders in among.items() if len(set(folders)) > 1}
    for name in in_ladder(twice)[:1]:
        where = " and in ".join(twice[name][:3])
        yield (
            f"{directory} is one learner, whose {name} stands in {where}: the best counts; "
            f"if these are learners: tinynn workshop grade {directory}/*"
        )


def judge(place: Path, seed: int, sandbox: dict[str, Any]) -> tuple[Result, list[str]]:
    """One folder. Whatever is in it, there is a result."""
    folder: Folder | None = None
    try:
        folder = opened(place)
        hide = (str(place.resolve()),)
        report = check_source(
            folder.exercise, folder.language, folder.text(), seed, **{"hide": hide, **sandbox}
        )
    except Exception as error:  # whatever one learner hands in, the others are graded
        name, language = (folder.exercise.name, folder.language) if folder else (UNREADABLE, "?")
        return Result(name, language, place.name, mistake=f"cannot be judged: {sentence_of(error)}"), []
    return of_report(folder, report), report.not_contained


def sentence_of(error: Exception) -> str:
    """Our own errors are sentences; others say what they are too."""
    return str(error) if isinstance(error, TinynnError) else f"{type(error).__name__}: {error}"


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


def row(name: str, results: list[Result], expected: Sequence[str]) -> Learner:
    """One learner; of an exercise that is handed in twice the better one counts."""
    own = {r.exercise for r in results} - {UNREADABLE}
    best = {e: max((r.score for r in results if r.exercise == e), default=0.0) for e in own | {*expected}}
    passed = len({r.exercise for r in results if r.passed})
    ladder = in_ladder({r.exercise for r in results})
    ordered = sorted(results, key=lambda r: (ladder.index(r.exercise), r.folder))
    score = sum(best.values()) / max(len(best), 1)
    return Learner(name, round(score, 6), passed, len(own), ordered)


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
