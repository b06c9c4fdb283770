"""Checkpoints: a resumed run is bit-equal, and whatever happens while one is written, one can be read."""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import data, nn, optim
from tinynn import functional as F
from tinynn.errors import ArgumentError, DtypeError, FormatError
from tinynn.random import Generator
from tinynn.train import Callback, EarlyStopping, History, Training
from tinynn.train.checkpoint import read_checkpoint


def make() -> tuple[nn.Module, optim.Optimizer]:
    model = nn.Sequential(
        nn.GaussianNoise(0.1),
        nn.Linear(2, 16, activation="relu"),
        nn.Dropout(0.2),
        nn.Linear(16, 16, activation="tanh"),
        nn.Dropout(0.2, generator=Generator(7)),  # a stream of its own
        nn.Linear(16, 3),
    )
    return model, optim.SGD(lr=0.2, momentum=0.9, weight_decay=1e-4)


def run(points: data.Dataset, seed: int = 3, **options: Any) -> tuple[dict[str, Any], History]:
    tn.manual_seed(seed)
    model, optimizer = make()
    options = {
        "epochs": 6,
        "batch_size": 32,
        "validation": points,
        "schedule": lambda i: 0.2 / (1 + i),
    } | options
    history = tn.fit(model, points, loss=F.cross_entropy, optimizer=optimizer, **options)
    return {n: a.copy() for n, a in (model.state_dict() | optimizer.state_dict()).items()}, history


def same(a: tuple[dict[str, Any], History], b: tuple[dict[str, Any], History]) -> None:
    assert a[0].keys() == b[0].keys()
    for name in a[0]:
        np.testing.assert_array_equal(a[0][name], b[0][name], err_msg=name)
    for name in a[1].keys() - {"seconds"}:
        assert a[1][name] == b[1][name], name
    assert a[1].steps == b[1].steps


@pytest.mark.parametrize("rule", [optim.Adam, optim.AdamW, optim.RMSprop, optim.Adagrad])
def test_a_resumed_run_is_bit_equal_with_every_rule(points: data.Dataset, tmp_path: Path, rule: Any) -> None:
    def trained(**options: Any) -> tuple[dict[str, Any], History]:
        tn.manual_seed(options.pop("seed", 3))
        model, optimizer = make()[0], rule(lr=0.01)
        schedule = optim.CosineAnnealingLR(optimizer, T_max=60, eta_min=1e-4)
        options = {"epochs": 6, "batch_size": 32, "schedule": schedule} | options
        history = tn.fit(model, points, loss=F.cross_entropy, optimizer=optimizer, **options)
        state = model.state_dict() | {f"{rule.__name__}.{k}": v for k, v in optimizer.state_dict().items()}
        return {n: np.copy(a) for n, a in state.items()}, history

    whole = trained()
    assert whole[1]["loss"][-1] < whole[1]["loss"][0]
    trained(epochs=2, checkpoint=tmp_path / "c")
    same(whole, trained(seed=99, resume=tmp_path / "c"))


@pytest.mark.parametrize("epochs", [1, 3, 5])
def test_a_resumed_run_is_bit_equal(points: data.Dataset, tmp_path: Path, epochs: int) -> None:
    whole = run(points)
    run(points, epochs=epochs, checkpoint=tmp_path / "c")
    same(whole, run(points, seed=99, resume=tmp_path / "c"))  # the file brings its own random state


def test_resume_after_ctrl_c_in_the_middle_of_an_epoch(points: data.Dataset, tmp_path: Path) -> None:
    class CtrlC(Callback):
        def on_step_end(self, training: Training) -> None:
            if training.history.steps == 25:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(points, checkpoint=tmp_path / "c", callbacks=[CtrlC()])
    assert read_checkpoint(tmp_path / "c").history.epochs == 2
    same(run(points), run(points, checkpoint=tmp_path / "c", resume=True))


def test_resume_true_begins_where_there_is_nothing(points: data.Dataset, tmp_path: Path) -> None:
    same(run(points), run(points, checkpoint=tmp_path / "c", resume=True))
    assert read_checkpoint(tmp_path / "c").steps == 60
    _, history = run(points, checkpoint=tmp_path / "c", resume=True)  # there is nothing left to do
    assert history.epochs == 6


