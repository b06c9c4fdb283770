"""mnist-conv and cifar-conv: their nets, recipes and pictures, and on the real sets how far they get."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import data, nn
from tinynn.backends import available_backends
from tinynn.errors import ArgumentError
from tinynn.experiments import run_experiment
from tinynn.experiments.cifar_conv import RECIPES, convnet
from tinynn.experiments.mnist_conv import lenet

needs_native = pytest.mark.skipif(
    "native" not in available_backends(), reason="the native rung was not built here: too slow"
)


@pytest.fixture
def small_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Generated sets of 900 pictures instead of 12,000."""
    monkeypatch.setattr(data, "synthetic_like", partial(data.synthetic_like, n_train=640, n_test=260))


@needs_native
@pytest.mark.usefixtures("small_sets")
@pytest.mark.parametrize(("name", "epochs", "batches"), [("mnist-conv", 4, 10), ("cifar-conv", 6, 5)])
def test_a_short_run_leaves_what_it_promises(name: str, epochs: int, batches: int, tmp_path: Path) -> None:
    metrics = run_experiment(name, out=tmp_path, seed=1, epochs=epochs, synthetic=True)
    assert metrics["steps"] == epochs * batches
    assert metrics["synthetic"] is True
    assert len(metrics["history"]["validation_accuracy"]) == epochs
    assert metrics["history"]["validation_accuracy"][-1] == pytest.approx(metrics["test_accuracy"])
    loss = metrics["history"]["loss"]
    assert loss[-1] < 0.9 * loss[0]
    for figure in ("filters.png", "feature_maps.png", "confusion.png", "confusion_samples.png", "loss.png"):
        assert figure in metrics["figures"]
        assert (tmp_path / name / figure).read_bytes().startswith(b"\x89PNG")


@needs_native
@pytest.mark.usefixtures("small_sets")
def test_the_recipes_and_what_is_none(tmp_path: Path) -> None:
    options: dict[str, Any] = {"out": tmp_path, "synthetic": True, "epochs": 1}
    assert run_experiment("cifar-conv", **options)["recipe"] == "quick"
    with pytest.raises(ArgumentError, match=r"run: cifar-conv: recipe is 'slow'; needed one of quick, long"):
        run_experiment("cifar-conv", recipe="slow", **options)
    with pytest.raises(ArgumentError, match=r"run: mnist-conv: recipe is 'long'; needed none"):
        run_experiment("mnist-conv", recipe="long", **options)


def test_the_nets_are_those_of_the_page() -> None:
    net = lenet((1, 28, 28), 10)
    assert sum(p.size for p in net.parameters()) == 16 * 26 + 32 * (16 * 25 + 1) + 10 * 513
    assert net(np.zeros((2, 1, 28, 28), "float32")).shape == (2, 10)
    for recipe in RECIPES.values():
        assert convnet(recipe, (3, 32, 32), 10).eval()(np.zeros((2, 3, 32, 32), "float32")).shape == (2, 10)


def test_pooling_in_the_same_pass_changes_nothing() -> None:
    tn.manual_seed(0)
    fused = nn.Conv2d(3, 5, 3, padding=1, activation="relu", max_pool=2)
    apart = nn.Sequential(nn.Conv2d(3, 5, 3, padding=1, activation="relu"), nn.MaxPool2d(2))
    apart[0].load_state_dict(fused.state_dict())
    x = np.random.default_rng(0).normal(size=(4, 3, 9, 8)).astype("float32")
    y, z = fused(x), apart(x)
    np.testing.assert_allclose(y.data, z.data, atol=1e-6)
    y.square().sum().backward()
    z.square().sum().backward()
    for ours, theirs in zip(fused.parameters(), apart.parameters(), strict=True):
        np.testing.assert_allclose(ours.grad.data, theirs.grad.data, rtol=1e-5, atol=1e-5)
    with pytest.raises(ArgumentError, match="Conv2d: activation"):
        nn.Conv2d(3, 5, 3, activation="gelu", max_pool=2)
    with pytest.raises(ArgumentError, match="Conv2d: max_pool"):
        nn.Conv2d(3, 5, 3, max_pool=0)


# ---- on the real sets -----------------------------------------------------------------------------------


@pytest.mark.data
@pytest.mark.slow
@needs_native
@pytest.mark.parametrize(("name", "bar"), [("mnist-conv", 0.992), ("cifar-conv", 0.80)])
def test_the_accuracy_on_the_real_sets(name: str, bar: float, data_dir: Path, tmp_path: Path) -> None:
    metrics = run_experiment(name, data=data_dir, out=tmp_path, seed=0)
    assert metrics["synthetic"] is False
    assert metrics["test_accuracy"] >= bar
