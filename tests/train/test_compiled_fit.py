"""fit compiles by default, to the same bits as by hand; what cannot be compiled says so once."""

from __future__ import annotations

import copy
import os
import signal
import subprocess
import sys
import time
import warnings
from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import data, nn, optim
from tinynn import functional as F
from tinynn.train import Callback, Training
from tinynn.train import steps as compiled_steps

pytestmark = pytest.mark.skipif(not tn.info()["targets"], reason="the native rung was not built")
RNG = np.random.default_rng(0)
POINTS = data.Dataset(RNG.normal(size=(70, 6)).astype("f4"), RNG.integers(0, 3, 70))
IMAGES = data.Dataset(RNG.integers(0, 256, (50, 3, 12, 12), np.uint8), RNG.integers(0, 4, 50))


def dense() -> nn.Module:
    return nn.Sequential(nn.Linear(6, 9, activation="tanh"), nn.Dropout(0.2), nn.Linear(9, 3))


def convnet() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 5, 3, max_pool=2),
        nn.BatchNorm2d(5),
        nn.ReLU(),
        nn.Flatten(),
        nn.Dropout(0.1, generator=tn.Generator(3)),
        nn.Linear(125, 4),
    )


CASES: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "points": (dense, POINTS, {"optimizer": lambda: optim.Adam(lr=0.02), "batch_size": 16}),
    "clipped": (dense, POINTS, {"optimizer": lambda: optim.SGD(lr=0.5), "batch_size": 16, "clip": 0.1}),
    "scheduled": (
        dense,
        POINTS,
        {"optimizer": lambda: optim.AdamW(lr=0.1), "batch_size": 7, "schedule": lambda i: 0.1 / (1 + i)},
    ),
    "images": (convnet, IMAGES, {"optimizer": lambda: optim.SGD(lr=0.05, momentum=0.9), "batch_size": 12}),
    "targets": (
        lambda: nn.Linear(6, 2),
        data.Dataset(POINTS.x, RNG.normal(size=(70, 2)).astype("f4")),
        {"optimizer": lambda: optim.RMSprop(lr=0.01), "loss": F.mse, "batch_size": 20},
    ),
}


def loader_of(dataset: data.Dataset, augmented: bool) -> data.DataLoader:
    augment = data.Augment(crop=2, flip=True, cutout=4) if augmented else None
    return data.DataLoader(dataset, 12, seed=4, normalize=(0.5, 0.25), augment=augment)


def trained(make: Any, train: Any, compile: bool | None, options: dict[str, Any]) -> Any:
    tn.manual_seed(7)
    model = make()
    rule = options["optimizer"]()
    rest = {"loss": F.cross_entropy, "epochs": 4, "seed": 5} | options | {"optimizer": rule}
    history = tn.fit(model, copy.copy(train), compile=compile, **rest)
    arrays = {**model.state_dict(), **{f"rule {k}": v for k, v in rule.state_dict().items()}}
    return (
        {k: v for k, v in history.items() if k != "seconds"},
        history.steps,
        arrays,
        tn.random.default_generator.get_state(),
    )


def same(a: Any, b: Any) -> None:
    assert a[0] == b[0]
    assert a[1] == b[1]
    for name, array in a[2].items():
        np.testing.assert_array_equal(array, b[2][name], err_msg=name)
    assert a[3] == b[3]


@pytest.mark.parametrize("case", CASES)
def test_the_same_bits(case: str) -> None:
    make, train, options = CASES[case]
    same(trained(make, train, True, options), trained(make, train, False, options))


@pytest.mark.parametrize("augmented", [False, True])
def test_loaders_with_all_they_do(augmented: bool) -> None:
    options = {"optimizer": lambda: optim.SGD(lr=0.05)}
    one, other = (trained(convnet, loader_of(IMAGES, augmented), c, options) for c in (True, False))
    same(one, other)


def test_chunks_of_any_length(monkeypatch: pytest.MonkeyPatch) -> None:
    make, train, options = CASES["points"]
    whole = trained(make, train, True, options)
    monkeypatch.setattr(compiled_steps, "SECONDS", 0.0)  # one step, and back to Python
    same(trained(make, train, True, options), whole)


