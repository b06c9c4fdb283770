"""The command line: one sub-command a file, each with `add(subparsers)` and a function of the arguments.

Exit codes: 0 success, 2 bad usage or bad input with one clear line on stderr and never a traceback,
130 after Ctrl-C.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from tinynn.errors import TinynnError

COMMANDS = ("demo", "run", "list", "info")


def main(argv: Sequence[str] | None = None) -> int:
    """Run `tinynn ARGS`; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="tinynn", description="An educational neural-network engine for the CPU."
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in COMMANDS:
        import_module(f"tinynn.cli.{name}").add(commands)
    arguments = parser.parse_args(argv)
    try:
        return int(arguments.function(arguments) or 0)
    except (TinynnError, OSError) as error:
        print(f"tinynn {arguments.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"tinynn {arguments.command}: interrupted", file=sys.stderr)
        return 130
