"""tinynn gallery: every experiment, and one page that leads to all of them.

Goes on where an experiment fails, says so at the end, and then ends with exit code 1.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from tinynn.backends import BACKENDS
from tinynn.cli import unknown
from tinynn.errors import ArgumentError


def add(commands: Any) -> None:
    """Add the sub-command to the parser."""
    parser = commands.add_parser(
        "gallery", help="run all experiments and write index.html", description=__doc__
    )
    parser.add_argument(
        "--data", metavar="DIR", help="where mnist/ and cifar-10-batches-py/ lie (default $TINYNN_DATA)"
    )
    parser.add_argument(
        "--out", metavar="DIR", default="tinynn-gallery", help="index.html goes here (default %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of every random number (default 0)")
    parser.add_argument(
        "--only", nargs="+", metavar="NAME", help="these experiments; the others stay as they are"
    )
    parser.add_argument("--backend", choices=BACKENDS, help="default: native where it was built, else numpy")
    parser.add_argument("--threads", type=int, metavar="T", help="of the native kernels")
    parser.add_argument(
        "--synthetic", action="store_true", help="generated data of the same shape; no files needed"
    )
    parser.set_defaults(function=run)


def run(arguments: argparse.Namespace) -> int:
    """Run them; exit code 0, or 1 where one failed."""
    from tinynn import report
    from tinynn.experiments._gallery import in_order, run_all

    names = in_order()
    for name in arguments.only or []:
        if name not in names:
            raise ArgumentError(f"{unknown('experiment', name, names)}; see tinynn list")
    if not report.available():
        raise ArgumentError('the pages need Bokeh; try pip install "tinynn-engine[report]"')
    chosen = [name for name in names if name in arguments.only] if arguments.only else names
    given = ("data", "seed", "backend", "threads", "synthetic")
    out = Path(arguments.out)
    with redirect_stdout(sys.stderr):
        results = run_all(chosen, out, **{name: getattr(arguments, name) for name in given})
    failed = [result for result in results if result.failed]
    for result in failed:
        print(f"tinynn gallery: {result.name} failed: {result.failed}", file=sys.stderr)
    seconds = sum(result.seconds for result in results)
    done, page = f"{len(results) - len(failed)} of {len(results)}", out / "index.html"
    print(f"{done} experiments in {seconds:,.0f} s: {page}")
    return 1 if failed else 0