def test_it_compiles_by_default() -> None:
    taken: list[Any] = []

    class Spy(compiled_steps.LoaderStep):
        def run(self, *arguments: Any) -> Any:
            found = super().run(*arguments)
            taken.append(len(found[0]))
            return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled_steps, "LoaderStep", Spy)
        make, train, options = CASES["points"]
        history = trained(make, train, None, options)
    assert sum(taken) == history[1] == 20


def test_an_attribute_that_changes_between_epochs_counts() -> None:
    class Scaled(nn.Module):
        def __init__(self) -> None:
            self.layer, self.scale = nn.Linear(6, 3), 1.0

        def forward(self, x: Any) -> Any:
            return self.layer(x) * self.scale

    def fall(training: Training) -> None:
        training.model.scale *= 0.5

    options = {"optimizer": lambda: optim.SGD(lr=0.5), "callbacks": [fall]}
    same(trained(Scaled, POINTS, True, options), trained(Scaled, POINTS, False, options))


def test_what_cannot_be_compiled_says_so_once() -> None:
    class Bends(nn.Module):
        def __init__(self) -> None:
            self.layer = nn.Linear(6, 3)

        def forward(self, x: Any) -> Any:
            y = self.layer(x)
            return y * 2 if float(y.sum().item()) > 0 else y

    options = {"optimizer": lambda: optim.SGD(lr=0.1), "batch_size": 30}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        by_default = trained(Bends, POINTS, None, options)
    assert [str(w.message)[:35] for w in caught] == ["fit: trains without compiling; comp"]
    same(by_default, trained(Bends, POINTS, False, options))
    with pytest.raises(tn.errors.CompileError, match=r"test_compiled_fit\.py"):
        trained(Bends, POINTS, True, options)


def test_a_callback_after_every_step_sees_every_step() -> None:
    class Counts(Callback):
        def __init__(self) -> None:
            self.seen: list[int] = []

        def on_step_end(self, training: Training) -> None:
            self.seen.append(training.history.steps)

    counts = Counts()
    trained(dense, POINTS, None, {"optimizer": lambda: optim.SGD(), "callbacks": [counts], "batch_size": 35})
    assert counts.seen == list(range(1, 9))


def test_a_resumed_run_ends_on_the_same_bits(tmp_path: Any) -> None:
    make, train, options = CASES["images"]
    whole = trained(make, train, True, options)
    path = tmp_path / "checkpoint"
    trained(make, train, True, options | {"epochs": 2, "checkpoint": path})
    resumed = trained(make, train, True, options | {"resume": path})
    for name, array in whole[2].items():
        np.testing.assert_array_equal(resumed[2][name], array, err_msg=name)


def test_a_step_that_goes_wrong_is_undone_and_explained() -> None:
    x = POINTS.x.copy()
    x[33, 2] = np.nan
    model = nn.Sequential(nn.BatchNorm1d(6), nn.Linear(6, 3))
    rule = optim.SGD(lr=0.1)
    loader = data.DataLoader((x, POINTS.y), 10, shuffle=False)
    with pytest.raises(tn.errors.NonFiniteError, match=r"in step 4; it comes from the data: x .* row 3;"):
        tn.fit(model, loader, loss=F.cross_entropy, optimizer=rule, compile=True)
    assert rule.steps == 3
    for array in model.state_dict().values():
        assert np.isfinite(array).all()
    assert int(model.state_dict()["0.num_batches_tracked"]) == 3


LONG = """
import numpy as np, tinynn as tn, sys
from tinynn import nn, optim, functional as F
x, y = np.random.default_rng(0).normal(size=(200_000, 4)).astype("f4"), np.zeros(200_000, int)
model, history = nn.Linear(4, 2), tn.train.History()
print("ready", flush=True)
try:
    tn.fit(model, (x, y), loss=F.cross_entropy, optimizer=(rule := optim.SGD(lr=0.1)), epochs=10**6,
           batch_size=4, history=history, compile=True)
except KeyboardInterrupt:
    print(rule.steps == history.steps > 0, flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_ctrl_c_ends_an_epoch_of_tiny_steps() -> None:
    with subprocess.Popen([sys.executable, "-c", LONG], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(1.0)
        begin = time.monotonic()
        process.send_signal(signal.SIGINT)
        said = process.stdout.readline()
        took = time.monotonic() - begin
        process.wait(timeout=30)
    assert said == "True\n"
    assert took < 5.0  # 0.1 s where nobody else is busy
