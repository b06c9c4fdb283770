"""Writes tiny files in the published formats, byte by byte, without the module that reads them."""

from __future__ import annotations

import io
import struct
import tarfile

import numpy as np


def string(text: bytes) -> bytes:
    return b"U" + bytes([len(text)]) + text if len(text) < 256 else b"T" + struct.pack("<i", len(text)) + text


class Python2:
    """Spells {batch_label, labels, data, filenames} as Python 2's cPickle did."""

    def __init__(self, n: int = 12, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self.pixels = rng.integers(0, 256, (n, 3072)).astype(np.uint8)
        self.labels = (np.arange(n) % 10).astype(np.uint8)
        self.names = [b"thing_s_%06d.png" % i for i in range(n)]
        self.memos = 0

    def remember(self) -> bytes:
        self.memos += 1
        return b"q" + bytes([self.memos]) if self.memos < 256 else b"r" + struct.pack("<i", self.memos)

    def list_of(self, items: list[bytes]) -> bytes:
        """Groups of 1000, and a last single one by itself."""
        spelt = b"]" + self.remember()
        for start in range(0, len(items), 1000):
            group = items[start : start + 1000]
            spelt += b"(" + b"".join(group) + b"e" if len(group) > 1 else group[0] + b"a"
        return spelt

    def array(self) -> bytes:
        r = self.remember
        n = struct.pack("<H", len(self.pixels))
        return (
            b"cnumpy.core.multiarray\n_reconstruct\n" + r() + b"cnumpy\nndarray\n" + r() + b"K\0\x85" + r()
            + string(b"b") + r() + b"\x87" + r() + b"R" + r() + b"(K\x01M" + n + b"M\x00\x0c\x86" + r()
            + b"cnumpy\ndtype\n" + r() + string(b"u1") + r() + b"K\0K\x01\x87" + r() + b"R" + r()
            + b"(K\x03" + string(b"|") + r() + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\x89"
            + string(self.pixels.tobytes()) + r() + b"tb"
        )  # fmt: skip

    def spelt_names(self) -> list[bytes]:
        return [string(name) + self.remember() for name in self.names]

    def batch(self) -> bytes:
        labels = [b"K" + bytes([label]) for label in self.labels]
        return (
            b"\x80\x02}" + self.remember() + b"("
            + string(b"batch_label") + self.remember() + string(b"training batch 1 of 5") + self.remember()
            + string(b"labels") + self.remember() + self.list_of(labels)
            + string(b"data") + self.remember() + self.array()
            + string(b"filenames") + self.remember() + self.list_of(self.spelt_names()) + b"u."
        )  # fmt: skip


def meta(names: list[bytes]) -> bytes:
    spelt = b"".join(string(name) for name in names)
    return (
        b"\x80\x02}q\x01(" + string(b"num_cases_per_batch") + b"M\x10\x27"
        + string(b"label_names") + b"](" + spelt + b"e" + string(b"num_vis") + b"M\x00\x0cu."
    )  # fmt: skip


CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


def python_version(n: int = 12) -> dict[str, bytes]:
    """Every file of the python version, `n` images a batch."""
    names = [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]
    files = {name: Python2(n, seed).batch() for seed, name in enumerate(names)}
    return {**files, "batches.meta": meta([c.encode() for c in CLASSES])}


def binary_version(n: int = 12) -> dict[str, bytes]:
    """Every file of the binary version, with the same images as `python_version`."""
    files = {}
    for seed, name in enumerate([*(f"data_batch_{i}.bin" for i in range(1, 6)), "test_batch.bin"]):
        batch = Python2(n, seed)
        files[name] = np.concatenate([batch.labels[:, None], batch.pixels], 1).tobytes()
    return {**files, "batches.meta.txt": "\n".join(CLASSES).encode() + b"\n\n"}


def packed(folder: str, files: dict[str, bytes], mode: str = "w:gz") -> bytes:
    """A tar archive of `files` under `folder`, as the publisher packs them."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        top = tarfile.TarInfo(folder)
        top.type = tarfile.DIRTYPE
        archive.addfile(top)
        for name, content in files.items():
            member = tarfile.TarInfo(f"{folder}/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()
