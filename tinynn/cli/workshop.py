"""tinynn workshop: write a kernel yourself, and be told which mistake you made.

`list` shows the exercises, `start` makes a folder with a lesson and a file to fill in, `check` judges it,
`hint` helps; `bench` puts the kernel on the clock, `train` lets a net learn with it; `grade` judges a class;
`hunt` hides a mistake in a kernel.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
from collections.abc import Callable
from contextlib import ExitStack, redirect_stdout
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
    start.add_argument(
        "--lang", choices=("numpy", "cython", "cpp"), help="default: numpy, or cpp where it is in C++ alone"
    )
    start.add_argument("--dir", metavar="DIR", help="the folder to make (default: NAME)")
    check = action("check", run_check, "judge what is in the folder; exit code 0 right, 1 wrong")
    check.add_argument("directory", metavar="DIR")
    check.add_argument("--seed", type=int, metavar="N", help="of the inputs (default: new ones each time)")
    check.add_argument(
        "--sanitize", action="store_true", help="compile C++ with AddressSanitizer, where there is one"
    )
    hint = action("hint", run_hint, "the next of three hints")
    hint.add_argument("directory", metavar="DIR")
    bench = action("bench", run_bench, "time it beside the naive C++, tinynn's own kernel and the roofline")
    bench.add_argument("directory", metavar="DIR")
    bench.add_argument("--seed", type=int, default=0, metavar="N", help="of the inputs (default 0)")
    bench.add_argument("--out", metavar="DIR", help="where bench.png goes (default: DIR itself)")
    train = action("train", run_train, "let a net learn with it; exit code 0 where it reaches 97 %%")
    train.add_argument("directory", metavar="DIR")
    train.add_argument("--data", metavar="DIR", help="where mnist/ lies (default $TINYNN_DATA)")
    train.add_argument("--fold", action="store_true", help="fold the plane of the spiral; no files needed")
    train.add_argument("--synthetic", action="store_true", help="digits that are generated; no files needed")
    train.add_argument("--epochs", type=int, metavar="N", help="instead of its own")
    train.add_argument("--seed", type=int, default=0, metavar="N", help="of every random number (default 0)")
    train.add_argument("--out", metavar="DIR", help="where training.png goes (default: DIR itself)")
    grade = action("grade", run_grade, "judge a class: a folder for each learner")
    grade.add_argument(
        "directories",
        nargs="+",
        metavar="DIR",
        help="one for each learner: what `start` made, or a folder that holds several of those; of a folder "
        "CLASS that holds the learners, CLASS/*",
    )
    grade.add_argument("--csv", metavar="FILE", help="write a table, one row per learner")
    grade.add_argument("--html", metavar="FILE", help="write a page")
    grade.add_argument("--seed", type=int, default=0, metavar="N", help="of the inputs (default 0)")
    grade.add_argument(
        "--expect",
        action="append",
        default=[],
        metavar="NAME",
        help="an exercise that counts 0 where it is missing",
    )
    grade.add_argument("--jobs", type=int, default=2, metavar="N", help="submissions at a time (default 2)")
    hunt = action("hunt", run_hunt, "find the mistake that is planted in a kernel")
    hunt.add_argument("--seed", type=int, metavar="N", help="of the hunt (default: a new one)")
    hunt.add_argument("--show", choices=("gradcheck", "adjoint", "picture"), help="look for traces")
    hunt.add_argument("--answer", type=int, metavar="K", help="the suspect it is; exit code 0 right, 1 wrong")
    hunt.add_argument("--out", metavar="DIR", default=".", help="where hunt.png goes (default: here)")


def run_list(arguments: argparse.Namespace) -> int:
    """One line per exercise."""
    from tinynn.workshop import all_exercises
    from tinynn.workshop.contract import LANGUAGE_NAMES

    known = all_exercises().values()
    if arguments.json:
        rows = [{"name": e.name, "title": e.title, "languages": list(e.languages)} for e in known]
        print(json.dumps({"exercises": rows}))
        return 0
    width = max(len(e.name) for e in known) + 2
    for e in known:
        only = "" if len(e.languages) > 1 else f" (in {LANGUAGE_NAMES[e.languages[0]]} alone)"
        print(f"{e.name:<{width}}{e.title}{only}")
    return 0


def run_start(arguments: argparse.Namespace) -> int:
    """Make the folder."""
    from tinynn.errors import BackendError
    from tinynn.workshop import exercise, start
    from tinynn.workshop.compilers import need_compiler

    language = arguments.lang or exercise(arguments.name).languages[0]
    folder = start(arguments.name, language, Path(arguments.dir or arguments.name))
    try:
        need_compiler(folder.exercise, language)
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
    from tinynn.workshop.compilers import sanitizer
    from tinynn.workshop.say import in_words

    seed = secrets.randbits(32) if arguments.seed is None else checked_seed(arguments.seed)
    folder = opened(Path(arguments.directory))
    if arguments.sanitize and (folder.language != "cpp" or sanitizer() is None):
        raise ArgumentError(
            "workshop: --sanitize needs a folder in C++ and a compiler with libasan; leave it out"
        )
    report = check(folder, seed, arguments.sanitize)
    return told(report, lambda report: in_words(report, folder.path), arguments.json)


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


def run_bench(arguments: argparse.Namespace) -> int:
    """Time it; 1 where it is wrong."""
    from tinynn.workshop import opened
    from tinynn.workshop.clock import bench
    from tinynn.workshop.say import timed_in_words

    out = None if arguments.out is None else Path(arguments.out)
    found = bench(opened(Path(arguments.directory)), seed=checked_seed(arguments.seed), out=out)
    return told(found, timed_in_words, arguments.json)


def run_train(arguments: argparse.Namespace) -> int:
    """Train with it; 1 where the net did not learn."""
    from tinynn.workshop import opened
    from tinynn.workshop.say import trained_in_words
    from tinynn.workshop.training import train

    if arguments.epochs is not None and arguments.epochs < 1:
        raise ArgumentError(f"workshop: --epochs is {arguments.epochs}; needed a positive integer")
    with redirect_stdout(sys.stderr):
        found = train(
            opened(Path(arguments.directory)),
            data_dir=arguments.data,
            fold=arguments.fold,
            synthetic=arguments.synthetic,
            epochs=arguments.epochs,
            seed=checked_seed(arguments.seed),
            out=None if arguments.out is None else Path(arguments.out),
        )
    return told(found, trained_in_words, arguments.json)


def checked_seed(seed: int) -> int:
    """The seed, where it is one."""
    if not 0 <= seed < 2**63:
        raise ArgumentError(f"workshop: --seed is {seed}; needed an integer in 0..2**63-1")
    return seed


def told(found: Any, in_words: Callable[[Any], str], as_json: bool) -> int:
    """Print what was found; 0 where it passed."""
    for line in found.not_contained:
        print(f"tinynn workshop: {line}", file=sys.stderr)
    print(json.dumps(found.as_json(), allow_nan=False) if as_json else in_words(found))
    return 0 if found.passed else 1


def run_grade(arguments: argparse.Namespace) -> int:
    """Judge all; 0 also where submissions are wrong: grading them went well."""
    from tinynn.train.progress import progress_bar
    from tinynn.workshop.roster import grade
    from tinynn.workshop.say import grades_in_words
    from tinynn.workshop.sheet import as_csv, as_html

    wanted = [(arguments.csv, as_csv), (arguments.html, as_html)]
    with ExitStack() as stack:  # opened before ten minutes of judging, and emptied after them
        files = [
            (stack.enter_context(Path(name).open("a", encoding="utf-8")), text)
            for name, text in wanted
            if name is not None
        ]
        grades = grade(
            [Path(d) for d in arguments.directories],
            expected=arguments.expect,
            seed=checked_seed(arguments.seed),
            jobs=arguments.jobs,
            tell=lambda sentence: print(f"tinynn workshop: {sentence}", file=sys.stderr),
            progress=lambda items, total: progress_bar(items, "submissions", total=total),
        )
        for file, text in files:
            if file.seekable():
                file.truncate(0)
            file.write(text(grades))
    return told(grades, grades_in_words, arguments.json)


def run_hunt(arguments: argparse.Namespace) -> int:
    """Say what there is to find, show traces, or check the answer."""
    from tinynn.workshop import saying_hunt as say
    from tinynn.workshop.hunt import Hunt

    hunt = Hunt(secrets.randbits(16) if arguments.seed is None else checked_seed(arguments.seed))
    found: dict[str, Any] = {"seed": hunt.seed, "kernel": hunt.name, "suspects": hunt.suspects}
    if arguments.answer is not None:
        right = hunt.answer(arguments.answer)
        found |= {"answer": arguments.answer, "right": right}
        words = say.verdict(hunt, arguments.answer, right)
    elif arguments.show == "picture":
        found["figure"] = str(say.draw(hunt, Path(arguments.out)))
        words = f"{found['figure']}: {hunt.name}"
    elif arguments.show:
        found[arguments.show] = getattr(hunt, arguments.show)()
        words = say.TABLES[arguments.show](found[arguments.show])
    else:
        words = say.introduction(hunt)
    print(json.dumps(found) if arguments.json else words)
    return 0 if found.get("right", True) else 1
