"""What `run` and `explain` have in common: the name of an experiment, and its options."""

from __future__ import annotations

import argparse
from collections.abc import Container

from tinynn.cli import unknown
from tinynn.errors import ArgumentError


def add_experiment(parser: argparse.ArgumentParser, metavar: str = "NAME") -> None:
    """Add the name, and the options that mean the same wherever an experiment is named."""
    parser.add_argument("name", metavar=metavar, help="see `tinynn list`")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of every random number (default 0)")
    parser.add_argument("--recipe", metavar="NAME", help="where an experiment has several: quick, long")
    parser.add_argument("--threads", type=int, metavar="T", help="of the native kernels")
    parser.add_argument(
        "--set",
        dest="settings",
        action="append",
        default=[],
        metavar="OPTION=VALUE",
        help="an option of this experiment, such as width=2; may be given several times",
    )


def check_name(name: str) -> None:
    """Raise ArgumentError where there is no such experiment."""
    from tinynn.experiments import all_experiments

    if name not in (known := all_experiments()):
        raise ArgumentError(f"{unknown('experiment', name, list(known))}; see tinynn list")


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
