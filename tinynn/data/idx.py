"""IDX, the file format of MNIST: a magic number, the dimensions, the numbers.

    offset      what
    0           two zero bytes, one byte for the dtype, one byte for the number of dimensions
    4           each dimension as a big-endian uint32
    4 + 4 ndim  the numbers, big-endian, last dimension fastest

Written down at yann.lecun.com/exdb/mnist. A header is a promise made by a stranger: it is held against
the size of the file before anything is allocated, and nothing past it is ever decompressed.
"""

from __future__ import annotations

import gzip
import math
import os
import struct
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

from tinynn.data.atomic import write_atomically
from tinynn.data.places import PathLike, bad_file, whole_gzip
from tinynn.errors import DtypeError, ShapeError

DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
MAX_DIMS = 32  # NumPy 1.26's limit
GZIP_MAGIC = b"\x1f\x8b"
DEFLATE_RATIO = 1032  # deflate codes at most 258 bytes in 2 bits: no honest .gz expands further
MAX_BYTES = 1 << 32

_NEEDED = "an IDX file (00 00, dtype, dimensions)"


def read_idx(path: PathLike, *, max_bytes: int = MAX_BYTES) -> NDArray[Any]:
    """Read an IDX file, plain or gzipped (told by its first bytes, not by its name).

    Parameters
    ----------
    path : path
        The file.
    max_bytes : int
        The largest array that is believed.

    Returns
    -------
    array
        In the machine's byte order.

    Raises
    ------
    FormatError
        The file is no IDX file, or is truncated, damaged, too long, or promises too much.
    OSError
        The file cannot be read at all.

    Examples
    --------
    >>> import numpy as np, tempfile
    >>> path = tempfile.mkdtemp() + "/squares.gz"
    >>> write_idx(path, np.arange(6, dtype=np.int32).reshape(2, 3) ** 2)
    >>> read_idx(path)
    array([[ 0,  1,  4],
           [ 9, 16, 25]], dtype=int32)
    """
    path = Path(path)
    with open(path, "rb") as raw:
        size = os.fstat(raw.fileno()).st_size
        zipped = raw.read(2) == GZIP_MAGIC
        raw.seek(0)
        if not zipped:
            return _read(path, raw, size, max_bytes, exact=True)
        with whole_gzip("read_idx", path), gzip.GzipFile(fileobj=raw) as stream:
            return _read(path, cast("IO[bytes]", stream), size * DEFLATE_RATIO, max_bytes, exact=False)


def _read(path: Path, stream: IO[bytes], limit: int, max_bytes: int, *, exact: bool) -> NDArray[Any]:
    """Read header and numbers; `limit` is what the stream can hold at most (`exact`: what it holds)."""
    dtype, shape = _read_header(path, stream)
    offset = 4 + 4 * len(shape)
    promised = math.prod(shape) * dtype.itemsize
    got = f"a header that promises {shape} {dtype.newbyteorder('=')}, {promised:,} bytes"
    if math.prod(d for d in shape if d) * dtype.itemsize > min(max_bytes, 2**62):
        raise bad_file("read_idx", path, got, f"at most {max_bytes:,} bytes", "max_bytes=... if you trust it")
    if promised > limit - offset or (exact and promised < limit - offset):
        held = f"{limit - offset:,} bytes after the header" if exact else "a file that can hold them"
        raise bad_file("read_idx", path, got, held, "another copy of the file")
    array = np.empty(shape, dtype)
    filled = _read_into(stream, array.reshape(-1).view(np.uint8).data)
    if filled < promised:
        raise bad_file("read_idx", path, f"{filled:,} of {promised:,} bytes", "all of them", "another copy")
    if stream.read(1):
        raise bad_file("read_idx", path, got + ", and more after them", "no trailing bytes", "another copy")
    return array.astype(dtype.newbyteorder("="), copy=False)


def _read_header(path: Path, stream: IO[bytes]) -> tuple[np.dtype[Any], tuple[int, ...]]:
    magic = stream.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in DTYPES:
        got = f"the first bytes {magic.hex(' ')}" if magic else "an empty file"
        raise bad_file("read_idx", path, got, _NEEDED, "the file as its publisher names it")
    ndim = magic[3]
    if not 1 <= ndim <= MAX_DIMS:
        raise bad_file("read_idx", path, f"{ndim} dimensions", f"1 to {MAX_DIMS}", "another copy of the file")
    dims = stream.read(4 * ndim)
    if len(dims) < 4 * ndim:
        raise bad_file("read_idx", path, "a truncated header", _NEEDED, "another copy of the file")
    return np.dtype(DTYPES[magic[2]]), struct.unpack(f">{ndim}I", dims)


def _read_into(stream: IO[bytes], buffer: memoryview) -> int:
    """Fill `buffer` piece by piece, so that memory is touched only for bytes that really came."""
    filled = 0
    while filled < len(buffer):
        piece = buffer[filled : filled + (1 << 20)]
        count: int = stream.readinto(piece)  # type: ignore[attr-defined]
        if not count:
            break
        filled += count
    return filled


def write_idx(path: PathLike, array: NDArray[Any]) -> None:
    """Write an array as IDX, gzipped where the name ends in .gz.

    The same array gives the same bytes each time, and a reader never sees half a file.

    Raises
    ------
    DtypeError
        IDX has no such dtype; it knows uint8, int8, int16, int32, float32 and float64.
    ShapeError
        No dimension, too many, or one past 2**32 - 1.
    """
    array = np.asarray(array)
    code = next((c for c, d in DTYPES.items() if np.dtype(d) == array.dtype.newbyteorder(">")), None)
    if code is None:
        raise DtypeError(
            f"write_idx: got {array.dtype}; needed uint8, int8, int16, int32 or a float; try .astype"
        )
    if not 1 <= array.ndim <= MAX_DIMS or max(array.shape) >= 2**32:
        raise ShapeError(f"write_idx: got shape {array.shape}; needed 1 to {MAX_DIMS} dimensions below 2**32")
    header = struct.pack(f">2xBB{array.ndim}I", code, array.ndim, *array.shape)
    content = header + array.astype(DTYPES[code]).tobytes()
    path = Path(path)
    if path.suffix == ".gz":
        content = gzip.compress(content, 6, mtime=0)
    write_atomically(path, content)
