"""IDX: what was written is read, and nothing else is."""

import gzip
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinynn.data import read_idx, write_idx
from tinynn.errors import DtypeError, FormatError, ShapeError

DTYPES = ["uint8", "int8", "int16", "int32", "float32", "float64"]
GOOD = b"\0\0\x08\x02" + struct.pack(">II", 2, 3) + bytes(range(6))


@pytest.mark.parametrize("name", ["plain", "zipped.gz"])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(0,), (1,), (7, 3), (2, 0, 5), (2, 3, 4, 5)])
def test_round_trip(tmp_path, name, dtype, shape):
    array = np.random.default_rng(0).integers(0, 100, shape).astype(dtype)
    write_idx(tmp_path / name, array)
    back = read_idx(tmp_path / name)
    assert back.dtype == array.dtype
    assert back.dtype.isnative
    assert np.array_equal(back, array)
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_layout_is_the_published_one(tmp_path):
    write_idx(tmp_path / "a", np.arange(6, dtype=np.uint8).reshape(2, 3))
    assert (tmp_path / "a").read_bytes() == GOOD


def test_gzip_is_told_by_its_bytes_not_its_name(tmp_path):
    (tmp_path / "a.gz").write_bytes(GOOD)
    (tmp_path / "b").write_bytes(gzip.compress(GOOD))
    assert np.array_equal(read_idx(tmp_path / "a.gz"), read_idx(tmp_path / "b"))


def test_non_contiguous_and_big_endian_arrays_are_written(tmp_path):
    array = np.arange(12, dtype=">i4").reshape(3, 4)
    write_idx(tmp_path / "a", array.T)
    assert np.array_equal(read_idx(tmp_path / "a"), array.T)


@pytest.mark.parametrize(
    "bad", [np.zeros(3, np.int64), np.zeros(3, bool), np.array(["a"]), np.zeros(3, complex)]
)
def test_dtypes_that_idx_does_not_know(tmp_path, bad):
    with pytest.raises(DtypeError, match="write_idx: got"):
        write_idx(tmp_path / "a", bad)


def test_shapes_that_idx_does_not_know(tmp_path):
    with pytest.raises(ShapeError, match="1 to 32 dimensions"):
        write_idx(tmp_path / "a", np.uint8(1))


BAD = {
    "empty": (b"", "an empty file"),
    "one byte": (b"\0", "first bytes 00;"),
    "text": (b"label,pixel0\n", "first bytes 6c 61 62 65"),
    "a web page": (b"<!DOCTYPE html>", "first bytes 3c 21"),
    "a PNG": (b"\x89PNG\r\n\x1a\n" + bytes(20), "first bytes 89 50"),
    "unknown dtype": (b"\0\0\x0a\x01\0\0\0\1\0", "first bytes 00 00 0a 01"),
    "no dimension": (b"\0\0\x08\x00\0", "0 dimensions"),
    "255 dimensions": (b"\0\0\x08\xff" + b"\0\0\0\1" * 255 + b"\0", "255 dimensions"),
    "header cut": (GOOD[:7], "truncated header"),
    "data cut": (GOOD[:-1], "5 bytes after the header"),
    "trailing byte": (GOOD + b"\0", "7 bytes after the header"),
    "huge promise": (b"\0\0\x08\x02" + b"\x7f\xff\xff\xff" * 2 + bytes(6), "promises"),
    "overflowing promise": (b"\0\0\x0e\x04" + b"\xff" * 16 + bytes(6), "promises"),
    "nothing times huge": (b"\0\0\x0e\x05" + bytes(4) + b"\xff" * 16, "promises"),
    "gz: cut": (gzip.compress(GOOD)[:-9], "damaged gzip"),
    "gz: only the magic": (b"\x1f\x8b", "damaged gzip"),
    "gz: wrong checksum": (gzip.compress(GOOD)[:-8] + bytes(8), "damaged gzip"),
    "gz: noise": (b"\x1f\x8b\x08" + bytes(range(7, 60)), "damaged gzip"),
    "gz: trailing noise": (gzip.compress(GOOD) + b"noise", "damaged gzip"),
    "gz: second member": (gzip.compress(GOOD) * 2, "and more after them"),
    "gz: of a gz": (gzip.compress(gzip.compress(GOOD)), "first bytes 1f 8b"),
    "gz: of nothing": (gzip.compress(b""), "an empty file"),
    "gz: data cut": (gzip.compress(GOOD[:-2]), "4 of 6 bytes"),
    "gz: promises past its size": (gzip.compress(GOOD[:4] + b"\0\1\0\0" * 2), "a file that can hold them"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files_get_one_line(tmp_path, case):
    content, message = BAD[case]
    path = tmp_path / "bad"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=message) as caught:
        read_idx(path)
    text = str(caught.value)
    assert text.startswith(f"read_idx: {path}: got ")
    assert "; needed " in text
    assert "; try " in text
    assert "\n" not in text


def test_a_gz_bomb_costs_no_memory(tmp_path):
    bomb = gzip.compress(GOOD + bytes(1 << 26))
    (tmp_path / "bomb").write_bytes(bomb)
    tracemalloc.start()
    with pytest.raises(FormatError, match="more after them"):
        read_idx(tmp_path / "bomb")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 22


def test_the_size_that_is_believed_has_a_limit(tmp_path):
    (tmp_path / "a").write_bytes(GOOD)
    with pytest.raises(FormatError, match="at most 5 bytes"):
        read_idx(tmp_path / "a", max_bytes=5)
    assert read_idx(tmp_path / "a", max_bytes=6).shape == (2, 3)


def test_what_cannot_be_opened_is_an_oserror(tmp_path):
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(OSError, match=r"\[Errno"):
            read_idx(path)


def test_a_hostile_name_stays_on_one_line(tmp_path):
    path = tmp_path / "a\n\x1b[31mb"
    path.write_bytes(b"")
    with pytest.raises(FormatError) as caught:
        read_idx(path)
    assert str(caught.value).isprintable()


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_mutated_files_never_surprise(tmp_path_factory, data):
    """Only FormatError or OSError escapes, and what is read is what the file says to the byte."""
    content = bytearray(data.draw(st.sampled_from([GOOD, gzip.compress(GOOD, mtime=0)])))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(len(content) - 1, 0)))
        kind = data.draw(st.sampled_from(["set", "cut", "insert"]))
        if kind == "cut":
            del content[at:]
        elif kind == "insert":
            content[at:at] = data.draw(st.binary(max_size=8))
        elif content:
            content[at] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "mutated.idx"
    path.write_bytes(content)
    try:
        array = read_idx(path)
    except (FormatError, OSError):
        return
    plain = gzip.decompress(content) if content[:1] == b"\x1f" else content
    write_idx(path, array)
    assert path.read_bytes() == plain
