"""Writing a file so that a crash leaves the old one or the new one, whole."""

from __future__ import annotations

import os
import uuid
from contextlib import suppress
from pathlib import Path

from tinynn.data.places import PathLike
from tinynn.errors import ArgumentError


def write_atomically(path: PathLike, content: bytes) -> None:
    """Write a file so that at any moment, kill -9 and power cuts included, the old or the new one is there.

    The bytes go into a file beside it, which takes the name in one step once the disk has them.

    Raises
    ------
    ArgumentError
        `path` is a directory.
    OSError
        No space, no permission, ...; the old file is untouched.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_atomically(f"{folder}/file", b"content")
    ...     os.listdir(folder)
    ['file']
    """
    target = Path(os.path.realpath(path))  # through a symbolic link: its target is replaced, not the link
    if target.is_dir():
        raise ArgumentError(f"save: {os.fspath(path)!r} is a directory; needed the name of a file")
    beside = target.with_name(f".{target.name}.{uuid.uuid4().hex}.tmp")
    try:
        with open(beside, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, target)
    except BaseException:  # Ctrl-C too: nothing half-written is left lying about
        with suppress(OSError):
            beside.unlink()
        raise
    _sync_directory(target.parent)


def _sync_directory(folder: Path) -> None:
    """Make the new name itself durable, where the system can (Windows and some file systems cannot)."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
