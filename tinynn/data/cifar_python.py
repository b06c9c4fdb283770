r"""The files of CIFAR-10's "python version", read without running them.

They are pickles, and a pickle is a program: unpickling one from a stranger runs the stranger's code.
But the published files use one fixed arrangement of a dozen instructions, so they can be read as what
they are, a file format. Nothing is imported, called or looked up here; any other byte is an error.

    instruction         bytes               meaning
    PROTO               80 02               protocol 2 (Python 2 wrote the files)
    EMPTY_DICT          }
    EMPTY_LIST          ]
    MARK                (                   what follows, up to its end mark, belongs together
    SETITEMS  APPENDS   u   e               ... into the dict, into the list
    APPEND              a                   one item into the list
    SHORT_BINSTRING     U n bytes           a string of n < 256 bytes
    BINSTRING           T nnnn bytes        a longer one
    BININT1 2 4         K n  M nn  J nnnn   little-endian integers
    BINPUT LONG_BINPUT  q n  r nnnn         "remember this": never recalled in these files, skipped
    STOP                .

The array of pixels is spelt as a call of NumPy's internals. It is recognised as a fixed sequence,
in which only the two dimensions and the bytes vary.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynn.data.places import bad_file
from tinynn.errors import FormatError

PIXELS = 3 * 32 * 32

_MEMO = rb"(?:q.|r.{4})?"
_INT = rb"(?:K.|M..|J.{4})"
_GROUP = 1000  # pickle appends in groups of at most this many


def _sequence(*parts: bytes) -> re.Pattern[bytes]:
    """`parts` one after the other, each of which may be followed by a "remember this"."""
    return re.compile(b"".join(part + _MEMO for part in parts), re.DOTALL)


_ARRAY = _sequence(
    rb"cnumpy\.core\.multiarray\n_reconstruct\n",
    rb"cnumpy\nndarray\n",
    rb"K\x00\x85",  # (0,)
    rb"U\x01b",
    rb"\x87",
    rb"R",
    rb"\(K\x01(" + _INT + rb")(" + _INT + rb")\x86",  # version 1, shape (n, 3072)
    rb"cnumpy\ndtype\n",
    rb"U\x02u1",
    rb"K\x00K\x01\x87",
    rb"R",
    rb"\(K\x03U\x01\|",
    rb"NNNJ\xff{4}J\xff{4}K\x00t",
    rb"b\x89",  # False: C order
)
_REMEMBER = re.compile(_MEMO, re.DOTALL)
_INTEGER = re.compile(_INT, re.DOTALL)
_LABELS = re.compile(rb"\((?:K.){1,%d}e" % _GROUP, re.DOTALL)
_LAST_LABEL = re.compile(rb"K.a", re.DOTALL)


def read_batch(path: object, content: bytes) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Read data_batch_1 ... test_batch: pixels (n, 3072) as a view of `content`, and labels (n,).

    Raises
    ------
    FormatError
        `content` is anything but {batch_label, labels, data, filenames} spelt as published.
    """
    reader = _Reader(path, content)
    fields = {
        b"batch_label": reader.string,
        b"labels": reader.small_integers,
        b"data": reader.pixels,
        b"filenames": reader.strings,
    }
    found = reader.dictionary(fields)
    pixels, labels, names = found[b"data"], found[b"labels"], found[b"filenames"]
    if not len(pixels) == len(labels) == len(names) > 0:
        got = f"{len(pixels)} images, {len(labels)} labels and {len(names)} file names"
        raise bad_file("cifar10", path, got, "as many of each, and some", "another copy of the file")
    return pixels, labels


def read_meta(path: object, content: bytes) -> tuple[str, ...]:
    """Read batches.meta: the names of the classes.

    Raises
    ------
    FormatError
        `content` is anything but {num_cases_per_batch, label_names, num_vis} spelt as published.
    """
    reader = _Reader(path, content)
    fields = {
        b"num_cases_per_batch": reader.integer,
        b"label_names": reader.strings,
        b"num_vis": reader.integer,
    }
    names = reader.dictionary(fields)[b"label_names"]
    return class_names(path, names)


def class_names(path: object, names: list[bytes]) -> tuple[str, ...]:
    """Check that `names` are printable words, as many as a label can count."""
    if not 0 < len(names) <= 256 or not all(n.isascii() and n.decode("ascii").isprintable() for n in names):
        got = f"{len(names)} class names" + (", some unprintable" if names else "")
        raise bad_file("cifar10", path, got, "1 to 256 names in ASCII", "another copy of the file")
    return tuple(name.decode("ascii") for name in names)


