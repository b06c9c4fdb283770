"""MNIST, Fashion-MNIST and whatever else comes as their four IDX files.

The files are taken as they are: nothing is hashed, so a class may bring its own digits.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinynn.data.dataset import Dataset
from tinynn.data.idx import read_idx
from tinynn.data.places import PathLike, bad_file, data_root, find_file, missing, one_line

DIGITS = tuple("0123456789")
FASHION = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
GENERATED = "GENERATED.txt"  # beside files that were generated and not measured
IMAGES, LABELS = "images-idx3-ubyte", "labels-idx1-ubyte"


def mnist(directory: PathLike | None = None) -> tuple[Dataset, Dataset]:
    """Read MNIST: 60,000 training and 10,000 test images (n, 1, 28, 28) uint8 of the digits 0 to 9.

    Parameters
    ----------
    directory : path, optional
        Holds mnist/ with the four files, or the files themselves, gzipped or not. Default:
        $TINYNN_DATA, else the user cache, where `tinynn data fetch mnist` puts them.

    Returns
    -------
    train, test : Dataset
        Fashion-MNIST's files serve as well; its class names are used where the directory that
        holds the files is called fashion-mnist.

    Raises
    ------
    DataError
        A file is not there; says which to put where.
    FormatError
        A file is damaged, or is not what its name says.

    References
    ----------
    Y. LeCun, C. Cortes, C. J. C. Burges, The MNIST database of handwritten digits.
    """
    return _load("mnist", data_root(directory))


def fashion_mnist(directory: PathLike | None = None) -> tuple[Dataset, Dataset]:
    """Read Fashion-MNIST: as `mnist`, from DIR/fashion-mnist, ten kinds of clothing.

    References
    ----------
    H. Xiao, K. Rasul, R. Vollgraf, Fashion-MNIST, arXiv:1708.07747 (2017).
    """
    return _load("fashion-mnist", data_root(directory))


def _load(name: str, root: Path) -> tuple[Dataset, Dataset]:
    folder = root / name
    if not folder.is_dir() or not any(folder.iterdir()):  # an empty one hides nothing
        folder = root
    if folder.resolve().name.lower() == "fashion-mnist":
        name = "fashion-mnist"
    train, test = (_part(name, root, folder, part) for part in ("train", "t10k"))
    if train.shape != test.shape:
        got, needed = f"test images of shape {test.shape}", f"{train.shape} as in training"
        raise bad_file(name, folder, got, needed, "files of one and the same data set")
    return train, test


def _part(name: str, root: Path, folder: Path, part: str) -> Dataset:
    image_file, label_file = (_find(name, root, folder, f"{part}-{kind}") for kind in (IMAGES, LABELS))
    images, labels = read_idx(image_file), read_idx(label_file)
    _check(name, image_file, images, 3, "images (n, h, w)")
    _check(name, label_file, labels, 1, "labels (n,)")
    classes = FASHION if name == "fashion-mnist" else DIGITS
    if len(images) != len(labels):
        got, needed = f"{len(labels)} labels", f"one for each of the {len(images)} images"
        raise bad_file(name, label_file, got, needed, "images and labels of one and the same set")
    if labels.max() >= len(classes):
        got, needed = f"the label {labels.max()}", f"labels 0 to {len(classes) - 1}"
        raise bad_file(name, label_file, got, needed, "another copy of the file")
    synthetic = (folder / GENERATED).is_file()
    name = "generated digits" if synthetic else name
    return Dataset(images[:, None], labels, classes=classes, name=name, synthetic=synthetic)


def _check(name: str, path: Path, array: NDArray[Any], ndim: int, what: str) -> None:
    if array.dtype != np.uint8 or array.ndim != ndim:
        got = f"{array.dtype} numbers of shape {array.shape}"
        raise bad_file(name, path, got, f"uint8 {what}", "the file that belongs under this name")
    if array.size == 0:
        raise bad_file(name, path, f"nothing, shape {array.shape}", what, "another copy of the file")


def _find(name: str, root: Path, folder: Path, stem: str) -> Path:
    """The file under its publisher's name, or as some mirrors write it (train-images.idx3-ubyte)."""
    stems = (stem, stem.replace("-idx", ".idx"))
    path = find_file(folder, [s + ending for s in stems for ending in (".gz", "")])
    if path is None:
        needed = f"{stem}.gz in {one_line(root / name)}"
        raise missing(name, f"{stem}[.gz]", folder, root, needed, name)
    return path
