"""Capacity and regularisation: many nets on noisy moons, each counted as it would be alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import functional as F
from tinynn import optim
from tinynn.autograd import no_grad
from tinynn.experiments import _toy_nets, capacity, regularization, run_experiment
from tinynn.experiments._toy_nets import Recipe


def figures(metrics: Any, folder: Path) -> list[str]:
    assert all((folder / metrics["experiment"] / name).stat().st_size > 8000 for name in metrics["figures"])
    assert metrics["synthetic"] is True
    return list(metrics["figures"])


@pytest.mark.parametrize("recipe", [Recipe(3), Recipe(4, decay=0.01)], ids=str)
def test_a_net_is_what_it_would_be_alone(recipe: Recipe) -> None:
    found = _toy_nets.train(recipe, 5, draws=1, seeds=3, steps=40)
    x, y = _toy_nets.toy(5)
    tn.manual_seed(6)
    model = recipe.build()
    rule = optim.Adam(model.parameters(), lr=0.03, weight_decay=recipe.decay)
    for step in range(40):
        rule.lr = 0.03 * (1 - step / 40)
        F.cross_entropy(model(x), y).backward()
        rule.step()
        rule.zero_grad()
    alone = [p.numpy() for p in model.parameters()]
    for a, b in zip([a for layer in found.net(0, 1) for a in layer], alone, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    with no_grad():
        p = np.asarray(F.softmax(model(x)))
    np.testing.assert_allclose(_toy_nets.probabilities(found.net(0, 1))(x), p, atol=1e-4)
    assert found.train[0, 1] == pytest.approx((p.argmax(1) == y).mean(), abs=0.02)


def test_no_point_is_in_both_sets() -> None:
    x, new = _toy_nets.toy(3)[0], _toy_nets.test_points(3)[0]
    assert not (x[:, None] == new).all(-1).any()


def small(monkeypatch: pytest.MonkeyPatch, module: Any) -> None:
    monkeypatch.setattr(module, "DRAWS", 2)
    monkeypatch.setattr(module, "SEEDS", 4)


def test_capacity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch, capacity)
    monkeypatch.setattr(capacity, "WIDTHS", (3, 6, 20))
    metrics = run_experiment("capacity", out=tmp_path, epochs=600)
    narrow, _, wide = metrics["widths"]
    assert wide["train_accuracy"] > narrow["train_accuracy"] + 0.03
    assert wide["gap"] > narrow["gap"] + 0.05
    assert metrics["nets_per_width"] == 8
    assert figures(metrics, tmp_path) == ["regions.png", "seeds.png", "accuracies.png", "widths.png"]


def test_regularization(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch, regularization)
    monkeypatch.setattr(regularization, "DECAYS", (1e-5, 1e-1))
    metrics = run_experiment("regularization", out=tmp_path, epochs=600)
    rows = {row["recipe"]: row for row in metrics["recipes"]}
    assert list(rows) == list(regularization.SHOWN)
    free = rows.pop("nothing")
    assert all(row["gap"] < free["gap"] - 0.04 for row in rows.values())
    assert metrics["sweep"]["train"][0] > metrics["sweep"]["train"][1]
    assert figures(metrics, tmp_path) == ["regions.png", "gap.png", "decay.png"]


@pytest.mark.slow
def test_the_gap_grows_with_width_and_closes_with_decay(tmp_path: Path) -> None:
    widths = {row["hidden"]: row for row in run_experiment("capacity", out=tmp_path)["widths"]}
    assert widths[3]["gap"] < widths[6]["gap"] < widths[20]["gap"]
    assert widths[3]["test_accuracy"] > widths[20]["test_accuracy"] + 0.02
    metrics = run_experiment("regularization", out=tmp_path)
    rows = {row["recipe"]: row for row in metrics["recipes"]}
    gaps = [rows[name]["gap"] for name in ("nothing", "decay 0.001", "decay 0.01", "decay 0.1")]
    assert (np.diff(gaps) < 0).all()
    assert 1e-3 <= metrics["best_decay"] <= 1e-2
    best = max(rows.values(), key=lambda row: row["test_accuracy"])
    assert best["test_accuracy"] > rows["nothing"]["test_accuracy"] + 0.04
