"""Where data lies, and how to speak of it: the directory given, else $TINYNN_DATA, else the user cache."""

from __future__ import annotations

import gzip
import os
import shlex
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from tinynn.errors import DataError, FormatError

PathLike: TypeAlias = str | os.PathLike[str]


def data_root(directory: PathLike | None = None) -> Path:
    """The directory that holds the data sets: `directory`, else $TINYNN_DATA, else the user cache."""
    if directory is not None:
        return Path(directory).expanduser()
    if named := os.environ.get("TINYNN_DATA"):
        return Path(named).expanduser()
    import pooch  # only where the cache is asked for: its import costs more than ours

    return Path(pooch.os_cache("tinynn"))


def find_file(folder: Path, names: Sequence[str]) -> Path | None:
    """The first of `names` that is a file in `folder`."""
    return next((folder / name for name in names if (folder / name).is_file()), None)


def missing(who: str, what: str, where: Path, root: Path, needed: str, name: str) -> DataError:
    """One line that says what is not there, which file to put where, and the command that does it."""
    told = one_line(where) + ("" if where.exists() else " (no such directory)")
    there = "" if root == data_root() else f" --data {one_line(shlex.quote(str(root)))}"
    return DataError(
        f"{who}: got no {what} in {told}; needed {needed}; try `tinynn data fetch {name}{there}`"
    )


def bad_file(who: str, path: object, got: str, needed: str, hint: str) -> FormatError:
    """One line: who, which file, got, needed, try."""
    return FormatError(f"{who}: {one_line(path)}: got {got}; needed {needed}; try {hint}")


@contextmanager
def whole_gzip(who: str, path: object) -> Iterator[None]:
    """Turn what gzip raises on damage into a FormatError."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise bad_file(
            who, path, f"damaged gzip ({error})", "a whole .gz", "another copy of the file"
        ) from None


def one_line(text: object) -> str:
    """`text` without anything that could break the line or the terminal (names come from files)."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(text))