def test_early_stopping_goes_on_too(points: data.Dataset, tmp_path: Path) -> None:
    def stopping() -> dict[str, Any]:
        schedule = {"schedule": lambda i: 0.2 if i < 30 else 0.0}
        return {"early_stopping": EarlyStopping(2, restore_best=True), "epochs": 12, **schedule}

    whole = run(points, **stopping())
    assert 3 < whole[1].epochs < 12
    for epochs in (3, whole[1].epochs):
        run(points, **stopping() | {"epochs": epochs, "checkpoint": tmp_path / "c"})
        resumed = run(points, **stopping() | {"resume": tmp_path / "c"})
        same(whole, resumed)
        assert resumed[1].stopped == whole[1].stopped


def test_the_weights_of_a_checkpoint_load_into_a_model(points: data.Dataset, tmp_path: Path) -> None:
    state, _ = run(points, epochs=2, checkpoint=tmp_path / "c")
    model, _ = make()
    model.load_state_dict(tn.load(tmp_path / "c"))
    for name, array in model.state_dict().items():
        np.testing.assert_array_equal(array, state[name])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": nn.Linear(2, 3)}, r"'1\.bias' is float32 \(16,\) in the file; needed none"),
        ({"optimizer": optim.SGD(lr=0.1)}, r"optimizer: '0\.velocity'"),
    ],
)
def test_a_checkpoint_of_something_else_is_refused(
    points: data.Dataset, tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    run(points, epochs=1, checkpoint=tmp_path / "c")
    model, optimizer = make()
    arguments = {"model": model, "optimizer": optimizer} | change
    before = {n: a.copy() for n, a in arguments["model"].state_dict().items()}
    with pytest.raises(FormatError, match=message):
        tn.fit(
            arguments["model"],
            points,
            loss=F.cross_entropy,
            optimizer=arguments["optimizer"],
            resume=tmp_path / "c",
        )
    for name, array in arguments["model"].state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_weights_alone_are_no_checkpoint(points: data.Dataset, tmp_path: Path) -> None:
    tn.save(tmp_path / "w", make()[0].state_dict())
    with pytest.raises(FormatError, match="no checkpoint"):
        run(points, resume=tmp_path / "w")


# ---- saving -------------------------------------------------------------------------------------------


def test_save_and_load_any_layout_and_dtype(tmp_path: Path) -> None:
    base = np.arange(24.0).reshape(4, 6)
    state: dict[str, Any] = {
        "fortran": np.asfortranarray(base),
        "stride": base[::2, ::3],
        "single": base.astype(np.float32),
        "scalar": np.array(3),
        "empty": np.zeros((0, 5), np.float32),
        "flags": np.array([True, False]),
        "bytes": np.arange(5, dtype=np.uint8),
        "big-endian": base.astype(">f8"),
        "tensor": tn.Tensor([1.0, 2.0]),
        "näme with \n and . and /": np.ones(1),
    }
    tn.save(tmp_path / "s.safetensors", state)
    loaded = tn.load(tmp_path / "s.safetensors")
    assert loaded.keys() == state.keys()
    for name, value in state.items():
        np.testing.assert_array_equal(loaded[name], np.asarray(value), err_msg=name)
        assert loaded[name].flags.writeable
        assert loaded[name].flags.owndata
    from safetensors.numpy import load_file  # anybody else can read it too

    np.testing.assert_array_equal(load_file(tmp_path / "s.safetensors")["fortran"], base)


def test_save_refuses_what_it_cannot_store(tmp_path: Path) -> None:
    for state in (
        {"a": np.array(["text"])},
        {"a": np.array([None])},
        {"a": 1j * np.ones(2)},
        {3: np.ones(2)},
    ):
        with pytest.raises(DtypeError, match="needed names with arrays of numbers"):
            tn.save(tmp_path / "s", state)  # type: ignore[arg-type]
    with pytest.raises(DtypeError, match=r"try save\(path, model.state_dict\(\)\)"):
        tn.save({}, "path")  # type: ignore[arg-type]
    with pytest.raises(DtypeError, match="Linear; needed a path and a mapping"):
        tn.save(tmp_path / "s", nn.Linear(2, 2))  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="is a directory"):
        tn.save(tmp_path, {"a": np.ones(1)})
    with pytest.raises(FileNotFoundError):
        tn.save(tmp_path / "no" / "s", {"a": np.ones(1)})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="symbolic links need a privilege there")
