"""The exercises that are there: one folder each under exercises/.

exercise.py     EXERCISE, a contract.Exercise
practice.py     PRACTICE, a practice.Practice: its training, and how it is timed
lesson.md       the page that is read first
hints.md        three headings, from a nudge to nearly the answer
starter.*       what `start` hands out, one file per language: .py .pyx .cpp
answer.*        the model answers, which the tests run
naive.cpp       what a C++ answer is timed against, where the model answer is more than the plain loops
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path

from tinynn.errors import ArgumentError
from tinynn.workshop.contract import Exercise
from tinynn.workshop.practice import Practice

FOLDER = Path(__file__).parent / "exercises"
SUFFIXES = {"numpy": ".py", "cython": ".pyx", "cpp": ".cpp"}


@cache
def all_exercises() -> dict[str, Exercise]:
    """The exercises by name, in the order of the ladder."""
    folders = sorted(p.parent.name for p in FOLDER.glob("*/exercise.py"))
    found: list[Exercise] = [
        import_module(f"tinynn.workshop.exercises.{folder}.exercise").EXERCISE for folder in folders
    ]
    return {e.name: e for e in sorted(found, key=lambda e: (e.place, e.name))}


def exercise(name: str) -> Exercise:
    """One by its name.

    >>> exercise("linear-dw").c_signature()
    'void linear_dw(const real* dy, const real* x, real* dw, long m, long n, long k)'

    Raises
    ------
    ArgumentError
    """
    if name not in all_exercises():
        from difflib import get_close_matches

        near = get_close_matches(str(name), all_exercises(), n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "see tinynn workshop list"
        raise ArgumentError(f"workshop: no exercise is called {str(name)!r}; {hint}")
    return all_exercises()[name]


def text_of(exercise: Exercise, file: str) -> str:
    """A file of its folder."""
    return (FOLDER / exercise.function / file).read_text(encoding="utf-8")


def starter(exercise: Exercise, language: str) -> str:
    return text_of(exercise, f"starter{SUFFIXES[language]}")


def answer(exercise: Exercise, language: str) -> str:
    """The model answer."""
    return text_of(exercise, f"answer{SUFFIXES[language]}")


def naive(exercise: Exercise) -> str:
    """The plainest C++: naive.cpp where the model answer is more than that, else the model answer."""
    own = (FOLDER / exercise.function / "naive.cpp").is_file()
    return text_of(exercise, "naive.cpp") if own else answer(exercise, "cpp")


def hints(exercise: Exercise) -> list[str]:
    """The steps of hints.md, which stand under headings."""
    return [part.strip() for part in text_of(exercise, "hints.md").split("\n## ")[1:]]


def practice(exercise: Exercise) -> Practice:
    """How it is trained with and timed.

    >>> practice(exercise("linear-dw")).net
    'dense'
    """
    module = import_module(f"tinynn.workshop.exercises.{exercise.function}.practice")
    found: Practice = module.PRACTICE
    return found
