"""tinynn list: the experiments by name."""

from __future__ import annotations

import argparse
import json
from typing import Any


def add(commands: Any) -> None:
    """Add the sub-command to the parser."""
    parser = commands.add_parser("list", help="list the experiments", description=__doc__)
    parser.add_argument("--json", action="store_true", help="as one JSON object")
    parser.set_defaults(function=run)


def run(arguments: argparse.Namespace) -> int:
    """Print one line per experiment."""
    from tinynn.experiments import all_experiments

    known = all_experiments().values()
    if arguments.json:
        rows = [
            {
                "name": e.name,
                "title": e.title,
                "dataset": e.dataset,
                "epochs": e.epochs,
                # An option that is read by a function has no list of what it takes.
                "options": {name: [] if callable(v) else list(v) for name, v in e.options.items()},
            }
            for e in known
        ]
        print(json.dumps({"experiments": rows}))
    else:
        width = max(len(e.name) for e in known) + 2
        for e in known:
            needs = f"  [{e.dataset}]" if e.dataset else ""
            choices = f"  (--set {', '.join(e.options)})" if e.options else ""
            print(f"{e.name:<{width}}{e.title}{needs}{choices}")
    return 0
