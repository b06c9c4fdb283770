"""CIFAR-10: both versions, packed and unpacked, read alike; anything else is refused."""

import os
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinynn.data import cifar10
from tinynn.data.cifar_python import read_batch, read_meta
from tinynn.errors import DataError, FormatError

from .published import CLASSES, Python2, binary_version, meta, packed, python_version, string


def write(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.mark.data
def test_the_real_files(data_dir):
    if not (data_dir / "cifar-10-batches-py").is_dir():
        pytest.skip(f"no cifar-10-batches-py/ in {data_dir}")
    train, test = cifar10(data_dir)
    assert (train.x.shape, test.x.shape) == ((50000, 3, 32, 32), (10000, 3, 32, 32))
    assert (train.x.dtype, train.y.dtype) == (np.uint8, np.int64)
    assert train.labels[:10].tolist() == [6, 9, 9, 4, 1, 1, 2, 7, 8, 3]
    assert np.bincount(train.labels).tolist() == [5000] * 10
    assert np.bincount(test.labels).tolist() == [1000] * 10
    assert (train.x.mean((0, 2, 3)) / 255).tolist() == pytest.approx([0.4914, 0.4822, 0.4465], abs=1e-4)
    assert train.classes == tuple(CLASSES)


FORMS = {
    "python folder": lambda d: write(d / "cifar-10-batches-py", python_version()),
    "binary folder": lambda d: write(d / "cifar-10-batches-bin", binary_version()),
    "python files directly": lambda d: write(d, python_version()),
    "binary files directly": lambda d: write(d, binary_version()),
    "python archive": lambda d: write(
        d, {"cifar-10-python.tar.gz": packed("cifar-10-batches-py", python_version())}
    ),
    "binary archive": lambda d: write(
        d, {"cifar-10-binary.tar.gz": packed("cifar-10-batches-bin", binary_version())}
    ),
    "plain tar under the name of a gz": lambda d: write(
        d, {"cifar-10-python.tar.gz": packed("./cifar-10-batches-py", python_version(), "w")}
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_images(tmp_path, form):
    FORMS[form](tmp_path)
    train, test = cifar10(tmp_path)
    written = [Python2(12, seed) for seed in range(6)]
    assert np.array_equal(train.x.reshape(60, 3072), np.concatenate([b.pixels for b in written[:5]]))
    assert np.array_equal(test.x.reshape(12, 3072), written[5].pixels)
    assert train.labels.tolist() == written[0].labels.tolist() * 5
    assert (train.name, train.classes) == ("cifar-10", tuple(CLASSES))
    assert train.x.flags.writeable


def test_an_archive_may_be_named_itself(tmp_path):
    (tmp_path / "mine.tgz").write_bytes(packed("x", binary_version()))
    assert len(cifar10(tmp_path / "mine.tgz")[0]) == 60


def test_classes_of_ones_own(tmp_path):
    write(tmp_path, {**python_version(), "batches.meta": meta([b"a b", *[b"c"] * 10])})
    assert cifar10(tmp_path)[0].classes[0] == "a b"
    (tmp_path / "batches.meta").unlink()
    assert cifar10(tmp_path)[0].classes == tuple(CLASSES)


@pytest.mark.parametrize("n", [1, 2, 999, 1000, 1001])
def test_lists_are_grouped_by_a_thousand(n):
    batch = Python2(n)
    pixels, labels = read_batch("x", batch.batch())
    assert np.array_equal(pixels, batch.pixels)
    assert np.array_equal(labels, batch.labels)


def test_missing_files_are_named(tmp_path):
    with pytest.raises(
        DataError,
        match=r"got no batches of .*cifar-10-python\.tar\.gz in .*try `tinynn data fetch cifar-10 --data .*`",
    ):
        cifar10(tmp_path)
    files = python_version()
    del files["data_batch_3"]
    write(tmp_path / "cifar-10-batches-py", files)
    with pytest.raises(DataError, match=r"got no data_batch_3 in .*cifar-10-batches-py;"):
        cifar10(tmp_path)


class Payload:
    """Unpickling this makes a folder."""

    def __reduce__(self):
        return os.mkdir, ("fooled",)


def uneven(attribute):
    """A batch of three whose `attribute` holds only two."""
    batch = Python2(3)
    setattr(batch, attribute, getattr(batch, attribute)[:2])
    return batch.batch()


GOOD = Python2(3).batch()
DATA = GOOD.index(b"cnumpy.core")
HOSTILE = {
    "empty": b"",
    "one byte": b"\x80",
    "a bare STOP": b"\x80\x02.",
    "a dict that is empty": b"\x80\x02}q\x01.",
    "not a pickle": b"label,pixel\n" * 9,
    "os.system in a GLOBAL": b"cos\nsystem\n(S'touch fooled'\ntR.",
    "os.system as a value": b"\x80\x02}q\x01(U\x06labelscos\nsystem\nU\x02ls\x85Ru.",
    "payload, protocol 0": pickle.dumps(Payload(), 0),
    "payload, protocol 2": pickle.dumps(Payload(), 2),
    "payload, protocol 5": pickle.dumps({b"labels": Payload()}, 5),
    "payload among the labels": GOOD.replace(b"]q\x05(K", b"]cposix\nsystem\n(K", 1),
    "payload for the array": GOOD[:DATA] + b"cos\nsystem\nU\x02ls\x85R" + GOOD[DATA:],
    "another function for _reconstruct": GOOD.replace(b"_reconstruct", b"set_string_f"),
    "another module": GOOD.replace(b"numpy.core.multiarray", b"numpy.fake.multiarray"),
    "the dots are no wildcards": GOOD.replace(b"numpy.core.multiarray", b"numpyxcorexmultiarray"),
    "object array": GOOD.replace(b"U\x02u1", b"U\x02O8"),
    "float array": GOOD.replace(b"U\x02u1", b"U\x02f8"),
    "Fortran order": GOOD.replace(b"tb\x89", b"tb\x88"),
    "Python 3's own spelling": pickle.dumps(
        {"labels": [0], "data": np.zeros((1, 3072), np.uint8), "filenames": [""], "batch_label": ""}, 2
    ),
    "memo bomb": b"\x80\x02}(" + b"(lp0\n" + b"(g0\ng0\ng0\ntp1\n" * 1000,
    "recalled memo": GOOD.replace(b"U\x06labels", b"h\x01"),
    "long memo bomb": b"\x80\x02}" + b"r\xff\xff\xff\x7f" * 1000,
    "huge string": b"\x80\x02}(T\xff\xff\xff\x7fx",
    "negative string": b"\x80\x02}(T\xff\xff\xff\xffx",
    "string cut": b"\x80\x02}(U\x20labels",
    "length cut": b"\x80\x02}(T\x01\x00",
    "huge shape": GOOD.replace(b"(K\x01M\x03\0M\0\x0c", b"(K\x01J\xff\xff\xff\x7fM\0\x0c"),
    "negative shape": GOOD.replace(b"(K\x01M\x03\0M\0\x0c", b"(K\x01J\xff\xff\xff\xffM\0\x0c"),
    "another width": GOOD.replace(b"M\0\x0c\x86", b"M\0\x0b\x86"),
    "shape and bytes differ": GOOD.replace(b"(K\x01M\x03\0", b"(K\x01M\x02\0"),
    "extra key": GOOD.replace(b"(U\x0bbatch_label", b"(U\x01xU\x01yU\x0bbatch_label"),
    "key twice": GOOD.replace(b"U\x0bbatch_labelq\x02", b"U\x06labelsq\x02]q\x09U\x06labelsq\x02]q\x09"),
    "key missing": GOOD[: GOOD.index(string(b"filenames"))] + b"u.",
    "labels of another kind": GOOD.replace(b"]q\x05(K\0", b"]q\x05(N\0", 1),
    "labels nested": GOOD.replace(b"]q\x05(K", b"]q\x05((K", 1),
    "fewer labels": uneven("labels"),
    "fewer names": uneven("names"),
    "fewer pixels": uneven("pixels"),
    "trailing byte": GOOD + b"\0",
    "two pickles": GOOD * 2,
    "cut in the pixels": GOOD[: DATA + 2000],
    "cut before STOP": GOOD[:-1],
    "many marks": b"\x80\x02}" + b"(" * 100_000,
    "labels without end": GOOD[: GOOD.index(b"]q\x05(K")] + b"](" + b"K\0" * 100_000,
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_pickles_are_refused_and_never_executed(tmp_path, monkeypatch, case):
    monkeypatch.chdir(tmp_path)
    assert HOSTILE[case] != GOOD
    with pytest.raises(FormatError) as caught:
        read_batch(tmp_path / "data_batch_1", HOSTILE[case])
    text = str(caught.value)
    assert text.startswith("cifar10: ")
    assert "; needed " in text
    assert "; try " in text
    assert "\n" not in text
    assert list(tmp_path.iterdir()) == []


def test_the_payload_would_have_worked(tmp_path, monkeypatch):
    """Otherwise the test above would prove nothing."""
    monkeypatch.chdir(tmp_path)
    pickle.loads(HOSTILE["payload, protocol 2"])
    assert (tmp_path / "fooled").is_dir()


def test_no_pickle_module_is_imported_by_the_data_package():
    import ast
    from pathlib import Path

    import tinynn.data

    for path in Path(tinynn.data.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {n.split(".")[0] for n in names} & {
                "pickle",
                "pickletools",
                "_pickle",
                "cPickle",
                "marshal",
            }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "bytes \\(end\\) at 0"),
        (meta([]), "0 class names"),
        (meta([b"a\nb", b"c"]), "unprintable"),
        (meta([b"\xff", b"c"]), "unprintable"),
        (meta([b"x"] * 257), "257 class names"),
        (meta([b"a", b"b"]).replace(b"M\x10\x27", b"cos\nsystem\n"), "needed an integer"),
        (meta([b"a", b"b"]) + b".", "end of the file"),
    ],
)
def test_bad_meta(content, message):
    with pytest.raises(FormatError, match=message):
        read_meta("batches.meta", content)


BINARY = binary_version(2)
BAD_BINARY = {
    "empty": ("data_batch_1.bin", b"", "got 0 bytes"),
    "one byte short": ("data_batch_1.bin", BINARY["data_batch_1.bin"][:-1], "6,145 bytes"),
    "one byte more": ("test_batch.bin", BINARY["test_batch.bin"] + b"\0", "6,147 bytes"),
    "label 10": ("data_batch_2.bin", b"\x0a" + BINARY["data_batch_2.bin"][1:], "the label 10"),
    "no class names": ("batches.meta.txt", b"\n", "0 class names"),
    "fewer classes than labels": ("batches.meta.txt", b"one", "the label 1; needed 0 to 0"),
}


@pytest.mark.parametrize("case", BAD_BINARY)
def test_bad_binary_files(tmp_path, case):
    name, content, message = BAD_BINARY[case]
    write(tmp_path / "cifar-10-batches-bin", {**BINARY, name: content})
    with pytest.raises(FormatError, match=message):
        cifar10(tmp_path)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_mutated_batches_never_surprise(data):
    """Only FormatError escapes, and what is read has the right shape."""
    content = bytearray(GOOD)
    structure = [*range(DATA + 230), *range(len(GOOD) - 120, len(GOOD))]  # pixels may be anything
    for _ in range(data.draw(st.integers(1, 3))):
        at = min(data.draw(st.sampled_from(structure)), len(content) - 1)
        kind = data.draw(st.sampled_from(["set", "cut", "insert", "remove"]))
        if kind == "set":
            content[at] = data.draw(st.integers(0, 255))
        elif kind == "insert":
            content[at:at] = data.draw(
                st.sampled_from([b"(", b"q\1", b"c", b"R", b"K\1", b"e", b"U\1x", b"."])
            )
        else:
            del content[at : None if kind == "cut" else at + 1]
        if not content:
            break
    try:
        pixels, labels = read_batch("x", bytes(content))
    except FormatError:
        return
    assert pixels.shape == (len(labels), 3072)


def test_sizes_are_checked_before_a_file_is_read(tmp_path):
    """A sparse file of 2 GiB costs nothing to make and must cost nothing to refuse."""
    with open(tmp_path / "data_batch_1", "wb") as file:
        file.truncate(2 << 30)
    with pytest.raises(FormatError, match=r"2,147,483,648 bytes; needed at most"):
        cifar10(tmp_path)
