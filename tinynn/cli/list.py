"""tinynn list: the experiments by name."""

from __future__ import annotations

import argparse
import json
from typing import Any


def add(commands: Any) -> None:
    """Add the sub-command to the parser."""
    parser = commands.add_parser("list", help="list the experiments", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(function=run)


def run(arguments: argparse.Namespace) -> int:
    """Print one line per experiment."""
    from tinynn.experiments import all_experiments

    known = all_experiments().values()
    if arguments.json:
        rows = [{"name": e.name, "title": e.title, "dataset": e.dataset, "epochs": e.epochs} for e in known]
        print(json.dumps({"experiments": rows}))
    else:
        for e in known:
            print(f"{e.name:<18}{e.title}")
    return 0
