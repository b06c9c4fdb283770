"""tinynn run NAME: one experiment, its metrics and its figures."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from tinynn.backends import BACKENDS
from tinynn.cli._experiment import add_experiment, check_name, settings


def add(commands: Any) -> None:
    """Add the sub-command to the parser."""
    parser = commands.add_parser("run", help="run an experiment", description=__doc__)
    add_experiment(parser)
    parser.add_argument(
        "--data", metavar="DIR", help="where mnist/ and cifar-10-batches-py/ lie (default $TINYNN_DATA)"
    )
    parser.add_argument(
        "--out", metavar="DIR", default="tinynn-runs", help="results go to DIR/NAME (default %(default)s)"
    )
    parser.add_argument("--epochs", type=int, metavar="N", help="instead of the experiment's own")
    parser.add_argument("--backend", choices=BACKENDS, help="default: native where it was built, else numpy")
    parser.add_argument(
        "--synthetic", action="store_true", help="generated data of the same shape; no files needed"
    )
    parser.add_argument(
        "--json", action="store_true", help="print metrics.json on stdout and nothing else there"
    )
    parser.set_defaults(function=run)


def run(arguments: argparse.Namespace) -> int:
    """Run it; exit code 0."""
    from tinynn.experiments import all_experiments, run_experiment

    check_name(arguments.name)
    ours = ("command", "function", "json", "name", "settings", "version")
    options = {k: v for k, v in vars(arguments).items() if k not in ours}
    options |= settings(arguments.settings, taken=options)
    with redirect_stdout(sys.stderr):  # whatever an experiment or a library prints: stdout is for the result
        metrics = run_experiment(arguments.name, **options)
    folder = Path(arguments.out) / arguments.name
    if arguments.json:
        print(json.dumps(metrics))
        return 0
    for name, value in metrics.items():
        if isinstance(value, (str, int, float)):
            print(f"{name:>20}  {value:.4f}" if isinstance(value, float) else f"{name:>20}  {value}")
    if metrics["synthetic"] and all_experiments()[arguments.name].dataset:
        print("The data were GENERATED; these figures say nothing about the real set.")
    count = len(metrics["figures"])
    print(f"{folder / 'metrics.json'} and {count} figure{'s' * (count != 1)} beside it")
    if (folder / "report.html").is_file():
        print(f"{folder / 'report.html'}: all of it on one page, for a browser")
    return 0
