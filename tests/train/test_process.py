"""fit among the things a process does: signals, threads, and thousands of steps."""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
import tracemalloc
from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import data, nn, optim
from tinynn import functional as F
from tinynn.train import Callback, History, Training


@pytest.mark.skipif(os.name == "nt", reason="SIGINT is sent otherwise there")
def test_a_real_ctrl_c_ends_an_epoch_and_leaves_a_model() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20_000, 300)).astype(np.float32), rng.integers(0, 10, 20_000)
    model = nn.Sequential(nn.Linear(300, 500, activation="relu"), nn.Linear(500, 10))
    history, sent = History(), []

    def ctrl_c() -> None:
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    class Later(Callback):
        def on_step_end(self, training: Training) -> None:
            if training.history.steps == 5:
                threading.Timer(0.05, ctrl_c).start()

    with pytest.raises(KeyboardInterrupt):
        tn.fit(
            model,
            (x, y),
            loss=F.cross_entropy,
            optimizer=optim.SGD(lr=0.01),
            epochs=100_000,
            batch_size=5_000,
            history=history,
            callbacks=[Later()],
        )
    assert time.monotonic() - sent[0] < 5, "an epoch, or worse, was waited for"
    assert history.stopped.startswith("interrupted in epoch")
    assert history.steps >= 5
    assert np.isfinite(tn.predict(model, x[:100])).all()


def train(points: data.Dataset, seed: int) -> Any:
    """A net of its own; where it starts and what it sees is a function of the seed."""
    rng = np.random.default_rng(seed)
    model = nn.Sequential(nn.Linear(2, 32, activation="relu"), nn.Linear(32, 3))
    for w in model.parameters():
        w.data[...] = rng.normal(size=w.shape)
    tn.fit(model, points, loss=F.cross_entropy, optimizer=optim.SGD(lr=0.1), epochs=20, seed=seed)
    return {name: a.copy() for name, a in model.state_dict().items()}


def test_threads_train_beside_each_other(points: data.Dataset) -> None:
    found: dict[int, Any] = {}
    alone = [train(points, seed) for seed in range(3)]
    threads = [
        threading.Thread(target=lambda seed=seed: found.update({seed: train(points, seed)}))
        for seed in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed, state in enumerate(alone):
        for name, array in state.items():
            np.testing.assert_array_equal(found[seed][name], array)


def test_thousands_of_steps_leave_nothing_behind(points: data.Dataset, net: nn.Module) -> None:
    seen: dict[int, tuple[int, int]] = {}

    class Count(Callback):
        def on_step_end(self, training: Training) -> None:
            if training.history.steps in (500, 3000):
                gc.collect()
                seen[training.history.steps] = (len(gc.get_objects()), tracemalloc.get_traced_memory()[0])

    tracemalloc.start()
    try:
        tn.fit(
            net,
            points,
            loss=F.cross_entropy,
            optimizer=optim.SGD(lr=0.01),
            epochs=30,
            batch_size=3,
            callbacks=[Count()],
        )
    finally:
        tracemalloc.stop()
    objects, memory = (seen[3000][i] - seen[500][i] for i in (0, 1))
    assert objects < 200
    assert memory < 50_000
