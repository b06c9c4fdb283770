"""Compile the submission, where it is compiled, and load it."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Any

MOST_OUTPUT = 20_000


class BuildError(Exception):
    """It does not compile or load; `output` is what the compiler said."""

    def __init__(self, message: str, output: str = "", kind: str = "compile") -> None:
        super().__init__(message)
        self.output, self.kind = output, kind


def compile_all(order: dict[str, Any], limit: Callable[[], None]) -> dict[str, Any]:
    """Run the compilers; what they said, and of C++ the names that the libraries need and have.

    Raises
    ------
    BuildError
    """
    said: list[str] = []
    needs: set[str] = set()
    has: set[str] = set()
    for command in order["commands"]:
        output = run(command, order, limit)
        said += [output] if output not in said else []  # once for float and double
    for library in order["libraries"].values() if order["language"] == "cpp" else ():
        needs |= symbols(order, library, "--undefined-only")
        has |= symbols(order, library, "--defined-only")
    return {"said": "".join(said)[:MOST_OUTPUT], "needs": sorted(needs), "has": sorted(has)}


def run(command: list[str], order: dict[str, Any], limit: Callable[[], None]) -> str:
    """One compiler; its output, which goes to a file so that no amount of it blocks us."""
    log = Path("compiler.log")
    with log.open("wb") as file:
        extra: dict[str, Any] = {"preexec_fn": limit} if os.name == "posix" else {}
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                timeout=4 * order["seconds"],
                **extra,
            )
        except subprocess.TimeoutExpired:
            raise BuildError("the compiler does not come to an end") from None
        except OSError as error:
            raise BuildError(f"{command[0]} could not be started: {error}", kind="tool") from None
    with log.open("rb") as file:
        said = file.read(MOST_OUTPUT).decode(errors="replace")
    if done.returncode:
        raise BuildError("it does not compile", said)
    return said


def symbols(order: dict[str, Any], library: str, which: str) -> set[str]:
    """The dynamic symbols of a library, where there is an `nm` to list them."""
    if not order.get("nm"):
        return set()
    command = [*order["nm"], "-D", which, library]
    listed = subprocess.run(
        command, capture_output=True, text=True, timeout=order["seconds"], check=False
    ).stdout
    return {line.split()[-1].partition("@")[0] for line in listed.splitlines() if line.split()}


def load(order: dict[str, Any]) -> dict[str, Callable[..., Any]]:
    """The function for each dtype.

    Raises
    ------
    BuildError
        There is no function of that name, or the file fails as it is loaded.
    """
    name = order["function"]
    if order["language"] == "cpp":
        functions = {}
        for dtype, library in order["libraries"].items():
            try:
                functions[dtype] = getattr(ctypes.CDLL(str(Path(library).resolve())), name)
            except AttributeError:
                raise BuildError(f"the library has no function {name}", kind="missing") from None
            except OSError as error:
                raise BuildError(f"the library does not load: {error}", kind="load") from None
            functions[dtype].restype = None
        return functions
    function = getattr(module(order), name, None)
    if not callable(function):
        raise BuildError(f"the file has no function {name}", kind="missing")
    return dict.fromkeys(order["dtypes"], function)


def module(order: dict[str, Any]) -> Any:
    """The submission as a module, from its source or from what Cython made of it."""
    path = Path(order["source"])
    if order["language"] == "cython":
        built = [p for p in Path().glob(f"{path.stem}.*") if p.name.endswith(tuple(EXTENSION_SUFFIXES))]
        if not built:
            raise BuildError("Cython left no module behind")
        path = built[0]
    spec = importlib.util.spec_from_file_location(path.name.partition(".")[0], path.resolve())
    assert spec is not None
    assert spec.loader is not None
    sys.dont_write_bytecode = True
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found
