"""CIFAR-10 in every form it is published: python version, binary version, unpacked or as .tar.gz."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinynn.data.cifar_python import PIXELS, class_names, read_batch, read_meta
from tinynn.data.dataset import Dataset
from tinynn.data.places import PathLike, bad_file, data_root, missing, one_line
from tinynn.data.tar import read_members

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
MAX_BYTES = 1 << 30  # the published archives unpack to 186 MB
WHO = "cifar10"

Batch = tuple[NDArray[np.uint8], NDArray[np.uint8]]


def cifar10(directory: PathLike | None = None) -> tuple[Dataset, Dataset]:
    """Read CIFAR-10: 50,000 training and 10,000 test images (n, 3, 32, 32) uint8 of ten classes.

    Parameters
    ----------
    directory : path, optional
        Holds cifar-10-batches-py/, cifar-10-batches-bin/, cifar-10-python.tar.gz or
        cifar-10-binary.tar.gz; or is one of these. Default: $TINYNN_DATA, else the user cache,
        where `tinynn data fetch cifar-10` puts it.

    Returns
    -------
    train, test : Dataset

    Raises
    ------
    DataError
        It is not there; says what to put where.
    FormatError
        A file is damaged, or is anything but what CIFAR-10 consists of. No pickle is executed.

    References
    ----------
    A. Krizhevsky, Learning multiple layers of features from tiny images (2009).
    """
    root = data_root(directory)
    where, files = _read_files(root)
    packed = f"cifar-10-python.tar.gz in {one_line(root)}"
    version = next((v for v in VERSIONS if files.keys() & {*v.train, v.test}), None)
    if version is None:
        raise missing(WHO, "batches of CIFAR-10", root, root, f"{packed}, packed or unpacked", "cifar-10")
    for name in (*version.train, version.test):
        if name not in files:
            raise missing(WHO, name, where, root, f"all batches there, or none and {packed}", "cifar-10")
    meta = files.get(version.meta)
    classes = CLASSES if meta is None else version.read_classes(where / version.meta, meta)
    batches = {n: version.read(where / n, files[n]) for n in (*version.train, version.test)}
    for name, (_, labels) in batches.items():
        if labels.max() >= len(classes):
            got, needed = f"the label {labels.max()}", f"0 to {len(classes) - 1}"
            raise bad_file(WHO, where / name, got, needed, "another copy of the file")
    return _dataset([batches[n] for n in version.train], classes), _dataset([batches[version.test]], classes)


def _dataset(batches: Iterable[Batch], classes: tuple[str, ...]) -> Dataset:
    pixels, labels = (np.concatenate(parts) for parts in zip(*batches, strict=True))
    return Dataset(pixels.reshape(-1, 3, 32, 32), labels, classes=classes, name="cifar-10")


def _read_files(root: Path) -> tuple[Path, dict[str, bytes]]:
    """The bytes of every file that is there by its published name, unpacked before packed."""
    names = [name for v in VERSIONS for name in (*v.train, v.test, v.meta)]
    for folder in (*(root / v.folder for v in VERSIONS), root):
        here = [name for name in names if (folder / name).is_file()]
        if here:
            return folder, {name: _read_file(folder / name) for name in here}
    for archive in (*(root / v.archive for v in VERSIONS), root):
        if archive.is_file():
            return archive, read_members(archive, names, max_bytes=MAX_BYTES)
    return root, {}


def _read_file(path: Path) -> bytes:
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise bad_file(WHO, path, f"{size:,} bytes", f"at most {MAX_BYTES:,}", "the files as published")
    return path.read_bytes()


def _read_binary(path: object, content: bytes) -> Batch:
    """Rows of one label byte and 3072 pixels: red, green, blue plane, each 32 x 32."""
    if not content or len(content) % (1 + PIXELS):
        needed = f"a multiple of {1 + PIXELS} (label and pixels), and some"
        raise bad_file(WHO, path, f"{len(content):,} bytes", needed, "another copy of the file")
    rows = np.frombuffer(content, np.uint8).reshape(-1, 1 + PIXELS)
    return rows[:, 1:], rows[:, 0]


def _read_binary_meta(path: object, content: bytes) -> tuple[str, ...]:
    """One class name a line."""
    return class_names(path, content.split())


@dataclass(frozen=True)
class _Version:
    """How one of the two versions names its files, and how they are read."""

    folder: str
    archive: str
    train: tuple[str, ...]
    test: str
    meta: str
    read: Callable[[object, bytes], Batch]
    read_classes: Callable[[object, bytes], tuple[str, ...]]


VERSIONS = (
    _Version(
        "cifar-10-batches-py",
        "cifar-10-python.tar.gz",
        tuple(f"data_batch_{i}" for i in range(1, 6)),
        "test_batch",
        "batches.meta",
        read_batch,
        read_meta,
    ),
    _Version(
        "cifar-10-batches-bin",
        "cifar-10-binary.tar.gz",
        tuple(f"data_batch_{i}.bin" for i in range(1, 6)),
        "test_batch.bin",
        "batches.meta.txt",
        _read_binary,
        _read_binary_meta,
    ),
)
