"""Time to accuracy: the same net, the same rates, the same images on both sides, and an honest record."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import data
from tinynn.bench import race as races
from tinynn.bench.peers import PeerSpec, load
from tinynn.bench.recipes import RECIPES, Recipe

RUNNER = '''
class Runner:
    """An epoch gains a tenth."""
    version = "1"

    def __init__(self, recipe, threads):
        self.accuracy = 0.5

    def run(self, epochs):
        self.accuracy += 0.1 * epochs
        return self.accuracy
'''
every = pytest.mark.parametrize("row", RECIPES.values(), ids=lambda row: row.name)


@pytest.fixture(autouse=True)
def small_sets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Generated images, and the number of threads as it was."""
    before = tn.get_num_threads()
    mnist = data.synthetic_like("mnist", n_train=300, n_test=1000)
    cifar = data.synthetic_like("cifar10", n_train=200, n_test=1000)
    monkeypatch.setattr(data, "mnist", lambda: mnist)
    monkeypatch.setattr(data, "cifar10", lambda: cifar)
    yield
    tn.set_num_threads(before)


def side(name: str, row: Recipe) -> Any:
    spec = next(spec for spec in races.RUNNERS if spec.name == name)
    if spec.missing():
        pytest.skip(f"{name}: {spec.missing()}")
    return load(spec.target)(row, 1)


@every
@pytest.mark.filterwarnings("default")
def test_both_sides_train_the_same_net_at_the_same_rates(row: Recipe) -> None:
    ours, theirs = side("tinynn", row), side("pytorch", row)
    shapes = [sorted(p.shape for p in model.parameters()) for model in (ours.model, theirs.model)]
    assert shapes[0] == [tuple(shape) for shape in shapes[1]]
    rates = []
    for _ in range(row.epochs * len(ours.train)):
        rates.append(theirs.optimizer.param_groups[0]["lr"])
        theirs.optimizer.step()
        theirs.schedule.step()
    assert max(rates) == pytest.approx(row.lr, rel=0.02)  # of few steps none is at the very top
    assert [ours.schedule(step) for step in range(len(rates))] == pytest.approx(rates)


def test_it_learns_and_says_how_well() -> None:
    row = replace(RECIPES["mnist-mlp"], epochs=12)
    runner = side("tinynn", row)
    first = runner.run(1)
    assert runner.run(11) > max(first, 0.5)


@pytest.mark.filterwarnings("default")
def test_what_pytorch_sees_of_the_images() -> None:
    import importlib.util

    if importlib.util.find_spec("torch") is None:
        pytest.skip("not installed: torch")
    import torch

    images = data.mnist()[0].images
    rows = torch.tensor([3, 1, 4])
    plain = side("pytorch", RECIPES["mnist-mlp"]).batch(rows).numpy()
    np.testing.assert_allclose(plain, images[[3, 1, 4]] / 255, rtol=1e-6, atol=1e-7)
    shifted = side("pytorch", RECIPES["mnist-conv"]).batch(rows).numpy()
    padded = np.pad(images[[3, 1, 4]], ((0, 0), (0, 0), (2, 2), (2, 2)), mode="reflect") / 255
    windows = np.lib.stride_tricks.sliding_window_view(padded, (28, 28), axis=(2, 3))
    for image, choices in zip(shifted, windows, strict=True):
        assert np.isclose(choices, image[:, None, None], atol=1e-6).all((0, 3, 4)).any()
    cifar = side("pytorch", RECIPES["cifar-conv"])
    whole = cifar.batch(torch.arange(200)).numpy()
    np.testing.assert_allclose(whole.mean((0, 2, 3)), 0, atol=0.1)
    np.testing.assert_allclose(whole.std((0, 2, 3)), 1, atol=0.1)


def test_a_race_keeps_every_epoch_and_when_the_target_was_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bench_runner.py").write_text(RUNNER, encoding="utf-8")
    places = [str(tmp_path), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, places)))
    specs = (
        PeerSpec("tinynn", "bench_runner:Runner"),
        PeerSpec("pytorch", "bench_runner:Runner", ("a_module_nobody_has",)),
    )
    monkeypatch.setattr(races, "RUNNERS", specs)
    lines: list[str] = []
    row = replace(RECIPES["mnist-mlp"], epochs=4, target=0.75)
    result = races.race(row, 1, str(tmp_path), lines.append)
    assert (result["target"], result["threads"], list(result["runners"])) == (0.75, 1, ["tinynn"])
    runner = result["runners"]["tinynn"]
    assert runner["accuracy"] == pytest.approx([0.6, 0.7, 0.8, 0.9])
    assert runner["seconds"] == sorted(runner["seconds"])
    assert runner["reached"] == runner["seconds"][2]
    assert lines[0] == "mnist-mlp: pytorch left out, not installed: a_module_nobody_has"
    assert len(lines) == 5
