"""Checkpoints and weights from strangers: FormatError or OSError, whatever the bytes are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tinynn as tn
from tinynn import functional as F
from tinynn import nn, optim
from tinynn.errors import FormatError
from tinynn.train import EarlyStopping, History, Training
from tinynn.train.checkpoint import resume_training, save_checkpoint

quick = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def training() -> Training:
    """A training with momentum and early stopping, as `resume` finds it."""
    tn.manual_seed(0)
    model, optimizer = nn.Linear(3, 2), optim.SGD(lr=0.1, momentum=0.9)
    optimizer.bind(model.parameters())
    loader = tn.data.DataLoader((np.zeros((4, 3)), np.arange(4) % 2), 2)
    return Training(model, optimizer, loader, 5, History(), [EarlyStopping(2, restore_best=True)])


def split(raw: bytes) -> tuple[dict[str, Any], bytes]:
    n = int.from_bytes(raw[:8], "little")
    return json.loads(raw[8 : 8 + n]), raw[8 + n :]


def join(header: Any, body: bytes) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a checkpoint that loads."""
    path, run = tmp_path_factory.mktemp("sound") / "c", training()
    run.history.add({"loss": 1.0, "validation_loss": 2.0})
    save_checkpoint(path, run)
    raw = path.read_bytes()
    resume_training(path, training())
    assert split(raw)[0]["model.weight"]["shape"] == [2, 3]
    return raw


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile") / "c"


def survives(place: Path, raw: bytes) -> bool:
    """Whether the bytes load; all that may escape is a FormatError of one line, and nothing has changed."""
    place.write_bytes(raw)
    run = training()
    before = {n: a.tobytes() for n, a in run.model.state_dict().items()}
    for load in (lambda: tn.load(place), lambda: resume_training(place, run)):
        try:
            load()
        except FormatError as error:
            message = str(error)
            loaded = False
        else:
            message, loaded = "", True
        assert "\n" not in message
        assert len(message) < 1000
    if not loaded:
        assert {n: a.tobytes() for n, a in run.model.state_dict().items()} == before
    return loaded


def test_every_truncation(sound: bytes, place: Path) -> None:
    n = 8 + int.from_bytes(sound[:8], "little")
    lengths = {*range(12), *range(12, n, 41), n - 1, *range(n, len(sound))}
    assert not any(survives(place, sound[:length]) for length in lengths)
    assert not survives(place, sound + b"\0")


@quick
@given(places=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=4))
def test_flipped_bytes(sound: bytes, place: Path, places: list[tuple[int, int]]) -> None:
    raw = bytearray(sound)
    for where, byte in places:
        raw[where % len(raw)] = byte
    survives(place, bytes(raw))


@quick
@given(raw=st.binary(max_size=200), size=st.integers(0, 2**64 - 1))
def test_any_bytes(place: Path, raw: bytes, size: int) -> None:
    assert not survives(place, raw)
    assert not survives(place, size.to_bytes(8, "little") + raw)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(["dtype", "shape", "data_offsets"])
DTYPES = ["F32", "F64", "BF16", "F8_E4M3", "F4", "C64", "BOOL", "I64", "U8", "float32", "O", ""]


@quick
@given(
    field=FIELDS,
    value=VALUES | st.sampled_from(DTYPES) | st.lists(st.integers(-1, 2**64), max_size=3),
    data=st.data(),
)
def test_headers_that_lie(sound: bytes, place: Path, field: str, value: Any, data: Any) -> None:
    header, body = split(sound)
    name = data.draw(st.sampled_from(sorted(header.keys() - {"__metadata__"})))
    header[name][field] = value
    survives(place, join(header, body))


@quick
@given(key=st.sampled_from(["version", "steps", "loader", "random", "history"]), value=VALUES)
def test_notes_that_lie(sound: bytes, place: Path, key: str, value: Any) -> None:
    header, body = split(sound)
    notes = json.loads(header["__metadata__"]["tinynn"])
    notes[key] = value
    header["__metadata__"]["tinynn"] = json.dumps(notes)
    survives(place, join(header, body))


@quick
@given(notes=VALUES)
def test_notes_of_any_kind(sound: bytes, place: Path, notes: Any) -> None:
    header, body = split(sound)
    header["__metadata__"]["tinynn"] = json.dumps(notes)
    assert not survives(place, join(header, body))
    header["__metadata__"] = notes
    survives(place, join(header, body))


@pytest.mark.parametrize(
    "notes",
    [
        "",
        "{",
        "[" * 100_000,
        '{"version": 1}',
        "NaN",
        "9" * 5000,
        '{"version": 1e999}',
        "\x00",
    ],
    ids=["empty", "cut", "deep", "short", "nan", "long integer", "infinite", "zero"],
)
def test_notes_by_hand(sound: bytes, place: Path, notes: str) -> None:
    header, body = split(sound)
    header["__metadata__"]["tinynn"] = notes
    assert not survives(place, join(header, body))


@pytest.mark.parametrize("depth", [100, 100_000])
def test_a_deep_header(place: Path, depth: int) -> None:
    assert not survives(place, join(b'{"a":' + b"[" * depth, b""))


def test_a_header_that_promises_more_than_there_is(place: Path) -> None:
    """An array of an exabyte in a file of a hundred bytes: nothing is allocated for it."""
    many = 2**60
    header = {"a": {"dtype": "U8", "shape": [many], "data_offsets": [0, many]}}
    assert not survives(place, join(header, b"\0" * 16))
    assert not survives(place, (2**40).to_bytes(8, "little") + b"{}")


def test_shared_and_overlapping_arrays_are_refused(place: Path) -> None:
    entry = {"dtype": "U8", "shape": [8], "data_offsets": [0, 8]}
    assert not survives(place, join({"a": entry, "b": entry}, b"\0" * 8))


def test_best_weights_of_another_model_are_refused(sound: bytes, place: Path) -> None:
    path, run = place.with_name("best"), training()
    run.history.add({"loss": 1.0})
    run.callbacks[0].load_state_dict({"stranger": np.ones(3)})
    save_checkpoint(path, run)
    with pytest.raises(FormatError, match="best weights"):
        tn.fit(
            nn.Linear(3, 2),
            (np.zeros((4, 3)), np.arange(4) % 2),
            loss=F.cross_entropy,
            epochs=3,
            optimizer=optim.SGD(lr=0.1, momentum=0.9),
            callbacks=[EarlyStopping(2, restore_best=True)],
            resume=path,
        )


def test_a_directory_and_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="a directory or device"):
        tn.load(tmp_path)
    with pytest.raises(FileNotFoundError):
        tn.load(tmp_path / "none")
