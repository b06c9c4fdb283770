"""tinynn workshop: write a kernel yourself, and be told which mistake you made.

`list` shows the exercises, `start` makes a folder with a lesson and a file to fill in, `check` judges it,
`hint` helps.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
from pathlib import Path
from typing import Any

from tinynn.errors import ArgumentError


def add(commands: Any) -> None:
    """Add the sub-command to the parser."""
    parser = commands.add_parser("workshop", help="write kernels, and have them checked", description=__doc__)
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    def action(name: str, function: Any, about: str) -> Any:
        found = actions.add_parser(name, help=about, description=about)
        found.add_argument("--json", action="store_true", help="as one JSON object on stdout")
        found.set_defaults(function=function)
        return found

    action("list", run_list, "list the exercises")
    start = action("start", run_start, "make a folder with the lesson and a file to fill in")
    start.add_argument("name", metavar="NAME", help="an exercise, such as linear-dw")
    start.add_argument("--lang", choices=("numpy", "cython", "cpp"), default="numpy", help="default: numpy")
    start.add_argument("--dir", metavar="DIR", help="the folder to make (default: NAME)")
    check = action("check", run_check, "judge what is in the folder; exit code 0 right, 1 wrong")
    check.add_argument("directory", metavar="DIR")
    check.add_argument("--seed", type=int, metavar="N", help="of the inputs (default: new ones each time)")
    hint = action("hint", run_hint, "the next of three hints")
    hint.add_argument("directory", metavar="DIR")


def run_list(arguments: argparse.Namespace) -> int:
    """One line per exercise."""
    from tinynn.workshop import all_exercises

    known = all_exercises().values()
    if arguments.json:
        rows = [{"name": e.name, "title": e.title, "languages": list(e.languages)} for e in known]
        print(json.dumps({"exercises": rows}))
        return 0
    width = max(len(e.name) for e in known) + 2
    for e in known:
        print(f"{e.name:<{width}}{e.title}")
    return 0


def run_start(arguments: argparse.Namespace) -> int:
    """Make the folder."""
    from tinynn.errors import BackendError
    from tinynn.workshop import exercise, start
    from tinynn.workshop.compilers import need_compiler

    folder = start(arguments.name, arguments.lang, Path(arguments.dir or arguments.name))
    try:
        need_compiler(exercise(arguments.name), arguments.lang)
    except BackendError as error:
        print(f"tinynn {error}", file=sys.stderr)
    if arguments.json:
        files = {"lesson": str(folder.path / "lesson.md"), "source": str(folder.source)}
        print(json.dumps({"exercise": folder.exercise.name, "language": folder.language, **files}))
        return 0
    print(f"read     {folder.path / 'lesson.md'}")
    print(f"fill in  {folder.source}")
    print(f"then     tinynn workshop check {folder.path}")
    return 0


def run_check(arguments: argparse.Namespace) -> int:
    """Judge it."""
    from tinynn.workshop import check, opened
    from tinynn.workshop.say import in_words

    if arguments.seed is not None and not 0 <= arguments.seed < 2**63:
        raise ArgumentError(f"workshop: --seed is {arguments.seed}; needed an integer in 0..2**63-1")
    folder = opened(Path(arguments.directory))
    report = check(folder, secrets.randbits(32) if arguments.seed is None else arguments.seed)
    for line in report.not_contained:
        print(f"tinynn workshop: {line}", file=sys.stderr)
    print(json.dumps(report.as_json(), allow_nan=False) if arguments.json else in_words(report, folder.path))
    return 0 if report.passed else 1


def run_hint(arguments: argparse.Namespace) -> int:
    """Print the next step."""
    from tinynn.workshop import opened

    number, of, text = opened(Path(arguments.directory)).next_hint()
    print(
        json.dumps({"hint": number, "of": of, "text": text})
        if arguments.json
        else f"hint {number} of {of}: {text}"
    )
    return 0
