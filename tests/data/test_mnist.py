"""MNIST: the real files, files that only look like them, and files that lie."""

import gzip
import shutil

import numpy as np
import pytest

from tinynn.data import fashion_mnist, mnist, read_idx, write_idx
from tinynn.data.mnist import DIGITS, FASHION
from tinynn.errors import DataError, FormatError

FILES = [
    f"{part}-{kind}.gz" for part in ("train", "t10k") for kind in ("images-idx3-ubyte", "labels-idx1-ubyte")
]


def write_set(folder, n=12, size=28, ending=".gz"):
    """Four files in MNIST's format, with random pixels and the labels 0..9 in turn."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(1)
    for part in ("train", "t10k"):
        pixels = rng.integers(0, 256, (n, size, size)).astype(np.uint8)
        write_idx(folder / f"{part}-images-idx3-ubyte{ending}", pixels)
        write_idx(folder / f"{part}-labels-idx1-ubyte{ending}", (np.arange(n) % 10).astype(np.uint8))
    return folder


@pytest.mark.data
def test_the_real_files(data_dir):
    if not (data_dir / "mnist").is_dir():
        pytest.skip(f"no mnist/ in {data_dir}")
    train, test = mnist(data_dir)
    assert (train.x.shape, test.x.shape) == ((60000, 1, 28, 28), (10000, 1, 28, 28))
    assert (train.x.dtype, train.y.dtype) == (np.uint8, np.int64)
    assert train.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert np.bincount(test.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert train.x.mean() / 255 == pytest.approx(0.1307, abs=1e-4)
    assert train.classes == DIGITS
    assert not train.synthetic


@pytest.mark.parametrize("ending", [".gz", ""])
def test_found_in_a_folder_or_directly(tmp_path, ending):
    folder = write_set(tmp_path / "mnist", ending=ending)
    for directory in (tmp_path, folder, str(tmp_path)):
        train, test = mnist(directory)
        assert (len(train), len(test)) == (12, 12)
        assert train.name == "mnist"


def test_an_empty_folder_hides_nothing(tmp_path):
    write_set(tmp_path)
    (tmp_path / "mnist").mkdir()
    assert len(mnist(tmp_path)[0]) == 12


def test_found_where_the_environment_says(tmp_path, monkeypatch):
    write_set(tmp_path / "mnist")
    monkeypatch.setenv("TINYNN_DATA", str(tmp_path))
    assert len(mnist()[0]) == 12


def test_found_in_the_cache(tmp_path, monkeypatch):
    pooch = pytest.importorskip("pooch")
    monkeypatch.delenv("TINYNN_DATA", raising=False)
    monkeypatch.setattr(pooch, "os_cache", lambda name: tmp_path / name)
    write_set(tmp_path / "tinynn" / "mnist")
    assert len(mnist()[0]) == 12


def test_found_under_the_names_some_mirrors_use(tmp_path):
    write_set(tmp_path, ending="")
    for path in list(tmp_path.iterdir()):
        path.rename(path.with_name(path.name.replace("-idx", ".idx")))
    assert len(mnist(tmp_path)[0]) == 12


def test_fashion_mnist_serves_under_both_names(tmp_path):
    write_set(tmp_path / "mnist")
    write_set(tmp_path / "fashion-mnist")
    assert mnist(tmp_path)[0].classes == DIGITS
    assert fashion_mnist(tmp_path)[0].classes == FASHION
    direct, _ = mnist(tmp_path / "fashion-mnist")
    assert (direct.classes, direct.name) == (FASHION, "fashion-mnist")


def test_other_sizes_of_image_are_welcome(tmp_path):
    write_set(tmp_path / "mnist", size=9)
    assert mnist(tmp_path)[0].shape == (1, 9, 9)


def test_a_missing_file_is_named_with_its_place_and_command(tmp_path):
    write_set(tmp_path / "mnist")
    (tmp_path / "mnist" / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(
        DataError, match=r"t10k-labels-idx1-ubyte\.gz in .*mnist; try `tinynn data fetch mnist --data .*`"
    ):
        mnist(tmp_path)
    with pytest.raises(DataError, match="no such directory"):
        mnist(tmp_path / "nowhere")


def swapped(folder):
    images, labels = folder / FILES[0], folder / FILES[1]
    images.rename(folder / "x")
    labels.rename(images)
    (folder / "x").rename(labels)


def rewrite(index, change):
    def damage(folder):
        write_idx(folder / FILES[index], change(read_idx(folder / FILES[index])))

    return damage


def cut(folder):
    path = folder / FILES[0]
    path.write_bytes(path.read_bytes()[:-100])


def trailing(folder):
    path = folder / FILES[0]
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()) + b"\0"))


LIES = {
    "images under the name of labels": (swapped, "uint8 images"),
    "labels are images": (lambda f: shutil.copy(f / FILES[0], f / FILES[1]), "uint8 labels"),
    "one label too few": (rewrite(1, lambda y: y[:-1]), "11 labels"),
    "one image too few": (rewrite(2, lambda x: x[:-1]), "12 labels; needed one for each of the 11"),
    "label 10": (rewrite(1, lambda y: y + 1), "the label 10"),
    "label 255": (rewrite(3, lambda y: y * 0 + 255), "the label 255"),
    "float images": (rewrite(0, lambda x: x.astype(np.float32)), "float32 numbers"),
    "signed labels": (rewrite(1, lambda y: y.astype(np.int8)), "int8 numbers"),
    "flat images": (rewrite(0, lambda x: x.reshape(12, -1)), r"shape \(12, 784\)"),
    "no images": (rewrite(0, lambda x: x[:0]), "got nothing"),
    "images without pixels": (rewrite(0, lambda x: x[:, :, :0]), "got nothing"),
    "test images of another size": (rewrite(2, lambda x: x[:, 1:]), r"test images of shape \(1, 27, 28\)"),
    "cut": (cut, "damaged gzip"),
    "trailing": (trailing, "more after them"),
    "one-hot labels": (rewrite(1, lambda y: np.eye(10, dtype=np.uint8)[y]), "uint8 labels"),
}


@pytest.mark.parametrize("lie", LIES)
def test_files_that_lie_get_one_line(tmp_path, lie):
    damage, message = LIES[lie]
    damage(write_set(tmp_path / "mnist"))
    with pytest.raises(FormatError, match=message) as caught:
        mnist(tmp_path)
    assert "; needed " in str(caught.value)
    assert "; try " in str(caught.value)
    assert "\n" not in str(caught.value)
