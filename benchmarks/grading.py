"""Grade a class of generated submissions, twice: how long it takes, and whether both sheets are the same.

    python benchmarks/grading.py --count 200 --out class-folder

One exercise each, a third in each language where the exercise has it. Of every four submissions one is right,
one is the starter, and two are the model answer with one thing wrong. The sheets are left in the folder.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from time import perf_counter

import numpy as np

from tinynn.workshop import all_exercises, answer, start, starter
from tinynn.workshop.contract import LANGUAGE_NAMES, Exercise
from tinynn.workshop.roster import grade
from tinynn.workshop.sheet import as_csv, as_html

EDITS = (
    ("+=", "="),
    ("+=", "-="),
    (" * ", " + "),
    ("0;", "1;"),
    ("[...] =", "="),
    (" < ", " <= "),
    ("0)", "1)"),
)
KINDS = ("right", "wrong", "starter", "wrong")


def wrong(exercise: Exercise, language: str, rng: np.random.Generator) -> str:
    """The model answer with one of the edits that change it, at one of the places."""
    text = answer(exercise, language)
    body = text.index("{" if language == "cpp" else f"def {exercise.function}")
    found = [(old, new) for old, new in EDITS if old in text[body:]]
    if not found:
        return starter(exercise, language)
    old, new = found[int(rng.integers(len(found)))]
    places = [i for i in range(body, len(text)) if text.startswith(old, i)]
    place = places[int(rng.integers(len(places)))]
    return text[:place] + new + text[place + len(old) :]


def generate(folder: Path, count: int, seed: int) -> None:
    """The submissions."""
    rng, languages = np.random.default_rng(seed), list(LANGUAGE_NAMES)
    for number in range(count):
        language = languages[number % len(languages)]
        able = [e for e in all_exercises().values() if language in e.languages]
        exercise = able[int(rng.integers(len(able)))]
        kind = KINDS[number // len(languages) % len(KINDS)]
        made = start(exercise.name, language, folder / f"learner-{number:03}")
        texts = {"right": answer, "starter": starter}
        text = texts[kind](exercise, language) if kind in texts else wrong(exercise, language, rng)
        made.source.write_text(text, encoding="utf-8")


def main() -> int:
    """Print seconds, how many are right, and whether twice was the same."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("graded"))
    arguments = parser.parse_args()
    generate(arguments.out / "class", arguments.count, arguments.seed)
    folders = sorted((arguments.out / "class").iterdir())
    seconds, sheets = [], []
    for _ in range(2):
        began = perf_counter()
        grades = grade(folders, seed=arguments.seed, jobs=arguments.jobs)
        seconds.append(round(perf_counter() - began, 1))
        sheets.append(json.dumps(grades.as_json()) + as_csv(grades) + as_html(grades))
    (arguments.out / "grades.html").write_text(as_html(grades), encoding="utf-8")
    (arguments.out / "grades.csv").write_text(as_csv(grades), encoding="utf-8")
    right = sum(learner.passed for learner in grades.learners)
    same = sheets[0] == sheets[1]
    found = {"submissions": arguments.count, "seconds": seconds, "right": right, "same": same}
    found["wrong_and_not_named"] = sum(
        m["count"] for m in grades.mistakes if "bank does not know" in m["mistake"]
    )
    print(json.dumps(found))
    return 0 if same else 1


if __name__ == "__main__":
    raise SystemExit(main())
