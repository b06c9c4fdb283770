"""The command line: one sub-command a file, each with `add(subparsers)` and a function of the arguments.

Exit codes: 0 success; 2 bad usage or bad input, with one clear line on stderr and never a traceback;
130 after Ctrl-C; 141 where whoever read our output has gone.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, NoReturn

from tinynn.errors import TinynnError

FIRST = ("demo", "run", "list", "show", "info", "data")


class Parser(argparse.ArgumentParser):
    """argparse, with errors of one line: who, what is wrong, what to try."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options | {"allow_abbrev": False})

    def error(self, message: str) -> NoReturn:
        """Leave with exit code 2."""
        line = " ".join(message.split()).replace("the following arguments are required", "needed")
        self.exit(2, f"{self.prog}: {line}; try {self.prog} --help\n")


def commands() -> list[str]:
    """The sub-commands: the files of this folder, those of the first day first."""
    found = {module.name for module in iter_modules(__path__) if not module.name.startswith("_")}
    first = [name for name in FIRST if name in found]
    return first + sorted(found - {*first})


def parser_of(names: Sequence[str]) -> Parser:
    """The parser with these sub-commands."""
    parser = Parser(prog="tinynn", description="An educational neural-network engine for the CPU.")
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    sub_commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name in names:
        import_module(f"tinynn.cli.{name}").add(sub_commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `tinynn ARGS`; returns the exit code.

    Examples
    --------
    >>> main(["--version"])  # doctest: +ELLIPSIS
    tinynn ...
    0
    """
    argv = [*(sys.argv[1:] if argv is None else argv)]  # no list(...): here that name is the sub-command's
    command = ""
    try:
        prepare_streams()
        arguments = parse(argv)
        command = arguments.command or ""
        code = int(arguments.function(arguments) or 0)
        sys.stdout.flush()
        return code
    except SystemExit as leaving:  # argparse: --help, or an error that it has explained
        return int(leaving.code or 0)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains as it ends
        return 141
    except (TinynnError, OSError) as error:
        say(command, one_line(error).removeprefix(f"{command}: "))
        return 2
    except KeyboardInterrupt:
        say(command, "interrupted")
        return 130


def prepare_streams() -> None:
    """Let no stream cause a traceback: what it cannot encode is escaped, a closed one swallows all."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed before Python began, as in pythonw
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 - for as long as we live
        elif isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")


def say(command: str, message: str) -> None:
    """The one line on stderr."""
    print(f"tinynn {command}".rstrip() + f": {message}", file=sys.stderr)


def parse(argv: list[str]) -> argparse.Namespace:
    """The arguments; only the sub-command that is asked for is imported."""
    known = commands()
    asked = argv[0] if argv else ""
    parser = parser_of([asked] if asked in known else known)
    if asked and not asked.startswith("-") and asked not in known:
        parser.error(unknown("command", asked, known))
    arguments = parser.parse_args(argv)
    if arguments.version:
        from tinynn import __version__

        arguments.function = lambda _: print(f"tinynn {__version__}")
    elif arguments.command is None:
        parser.error(f"needed a command: {', '.join(known)}")
    return arguments


def unknown(what: str, name: str, known: Sequence[str]) -> str:
    """ "no command is called 'rnu'; did you mean run?", or all names where none is near."""
    near = get_close_matches(name, known, n=3, cutoff=0.6)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(known)}"
    return f"no {what} is called {name!r}; {hint}"


def one_line(error: BaseException) -> str:
    """The message of an error on one line; of an OSError with its file."""
    if isinstance(error, OSError) and not isinstance(error, TinynnError) and error.strerror:
        file = f": {error.filename!r}" if error.filename is not None else ""
        return f"{error.strerror}{file}"
    return " ".join(str(error).split()) or type(error).__name__
