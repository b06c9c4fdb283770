"""tinynn run NAME: one experiment, its metrics and its figures."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Container
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from tinynn.backends import BACKENDS
from tinynn.cli import unknown
from tinynn.errors import ArgumentError


def add(commands: Any) -> None:
    """Add the sub-command to the parser."""
    parser = commands.add_parser("run", help="run an experiment", description=__doc__)
    parser.add_argument("name", metavar="NAME", help="see `tinynn list`")
    parser.add_argument(
        "--data", metavar="DIR", help="where mnist/ and cifar-10-batches-py/ lie (default $TINYNN_DATA)"
    )
    parser.add_argument(
        "--out", metavar="DIR", default="tinynn-runs", help="results go to DIR/NAME (default %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of every random number (default 0)")
    parser.add_argument("--epochs", type=int, metavar="N", help="instead of the experiment's own")
    parser.add_argument("--recipe", metavar="NAME", help="where an experiment has several: quick, long")
    parser.add_argument("--backend", choices=BACKENDS, help="default: native where it was built, else numpy")
    parser.add_argument("--threads", type=int, metavar="T", help="of the native kernels")
    parser.add_argument(
        "--synthetic", action="store_true", help="generated data of the same shape; no files needed"
    )
    parser.add_argument(
        "--set",
        dest="settings",
        action="append",
        default=[],
        metavar="OPTION=VALUE",
        help="an option of this experiment, such as width=2; may be given several times",
    )
    parser.add_argument(
        "--json", action="store_true", help="print metrics.json on stdout and nothing else there"
    )
    parser.set_defaults(function=run)


def run(arguments: argparse.Namespace) -> int:
    """Run it; exit code 0."""
    from tinynn.experiments import all_experiments, run_experiment

    if arguments.name not in (known := all_experiments()):
        raise ArgumentError(f"{unknown('experiment', arguments.name, list(known))}; see tinynn list")
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
    if metrics["synthetic"] and known[arguments.name].dataset:
        print("The data were GENERATED; these figures say nothing about the real set.")
    count = len(metrics["figures"])
    print(f"{folder / 'metrics.json'} and {count} figure{'s' * (count != 1)} beside it")
    return 0


def settings(given: list[str], taken: Container[str]) -> dict[str, str]:
    """["width=2"] as {"width": "2"}.

    Raises
    ------
    ArgumentError
        Not OPTION=VALUE, or an option that has a flag of its own.
    """
    pairs = [text.partition("=") for text in given]
    for text, (name, equals, _) in zip(given, pairs, strict=True):
        if not equals or not name.isidentifier():
            raise ArgumentError(f"--set: got {text!r}; needed OPTION=VALUE; try --set width=2")
        if name in taken:
            raise ArgumentError(f"--set: got {text!r}; {name} has a flag of its own; try --{name}")
    return {name: value for name, _, value in pairs}
