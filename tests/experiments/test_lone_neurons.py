"""Experiments on one neuron: as a regression, as a softmax, as a support vector machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinynn import functional as F
from tinynn.experiments import _lone_classifiers, logistic_neuron, neuron_classifiers, run_experiment
from tinynn.experiments._gallery import BLOCK
from tinynn.experiments._lone_neurons import descend, log_loss, scores

rng = np.random.default_rng(3)


def figures(metrics: Any, folder: Path) -> list[str]:
    assert all((folder / metrics["experiment"] / name).stat().st_size > 8000 for name in metrics["figures"])
    assert metrics["synthetic"] is True
    assert BLOCK in (folder / metrics["experiment"] / "report.html").read_text(encoding="utf-8")
    return list(metrics["figures"])


def test_neurons_do_not_learn_from_each_other() -> None:
    x, t = rng.normal(size=(3, 20, 2)), (rng.uniform(size=(3, 20, 1)) < 0.5).astype(float)
    how = {"loss": F.binary_cross_entropy_with_logits, "lr": 1.0, "steps": 5, "decay": 0.1}
    together = descend(x, t, **how)
    for i in range(3):
        alone = descend(x[i : i + 1], t[i : i + 1], **how)
        np.testing.assert_allclose(together.path[:, i], alone.path[:, 0], atol=1e-14)


def test_a_step_is_that_of_the_formula() -> None:
    """w - lr (mean of (p - t) x + decay w), and the bias without decay."""
    x, t = rng.normal(size=(1, 30, 2)), (rng.uniform(size=(1, 30, 1)) < 0.5).astype(float)
    start = np.array([[0.3, -0.2, 0.7]])
    found = descend(x, t, F.binary_cross_entropy_with_logits, lr=0.5, steps=1, decay=0.1, start=start)
    error = 1 / (1 + np.exp(-scores(start, x)[0])) - t[0, :, 0]
    slope = np.array([error.mean(), *(error @ x[0] / 30 + 0.1 * start[0, 1:])])
    np.testing.assert_allclose(found.path[1, 0], start[0] - 0.5 * slope, atol=1e-15)
    assert found.loss[0, 0] == pytest.approx(log_loss(start[0], x[0], t[0]), abs=1e-15)
    grid = rng.normal(size=(4, 3))
    np.testing.assert_allclose(log_loss(grid, x[0], t[0]), [log_loss(c, x[0], t[0]) for c in grid])


# ---- logistic-neuron ----------------------------------------------------------------------------------


def test_logistic_neuron(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(logistic_neuron, "SETS", 4)
    metrics = run_experiment("logistic-neuron", out=tmp_path, seed=2)
    for name, inputs in (("1 input", 1), ("5 inputs", 5)):
        row = metrics[name]
        assert len(row["neuron"]) == 1 + inputs
        np.testing.assert_allclose(row["neuron"], row["scipy"], atol=1e-9)
        assert row["largest_difference"] < 1e-9
        assert np.abs(np.subtract(row["neuron"], row["truth"])).max() < 1.2
    own = ["coefficients-1.png", "curve.png", "surface.png", "descent.png", "coefficients-5.png"]
    assert figures(metrics, tmp_path) == own
    assert "differ by" in capsys.readouterr().err


@pytest.mark.slow
def test_fifty_data_sets_spread_around_the_truth(tmp_path: Path) -> None:
    metrics = run_experiment("logistic-neuron", out=tmp_path)
    for name in ("1 input", "5 inputs"):
        row = metrics[name]
        assert row["largest_difference"] < 1e-9
        error = np.subtract(row["mean_over_sets"], row["truth"])
        assert (np.abs(error) < 4 * np.array(row["standard_deviation_over_sets"]) / np.sqrt(50)).all()


# ---- neuron-classifiers -------------------------------------------------------------------------------


def test_neuron_classifiers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neuron_classifiers, "SETS", 3)
    monkeypatch.setattr(neuron_classifiers, "DECAYS", (0.01, 0.1))
    metrics = run_experiment("neuron-classifiers", out=tmp_path)
    svm, softmax = metrics["SVM"], metrics["softmax"]
    assert 0.999 < svm["objective"] / svm["objective_of_exact_solution"] < 1.005
    assert softmax["points_within_margin"] < svm["points_within_margin"] < neuron_classifiers.POINTS / 2
    assert min(row["test_accuracy"]["lowest"] for row in (svm, softmax)) > 0.8
    assert metrics["two_scores_or_one"] < 1e-15
    assert metrics["forgetting_error"] < 1e-13
    for row in metrics["sweep"].values():
        assert row["margin_width"][1] > 1.1 * row["margin_width"][0]
    assert figures(metrics, tmp_path) == ["boundaries.png", "losses.png", "regularisation.png"]


def test_the_exact_svm_is_the_widest_street() -> None:
    """Two points on a line, at -1 and at +3: w = 1/2, b = -1/2, both on the margin."""
    x, t = np.array([[-1.0, 0.0], [3.0, 0.0]]), np.array([[-1.0], [1.0]])
    assert _lone_classifiers.exact_svm(x, t, 0.01) == pytest.approx(0.5 * 0.01 * 0.25, rel=1e-6)


@pytest.mark.slow
def test_decay_widens_every_margin(tmp_path: Path) -> None:
    metrics = run_experiment("neuron-classifiers", out=tmp_path)
    assert metrics["SVM"]["objective"] / metrics["SVM"]["objective_of_exact_solution"] < 1.001
    for row in metrics["sweep"].values():
        assert (np.diff(row["margin_width"]) > 0).all()
        assert len(row["margin_width"]) == len(metrics["decays"])
