"""Tar archives: only the members asked for, only in memory, only so much."""

import gzip
import io
import tarfile
import tracemalloc

import pytest

from tinynn.data.tar import read_members
from tinynn.errors import FormatError

from .published import packed

FILES = {"one": b"1" * 700, "two": b"", "three": b"3" * 512}
GOOD = packed("folder", FILES)
PLAIN = gzip.decompress(GOOD)


def archive(*members, mode="w:gz", fmt=tarfile.PAX_FORMAT):
    """(name, type, content or link) each."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode, format=fmt) as tar:
        for name, kind, content in members:
            member = tarfile.TarInfo(name)
            member.type = kind
            member.linkname = content if isinstance(content, str) else ""
            member.size = 0 if isinstance(content, str) else len(content)
            tar.addfile(member, None if isinstance(content, str) else io.BytesIO(content))
    return buffer.getvalue()


def read(tmp_path, content, wanted=("one", "two", "three"), max_bytes=1 << 20):
    path = tmp_path / "a.tar.gz"
    path.write_bytes(content)
    return read_members(path, wanted, max_bytes=max_bytes)


@pytest.mark.parametrize("content", [GOOD, PLAIN, packed("./a/b", FILES), PLAIN[: 512 * 7]])
def test_gives_the_wanted_files(tmp_path, content):
    assert read(tmp_path, content) == FILES
    assert read(tmp_path, content, ["three", "four"]) == {"three": FILES["three"]}
    assert [p.name for p in tmp_path.iterdir()] == ["a.tar.gz"]


@pytest.mark.parametrize("fmt", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_extended_headers_are_passed_over(tmp_path, fmt):
    other = "x" * (90 if fmt == tarfile.USTAR_FORMAT else 300)
    content = archive((other, tarfile.REGTYPE, b"?"), ("f/one", tarfile.REGTYPE, b"1"), fmt=fmt)
    assert read(tmp_path, content) == {"one": b"1"}


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE]
)
def test_links_devices_and_folders_are_no_files(tmp_path, kind):
    assert read(tmp_path, archive(("one", kind, "/etc/passwd"))) == {}


def test_names_that_climb_out_have_nowhere_to_go(tmp_path):
    content = archive(("../../../one", tarfile.REGTYPE, b"1"), ("/etc/two", tarfile.REGTYPE, b"2"))
    assert read(tmp_path, content) == {"one": b"1", "two": b"2"}
    assert [p.name for p in tmp_path.iterdir()] == ["a.tar.gz"]


def resized(size):
    """The first file's header promising `size` bytes, with a checksum that agrees."""
    header = bytearray(PLAIN[512:1024])
    header[124:136] = size
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return PLAIN[:512] + bytes(header) + PLAIN[1024:]


BAD = {
    "no tar": (b"hello", "damaged header"),
    "no tar, but long": (b"hello" * 500, "damaged header"),
    "wrong checksum": (PLAIN[:600] + b"?" + PLAIN[601:], "damaged header"),
    "cut in a header": (PLAIN[:700], "damaged header"),
    "cut in a file": (PLAIN[:1200], "truncated archive"),
    "cut in the filling": (PLAIN[:1800], "truncated archive"),
    "gz cut": (GOOD[:-12], "damaged gzip"),
    "gz with a wrong checksum": (GOOD[:-8] + bytes(8), "damaged gzip"),
    "member twice": (archive(("one", b"0", b"1"), ("b/one", b"0", b"2")), "'one' twice"),
    "size in base 256": (resized(b"\x80" + bytes(10) + b"\x01"), "damaged header"),
    "negative size": (resized(b"-0000000001\0"), "damaged header"),
    "size past the limit": (resized(b"77777777777\0"), "8,589,934,591 bytes"),
    "size past the end": (resized(b"00000077777\0"), "truncated archive"),
    "something after the end": (PLAIN + b"x", "after the archive's end"),
    "zeros for ever": (gzip.compress(PLAIN + bytes(1 << 21)), "after the archive's end"),
    "too many members": (archive(*[(f"m{i}", b"0", b"") for i in range(1001)]), "more than 1000 members"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_archives_get_one_line(tmp_path, case):
    content, message = BAD[case]
    with pytest.raises(FormatError, match=message) as caught:
        read(tmp_path, content)
    assert "; needed " in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", [b"0", b"x", b"L", b"5"])
def test_a_bomb_costs_no_memory(tmp_path, kind):
    """64 MiB of zeros in 64 KiB, as a file, an extended header, a long name, a folder."""
    header = bytearray(resized(b"00400000000\0")[512:1024])
    header[156:157] = kind
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    bomb = gzip.compress(bytes(header) + bytes(1 << 26) + bytes(1024), 6)
    tracemalloc.start()
    with pytest.raises(FormatError, match="67,108,864 bytes"):
        read(tmp_path, bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 22