@dataclass
class _Reader:
    """A place in the bytes of one file; every method reads one thing there and moves past it."""

    path: object
    content: bytes
    at: int = 0

    def fail(self, needed: str) -> FormatError:
        got = f"the bytes {self.content[self.at : self.at + 8].hex(' ') or '(end)'} at {self.at:,}"
        hint = "cifar-10-python.tar.gz as published; other pickles are never executed"
        return bad_file("cifar10", self.path, got, needed, hint)

    def sees(self, code: bytes) -> bool:
        return self.content.startswith(code, self.at)

    def match(self, pattern: re.Pattern[bytes], needed: str) -> re.Match[bytes]:
        found = pattern.match(self.content, self.at)
        if not found:
            raise self.fail(needed)
        self.at = found.end()
        return found

    def expect(self, code: bytes, needed: str) -> None:
        if not self.sees(code):
            raise self.fail(needed)
        self.at += len(code)

    def dictionary(self, fields: dict[bytes, Callable[[], Any]]) -> dict[bytes, Any]:
        """The whole file: a dict with exactly these keys, each value read by its reader."""
        found: dict[bytes, Any] = {}
        self.expect(b"\x80\x02}", "a dict in protocol 2")
        self.match(_REMEMBER, "")
        self.expect(b"(", "the items of the dict")
        while len(found) < len(fields):
            start, key = self.at, self.string()
            if key not in fields or key in found:
                self.at = start
                wanted = ", ".join(k.decode() for k in fields if k not in found)
                raise self.fail(f"a key of {wanted}")
            found[key] = fields[key]()
        self.expect(b"u.", "the end of the dict")
        if self.at != len(self.content):
            raise self.fail("the end of the file")
        return found

    def integer(self) -> int:
        return _integer(self.match(_INTEGER, "an integer")[0])

    def bytes_view(self) -> memoryview:
        """The bytes of a string, long or short, without a copy."""
        head, form = (2, "<xB") if self.sees(b"U") else (5, "<xi")
        start = self.at + head
        if not (self.sees(b"U") or self.sees(b"T")) or start > len(self.content):
            raise self.fail("a string")
        length = struct.unpack_from(form, self.content, self.at)[0]
        if not 0 <= length <= len(self.content) - start:
            raise self.fail("a string that fits into the file")
        self.at = start + length
        view = memoryview(self.content)[start : self.at]
        self.match(_REMEMBER, "")
        return view

    def string(self) -> bytes:
        return bytes(self.bytes_view())

    def strings(self) -> list[bytes]:
        items: list[bytes] = []
        self.expect(b"]", "a list of strings")
        self.match(_REMEMBER, "")
        while self.sees(b"("):
            self.at += 1
            while not self.sees(b"e"):
                items.append(self.string())
            self.at += 1
        if self.sees(b"U"):  # one item more, or the next key of the dict
            start, item = self.at, self.string()
            if self.sees(b"a"):
                self.at += 1
                return [*items, item]
            self.at = start
        return items

    def small_integers(self) -> NDArray[np.uint8]:
        """Integers below 256: each group is `(K.K.K. ... e`, and every second byte a number."""
        groups = []
        self.expect(b"]", "a list of labels")
        self.match(_REMEMBER, "")
        while self.sees(b"("):
            groups.append(self.match(_LABELS, "labels from 0 to 255")[0][2:-1:2])
        if self.sees(b"K"):  # one item more
            groups.append(self.match(_LAST_LABEL, "one label")[0][1:2])
        return np.frombuffer(b"".join(groups), np.uint8)

    def pixels(self) -> NDArray[np.uint8]:
        """The array (n, 3072), a view of the file's bytes."""
        found, start = self.match(_ARRAY, "the uint8 array of pixels"), self.at
        n, width = _integer(found[1]), _integer(found[2])
        data = self.bytes_view()
        if n < 0 or width != PIXELS or len(data) != n * PIXELS:
            self.at = start
            raise self.fail(f"{PIXELS} bytes an image, not shape ({n}, {width}) in {len(data):,} bytes")
        self.expect(b"tb", "the end of the array")
        self.match(_REMEMBER, "")
        return np.frombuffer(data, np.uint8).reshape(n, PIXELS)


def _integer(spelt: bytes) -> int:
    """K n, M nn or J nnnn; only the last is signed."""
    return int.from_bytes(spelt[1:], "little", signed=spelt[:1] == b"J")
