"""Tar archives, read in memory: the members asked for and nothing else.

An archive is a row of 512-byte blocks: a header, then the content of the member filled up to a whole
block; two blocks of zeros end it (POSIX.1-1988, "ustar").

    offset  size  what                    offset  size  what
    0       100   name                    148     8     checksum, octal
    124     12    size, octal             156     1     type: 0 for a file

Nothing is written to disk, so names with `..`, links and devices have nothing to attack; Python's
tarfile is not used because it reads extended headers of any size into memory.
"""

from __future__ import annotations

import gzip
from collections.abc import Collection
from pathlib import Path, PurePosixPath
from typing import IO, cast

from tinynn.data.places import bad_file, whole_gzip

BLOCK = 512
MAX_MEMBERS = 1000
WHO = "read_members"


def read_members(path: Path, wanted: Collection[str], *, max_bytes: int) -> dict[str, bytes]:
    """Read the files of a .tar or .tar.gz whose last path component is in `wanted`.

    Parameters
    ----------
    path : path
        The archive, gzipped or not (told by its first bytes).
    wanted : names
        For instance {"data_batch_1"}.
    max_bytes : int
        The most that is decompressed, whatever the archive says.

    Raises
    ------
    FormatError
        No tar archive, truncated, damaged, too large, or a wanted name twice.
    """
    with open(path, "rb") as raw:
        zipped = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        if not zipped:
            return _read(path, raw, wanted, max_bytes)
        with whole_gzip(WHO, path), gzip.GzipFile(fileobj=raw) as stream:
            return _read(path, cast("IO[bytes]", stream), wanted, max_bytes)


def _read(path: Path, stream: IO[bytes], wanted: Collection[str], left: int) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for _ in range(MAX_MEMBERS):
        header = stream.read(BLOCK)
        if not header.strip(b"\0"):
            break
        name, size, is_file = _header(path, header)
        left -= BLOCK + size
        if left < 0:
            raise bad_file(
                WHO, path, f"{name!r} of {size:,} bytes", "less in all", "the archive as published"
            )
        keep = is_file and name in wanted
        if keep and name in found:
            raise bad_file(WHO, path, f"{name!r} twice", "one of each", "the archive as published")
        content = _take(path, stream, size, keep=keep)
        _take(path, stream, -size % BLOCK, keep=False)
        if keep:
            found[name] = content
    else:
        raise bad_file(WHO, path, f"more than {MAX_MEMBERS} members", "fewer", "the archive as published")
    _finish(path, stream, left)
    return found


def _header(path: Path, header: bytes) -> tuple[str, int, bool]:
    """Name (without its folders), size and whether it is a plain file."""
    number = header[124:136].strip(b" \0")
    checksum = header[148:156].strip(b" \0")
    summed = sum(header[:148]) + 8 * ord(" ") + sum(header[156:])  # the sum counts its own field as blanks
    octal = all(n.isdigit() and not n.strip(b"01234567") for n in (number, checksum))
    if len(header) < BLOCK or not octal or int(checksum, 8) != summed:
        raise bad_file(WHO, path, "a damaged header", "a tar archive", "another copy of the file")
    name = header[:100].split(b"\0")[0].decode("utf-8", "replace")
    return PurePosixPath(name).name, int(number, 8), header[156:157] in (b"0", b"\0")


def _take(path: Path, stream: IO[bytes], size: int, *, keep: bool) -> bytes:
    """The next `size` bytes; read in pieces, so that memory follows what comes and not what was promised."""
    pieces = []
    while size:
        piece = stream.read(min(size, 1 << 22))
        if not piece:
            raise bad_file(WHO, path, "a truncated archive", "all of it", "another copy of the file")
        size -= len(piece)
        if keep:
            pieces.append(piece)
    return b"".join(pieces)


def _finish(path: Path, stream: IO[bytes], left: int) -> None:
    """Read to the end, which holds nothing but makes gzip compare its checksum."""
    while piece := stream.read(1 << 16):
        left -= len(piece)
        if left < 0 or piece.strip(b"\0"):
            raise bad_file(WHO, path, "bytes after the archive's end", "none", "another copy of the file")
