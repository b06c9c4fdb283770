"""tinynn lab: a live page on this machine: train a small net of the plane and look inside."""

from __future__ import annotations

import argparse
import sys
from typing import Any

PORT = 5006


def add(commands: Any) -> None:
    """Add the sub-command to the parser."""
    parser = commands.add_parser(
        "lab", help="a live page: train a net and watch it fold the plane", description=__doc__
    )
    parser.add_argument(
        "--port",
        type=int,
        default=PORT,
        metavar="N",
        help="where to listen (default %(default)s); 0: any that is free",
    )
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument(
        "--show", action="store_true", help="open the page in a browser (default at a terminal)"
    )
    shown.add_argument("--no-browser", action="store_true", help="print the address and open nothing")
    parser.set_defaults(function=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve until Ctrl-C."""
    from tinynn.lab.server import LabServer

    server = LabServer(arguments.port)
    print(server.url, flush=True)
    print("tinynn lab: for this machine only; Ctrl-C ends it", file=sys.stderr)
    try:
        server.run(show=arguments.show or (sys.stdout.isatty() and not arguments.no_browser))
    except KeyboardInterrupt:
        print("tinynn lab: ended", file=sys.stderr)
    return 0
