"""Every exercise: its folder is complete, its answers are right, its wrong rules are rejected and named."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable
from typing import Any

import pytest

from tinynn.workshop import Exercise, all_exercises, answer, starter
from tinynn.workshop.battery import battery
from tinynn.workshop.confusion import hand_in, rows
from tinynn.workshop.load import FOLDER, SUFFIXES, hints, text_of
from tinynn.workshop.policy import objections

EXERCISES = all_exercises()
EACH = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=list(EXERCISES))
FEW = ("linear-dw", "softmax-xent-forward", "conv1d-forward", "adam")  # a sum, a formula, windows, numbers
NAMED = pytest.mark.parametrize(
    "exercise",
    [e if e.name in FEW else pytest.param(e, marks=pytest.mark.slow) for e in EXERCISES.values()],
    ids=list(EXERCISES),
)


def numpy_answer(exercise: Exercise) -> Callable[..., None]:
    """The function of answer.py; NumPy's own way where the exercise is for compiled languages alone."""
    if "numpy" not in exercise.languages:
        return exercise.oracle
    spec = importlib.util.spec_from_file_location("answer", FOLDER / exercise.function / "answer.py")
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, exercise.function)


@EACH
def test_the_numpy_answer_is_right(exercise: Exercise) -> None:
    for seed in range(3):
        judged = hand_in(exercise, numpy_answer(exercise), seed)
        assert all(j.passed for j in judged), [(j.trial.about, j.trial.sizes, j.wrong) for j in judged]


@EACH
def test_nothing_that_does_nothing_passes_a_check(exercise: Exercise) -> None:
    judged = hand_in(exercise, lambda *arguments: None, 0)
    for check in {j.trial.check for j in judged}:
        assert not all(j.passed for j in judged if j.trial.check == check), check


@NAMED
def test_every_wrong_rule_is_rejected_and_named(exercise: Exercise) -> None:
    table = list(rows(exercise, range(2)))
    assert len(table) >= 5, f"{exercise.name}: {len(table)} wrong rules; needed at least 5"
    assert all(row.rejected == row.tried for row in table), [r for r in table if r.rejected < r.tried]
    misnamed = [(r.planted, dict(r.taken_for)) for r in table if r.named < r.tried]
    assert len(misnamed) <= 0.05 * len(table), misnamed


@EACH
def test_the_same_seed_draws_the_same_trials(exercise: Exercise) -> None:
    one, two, other = (battery(exercise, seed) for seed in (1, 1, 2))
    assert all(
        a.tobytes() == b.arrays[n].tobytes()
        for t, b in zip(one, two, strict=True)
        for n, a in t.arrays.items()
    )
    assert [t.sizes for t in one] != [t.sizes for t in other]
    assert {t.side for t in one} == {"start", "end"}


@EACH
def test_the_folder_is_complete(exercise: Exercise) -> None:
    lesson = text_of(exercise, "lesson.md")
    assert lesson.startswith(f"# {exercise.name}: ")
    assert len(lesson.splitlines()) <= 90, "a lesson is one page"
    assert len(hints(exercise)) == 3
    assert exercise.rules
    compared = [r.mistake for r in exercise.rules if r.holds is None]
    assert len(set(compared)) == len(compared), "two rules of one name"
    for language in exercise.languages:
        for text in (starter(exercise, language), answer(exercise, language)):
            assert re.search(rf"\b{exercise.function}\(", text)
            assert not objections(exercise, language, text), language
    if "cpp" in exercise.languages:
        declared = " ".join(exercise.c_signature().split())
        for text in (lesson, starter(exercise, "cpp"), answer(exercise, "cpp")):
            assert declared in " ".join(text.split()), f"the C++ signature is {declared}"


def test_lengths_strides_and_paddings_always_fit() -> None:
    """One seed in some hundred used to draw a padding for which there was no stride."""
    convolution = EXERCISES["conv2d-dw"]
    for seed in range(100):
        battery(convolution, seed)


def test_the_folders_hold_nothing_else() -> None:
    kept = {
        "exercise.py",
        "practice.py",
        "naive.cpp",
        "lesson.md",
        "hints.md",
        *(f"{n}{s}" for n in ("starter", "answer") for s in SUFFIXES.values()),
    }
    found = {
        p.name for folder in FOLDER.iterdir() if folder.is_dir() for p in folder.iterdir() if p.is_file()
    }
    assert found <= kept
    assert len({e.place for e in EXERCISES.values()}) == len(EXERCISES), (
        "two exercises in one place of the ladder"
    )
