"""tinynn info: version, rungs, instruction set, threads."""

from __future__ import annotations

import argparse
import json
from typing import Any


def add(commands: Any) -> None:
    """Add the sub-command to the parser."""
    parser = commands.add_parser("info", help="what this installation is and runs on", description=__doc__)
    parser.add_argument("--ops", action="store_true", help="which rung has which kernel")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(function=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the facts."""
    from tinynn.backends import BACKENDS, rung
    from tinynn.info import info

    facts: dict[str, Any] = info()
    if arguments.ops:
        facts["ops"] = {name: [b for b in BACKENDS if name in rung(b)] for name in rung("numpy")}
    if arguments.json:
        print(json.dumps(facts))
        return 0
    for name, value in facts.items():
        if name != "ops" and value != "":
            print(f"{name:>10}  {', '.join(map(str, value)) if isinstance(value, list) else value}")
    for name, rungs in facts.get("ops", {}).items():
        print(f"{name:<44}{' '.join(b if b in rungs else '-' * len(b) for b in BACKENDS)}")
    return 0
