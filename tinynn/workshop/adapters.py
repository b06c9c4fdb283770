"""The grades in the words of other graders: `python -m tinynn.workshop.adapters FORMAT < grades.json`

    github      GitHub Classroom: what classroom-resources/autograding-grading-reporter reads from a step
    otter       otter-grader and Gradescope: results.json
    nbgrader    a table: assignment, student, score, max score. nbgrader reads no table back; its grade book
                is filled by an autograded cell, see docs/workshop.md

FORMAT reads what `tinynn workshop grade --json` printed. `github` and `otter` want the grades of one learner.
Each exercise that was handed in or expected is one test, with the best of what the learner handed in.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

from tinynn.workshop.roster import UNREADABLE
from tinynn.workshop.sheet import as_table

Grades = Mapping[str, Any]
POINTS = 10.0  # of one exercise
NOTHING = {"language": "", "score": 0.0, "passed": False, "mistake": "not handed in", "where": None}


def github(grades: Grades) -> str:
    """Version 1 of the autograding result: one test per exercise, with its score and its mistake.

    The reporter prints `line_no` unless it is 0, and of a test that failed `test_code`, never the message.
    """
    tests = [
        {
            "name": title(r),
            "status": "pass" if r["passed"] else "fail",
            "message": r["mistake"] or "",
            "test_code": r["mistake"] or "",
            "filename": "",
            "line_no": (r["where"] or {}).get("line") or 0,
            "score": round(POINTS * r["score"], 2),
        }
        for r in the_tests(grades)
    ]
    status = "pass" if tests and all(t["status"] == "pass" for t in tests) else "fail"
    found = {"version": 1, "status": status, "max_score": POINTS * len(grades["exercises"]), "tests": tests}
    return json.dumps(found, indent=2)


def otter(grades: Grades) -> str:
    """results.json: one test per exercise."""
    tests = [
        {
            "name": title(r),
            "score": round(POINTS * r["score"], 2),
            "max_score": POINTS * (r["exercise"] != UNREADABLE),
            "status": "passed" if r["passed"] else "failed",
            "output": r["mistake"] or "right",
            "visibility": "visible",
        }
        for r in the_tests(grades)
    ]
    return json.dumps({"tests": tests, "score": sum(float(str(t["score"])) for t in tests)}, indent=2)


def nbgrader(grades: Grades) -> str:
    """One row per learner and exercise."""
    rows = [
        (exercise, row["learner"], f"{POINTS * best(row, exercise)['score']:g}", f"{POINTS:g}")
        for row in grades["learners"]
        for exercise in grades["exercises"]
    ]
    return as_table([("assignment", "student_id", "score", "max_score"), *rows])


def the_tests(grades: Grades) -> list[Mapping[str, Any]]:
    """Of the only learner: the best of each exercise, then what could not be read, which is worth nothing."""
    if len(grades["learners"]) != 1:
        raise SystemExit(f"adapters: {len(grades['learners'])} learners; needed the grades of one")
    learner = grades["learners"][0]
    unreadable = [r for r in learner["results"] if r["exercise"] == UNREADABLE]
    return [*(best(learner, exercise) for exercise in grades["exercises"]), *unreadable]


def best(learner: Mapping[str, Any], exercise: str) -> Mapping[str, Any]:
    """The best of what a learner handed in of an exercise; 0 points where that is nothing."""
    own = [r for r in learner["results"] if r["exercise"] == exercise]
    return max(own, key=lambda r: r["score"], default={**NOTHING, "exercise": exercise})


def title(result: Mapping[str, Any]) -> str:
    """What a test is called."""
    if result["exercise"] == UNREADABLE:
        return f"{result['folder']} {UNREADABLE}"
    return f"{result['exercise']} ({result['language']})" if result["language"] else str(result["exercise"])


FORMATS: dict[str, Callable[[Grades], str]] = {"github": github, "otter": otter, "nbgrader": nbgrader}


def main(argv: list[str]) -> int:
    """Read grades, write them in another format."""
    if len(argv) != 1 or argv[0] not in FORMATS:
        print(
            f"usage: python -m tinynn.workshop.adapters {' | '.join(FORMATS)} < grades.json", file=sys.stderr
        )
        return 2
    try:
        grades = json.load(sys.stdin)
        text = FORMATS[argv[0]](grades)
    except (ValueError, KeyError, TypeError):
        print("adapters: needed what `tinynn workshop grade --json` printed", file=sys.stderr)
        return 2
    print(text.rstrip("\n"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
