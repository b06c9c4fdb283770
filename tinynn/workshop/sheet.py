"""The grades of a class as a table for a spreadsheet and as a page."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from html import escape

from tinynn.workshop.contract import LANGUAGE_NAMES
from tinynn.workshop.roster import UNREADABLE, Grades, Learner, Result

STYLE = """
:root { color-scheme: light dark; --ink: #1f2933; --soft: #52606d; --line: #dde2e7; --page: #ffffff;
  --right: #1e6b3a; --right-back: #dff3e5; --wrong: #9a3412; --wrong-back: #fdeadd; --bar: #2a6fb0; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6eaee; --soft: #a3b0bd; --line: #36414d; --page: #14191f;
    --right: #8fd6a6; --right-back: #173323; --wrong: #f4b183; --wrong-back: #3a2415; --bar: #6fa8dc; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem 1rem 4rem; background: var(--page);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; }
p { margin: .2rem 0; color: var(--soft); max-width: 46rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .4rem .9rem .4rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
th { color: var(--soft); font-weight: 600; white-space: nowrap; }
td.number, th.number { text-align: right; }
.mark { display: inline-block; padding: 0 .5rem; border-radius: .6rem; white-space: nowrap; }
.right { color: var(--right); background: var(--right-back); }
.wrong { color: var(--wrong); background: var(--wrong-back); }
.bar { display: block; height: .55rem; margin-top: .5rem; background: var(--bar); border-radius: .2rem;
  min-width: 2px; }
td.share { width: 25%; min-width: 5rem; }
.name { font-weight: 600; white-space: nowrap; }
@media (max-width: 40rem) {
  thead { display: none; }
  tr { display: block; padding: .5rem 0; border-bottom: 1px solid var(--line); }
  td, td.number, td.share { display: block; width: auto; border: 0; padding: .1rem 0; text-align: left; }
}
"""


def as_csv(grades: Grades) -> str:
    """One row per learner: the score, how many exercises passed, and score and mistake of each exercise."""
    columns = [column for e in grades.exercises for column in (e, f"{e} mistake")]
    rows: list[list[object]] = [["learner", "score", "passed", "handed_in", *columns, "unreadable"]]
    for learner in grades.learners:
        cells: list[str] = []
        for exercise in grades.exercises:
            own = [r for r in learner.results if r.exercise == exercise]
            best = max(own, key=lambda r: r.score, default=None)
            cells += ["", ""] if best is None else [f"{best.score:g}", best.mistake or ""]
        unreadable = [f"{r.folder} {r.mistake}" for r in learner.results if r.exercise == UNREADABLE]
        row = [learner.learner, f"{learner.score:g}", learner.passed, learner.handed_in]
        rows.append([*row, *cells, "; ".join(unreadable)])
    return as_table(rows)


def as_table(rows: Iterable[Iterable[object]]) -> str:
    """Cells with commas between them, none of which a spreadsheet takes for a formula."""
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows([[safe(str(cell)) for cell in row] for row in rows])
    return file.getvalue()


def safe(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in tuple("=+-@\t\r\n") else text


def as_html(grades: Grades) -> str:
    """One page that needs nothing else: learners, and what they got wrong."""
    passed = sum(r.passed for learner in grades.learners for r in learner.results)
    handed = sum(len(learner.results) for learner in grades.learners)
    mean = sum(learner.score for learner in grades.learners) / max(len(grades.learners), 1)
    about = (
        f"{count(len(grades.learners), 'learner')}, {count(handed, 'submission')}, {passed} of them right; "
        f"mean score {mean:.0%}. All submissions of an exercise were tried on the same inputs, "
        f"those of seed {grades.seed}."
    )
    warnings = "".join(f"<p>Not contained: {escape(line)}</p>" for line in grades.not_contained)
    parts = [
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
        f"<title>Workshop: grades</title>\n<style>{STYLE}</style>\n</head>\n<body>\n",
        f"<h1>Workshop: grades</h1>\n<p>{escape(about)}</p>{warnings}\n",
        "<h2>What went wrong, and how often</h2>\n",
        of_mistakes(grades),
        "<h2>Learners</h2>\n",
        '<div class="wide"><table class="learners"><thead><tr><th>Learner</th><th class="number">Score</th>',
        "<th>Exercises</th><th>Mistake</th></tr></thead><tbody>\n",
        *(of_learner(learner) for learner in grades.learners),
        "</tbody></table></div>\n</body>\n</html>\n",
    ]
    return "".join(parts)


def count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def of_mistakes(grades: Grades) -> str:
    """The statistics, a bar each."""
    if not grades.mistakes:
        return "<p>Nothing: every submission is right.</p>\n"
    rows = [
        f'<tr><td class="name">{escape(m["exercise"])}</td><td>{escape(m["mistake"])}</td>'
        f'<td class="number">{m["count"]} x</td><td class="share">'
        f'<span class="bar" style="width:{100 * m["share"]:.1f}%" title="{m["share"]:.0%}"></span>'
        "</td></tr>\n"
        for m in grades.mistakes
    ]
    head = "<tr><th>Exercise</th><th>Mistake</th>"
    head += '<th class="number">Times</th><th>Share of its submissions</th></tr>'
    body = "".join(rows)
    return f'<div class="wide"><table><thead>{head}</thead><tbody>\n{body}</tbody></table></div>\n'


def of_learner(learner: Learner) -> str:
    marks = " ".join(of_result(r) for r in learner.results) or "<span>nothing handed in</span>"
    wrong = [r for r in learner.results if r.mistake]
    said = "<br>".join(f"{escape(named(r))}: {escape(r.mistake or '')}" for r in wrong)
    return (
        f'<tr><td class="name">{escape(learner.learner)}</td><td class="number">{learner.score:.0%}</td>'
        f"<td>{marks}</td><td>{said}</td></tr>\n"
    )


def named(result: Result) -> str:
    """The exercise; the folder where there is none to name."""
    return result.folder if result.exercise == UNREADABLE else result.exercise


def of_result(result: Result) -> str:
    """A mark: the exercise, its language, right or the share of the points."""
    verdict = "right" if result.passed else f"{result.score:.0%}"
    kind = "right" if result.passed else "wrong"
    if result.exercise == UNREADABLE:
        return f'<span class="mark wrong">{escape(result.folder)}: unreadable</span>'
    language = LANGUAGE_NAMES[result.language]
    return f'<span class="mark {kind}">{escape(result.exercise)} in {escape(language)}: {verdict}</span>'
