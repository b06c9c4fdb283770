"""tinynn demo: the plane folded and digits learned, with no files and no network."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

NEXT = "tinynn data fetch mnist && tinynn run mnist-softmax"


def add(commands: Any) -> None:
    """Add the sub-command to the parser."""
    parser = commands.add_parser(
        "demo", help="see it work: no files and no network needed", description=__doc__
    )
    parser.add_argument(
        "--out", metavar="DIR", default="tinynn-runs", help="figures go to DIR/demo (default %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument(
        "--json", action="store_true", help="print metrics.json on stdout and nothing else there"
    )
    parser.set_defaults(function=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the demo; the last line names the command that does the same on the real digits."""
    from tinynn.experiments import run_experiment

    metrics = run_experiment("demo", out=arguments.out, seed=arguments.seed)
    if arguments.json:
        print(json.dumps(metrics))
        return 0
    folder = Path(arguments.out) / "demo"
    print(f"{metrics['seconds']:.1f} s on the {metrics['backend']} rung ({metrics['target']}). Pictures:")
    for name in metrics["figures"]:
        print(f"  {folder / name}")
    if (folder / "report.html").is_file():
        print(f"All on one page, for a browser:\n  {folder / 'report.html'}")
    print(f"The same on real handwriting (MNIST, 11 MB):\n  {NEXT}")
    return 0