def test_a_link_stays_a_link_and_the_mode_is_the_users(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real")
    old = os.umask(0o027)
    try:
        tn.save(tmp_path / "link", {"a": np.ones(2)})
    finally:
        os.umask(old)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").stat().st_mode & 0o777 == 0o640
    assert tn.load(tmp_path / "real")["a"].tolist() == [1, 1]


# ---- faults -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["write", "flush", "fsync", "replace"])
def test_no_space_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """Each system call on the way fails once."""
    path = tmp_path / "s"
    tn.save(path, {"a": np.zeros(1000)})

    def full(*args: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    if call in ("fsync", "replace"):
        monkeypatch.setattr(os, call, full)
    else:
        import builtins

        real = builtins.open

        def opened(file: Any, mode: str = "r", *rest: Any, **options: Any) -> Any:
            stream = real(file, mode, *rest, **options)
            if "x" not in mode:
                return stream

            class Full:
                def __enter__(self) -> Any:
                    return self

                def __exit__(self, *error: Any) -> None:
                    stream.close()

                def __getattr__(self, name: str) -> Any:
                    return full if name == call else getattr(stream, name)

            return Full()

        monkeypatch.setattr(builtins, "open", opened)
    with pytest.raises(OSError, match="No space left"):
        tn.save(path, {"a": np.ones(1000)})
    monkeypatch.undo()
    assert tn.load(path)["a"].tolist() == [0.0] * 1000
    assert [p.name for p in tmp_path.iterdir()] == ["s"]


LIMITED = """
import resource, sys, numpy as np, tinynn as tn
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    tn.save(sys.argv[1], {"a": np.ones(100_000)})
except OSError as error:
    print(error.errno)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs RLIMIT_FSIZE")
def test_a_real_limit_on_the_disk_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "s"
    tn.save(path, {"a": np.zeros(10)})
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [str(errno.EFBIG)], done.stderr
    assert tn.load(path)["a"].tolist() == [0.0] * 10
    assert [p.name for p in tmp_path.iterdir()] == ["s"]


DIES = """
import builtins, os, signal, sys, numpy as np, tinynn as tn
path, moment = sys.argv[1:]
real, die = builtins.open, lambda *a: os.kill(os.getpid(), signal.SIGKILL)
class Stream:
    def __init__(self, stream): self.stream = stream
    def __enter__(self): return self
    def __exit__(self, *error): self.stream.close()
    def __getattr__(self, name): return getattr(self.stream, name)
    def write(self, content):
        self.stream.write(content[: len(content) // 2])
        self.stream.flush()
        die()
if moment == "write":
    def opened(file, mode="r", *rest, **options):
        stream = real(file, mode, *rest, **options)
        return stream if "r" in mode else Stream(stream)
    builtins.open = opened
else:
    setattr(os, moment, die)
tn.save(path, {"a": np.ones(1000)})
"""


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL there")
@pytest.mark.parametrize("moment", ["write", "fsync", "replace"])
def test_a_death_in_the_middle_leaves_the_old_file(tmp_path: Path, moment: str) -> None:
    """The process kills itself when half is written, before the disk has it, and before it has its name."""
    path = tmp_path / "s"
    tn.save(path, {"a": np.zeros(1000)})
    done = subprocess.run([sys.executable, "-c", DIES, str(path), moment], capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert tn.load(path)["a"].tolist() == [0.0] * 1000


TRAINS = """
import sys, numpy as np, tinynn as tn
from tinynn import functional as F, nn, optim
x, y = np.random.default_rng(0).normal(size=(64, 400)).astype("f"), np.arange(64) % 10
tn.fit(nn.Sequential(nn.Linear(400, 400), nn.Linear(400, 10)), (x, y), loss=F.cross_entropy, epochs=10**6,
       optimizer=optim.SGD(lr=0.01, momentum=0.9), checkpoint=sys.argv[1],
       callbacks=[lambda t: print("epoch", flush=True) if t.history.epochs == 1 else None])
"""


def test_kill_9_at_any_moment_leaves_a_checkpoint_that_loads(tmp_path: Path) -> None:
    """A training that does little but write checkpoints (1.3 MB each) is killed at random moments."""
    path, moments, seen = tmp_path / "c", random.Random(0), []
    for _ in range(3):
        child = subprocess.Popen([sys.executable, "-c", TRAINS, str(path)], stdout=subprocess.PIPE)
        assert child.stdout is not None
        assert child.stdout.readline() == b"epoch\n"
        while not path.exists():
            time.sleep(0.001)
        time.sleep(moments.uniform(0.0, 0.5))
        child.send_signal(signal.SIGKILL if os.name != "nt" else signal.SIGTERM)
        child.wait()
        child.stdout.close()
        found = read_checkpoint(path)
        assert found.history.epochs == found.steps == int(found.arrays["optimizer.steps"])
        seen.append(found.steps)
    assert max(seen) > 1
