"""The grades in the words of other graders: `python -m tinynn.workshop.adapters FORMAT < grades.json`

    github      GitHub Classroom: the result of its custom autograder (classroom-resources/autograding)
    otter       otter-grader and Gradescope: results.json
    nbgrader    a table for nbgrader's grade book: assignment, student, score, max score

FORMAT reads what `tinynn workshop grade --json` printed. `github` and `otter` want the grades of one learner.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

Grades = Mapping[str, Any]
POINTS = 10.0  # of one exercise


def github(grades: Grades) -> str:
    """Version 1 of the autograding result: one test per exercise, with its score and its mistake."""
    tests = [
        {
            "name": f"{r['exercise']} ({r['language']})",
            "status": "pass" if r["passed"] else "fail",
            "message": r["mistake"] or "",
            "score": round(POINTS * r["score"], 2),
        }
        for r in the_one(grades)["results"]
    ]
    status = "pass" if tests and all(t["status"] == "pass" for t in tests) else "fail"
    found = {"version": 1, "status": status, "max_score": POINTS * len(tests), "tests": tests}
    return json.dumps(found, indent=2)


def otter(grades: Grades) -> str:
    """results.json: one test per exercise."""
    tests = [
        {
            "name": f"{r['exercise']} ({r['language']})",
            "score": round(POINTS * r["score"], 2),
            "max_score": POINTS,
            "status": "passed" if r["passed"] else "failed",
            "output": r["mistake"] or "right",
            "visibility": "visible",
        }
        for r in the_one(grades)["results"]
    ]
    return json.dumps({"tests": tests, "score": sum(float(str(t["score"])) for t in tests)}, indent=2)


def nbgrader(grades: Grades) -> str:
    """One row per learner and exercise, with the columns of `nbgrader export`."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["assignment", "student_id", "score", "max_score"])
    for learner in grades["learners"]:
        for exercise in grades["exercises"]:
            own = [r["score"] for r in learner["results"] if r["exercise"] == exercise]
            row = [exercise, learner["learner"], f"{POINTS * max(own, default=0.0):g}", f"{POINTS:g}"]
            writer.writerow(row)
    return file.getvalue()


def the_one(grades: Grades) -> Mapping[str, Any]:
    """The only learner of a submission that is graded by itself."""
    if len(grades["learners"]) != 1:
        raise SystemExit(f"adapters: {len(grades['learners'])} learners; needed the grades of one")
    found: Mapping[str, Any] = grades["learners"][0]
    return found


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
