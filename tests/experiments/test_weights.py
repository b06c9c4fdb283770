"""Experiments on what weights are: w = H(u), shared weights, weights from another net."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinynn import Tensor, jacobian
from tinynn.experiments import _transforms, run_experiment, weight_sharing
from tinynn.experiments._gallery import BLOCK
from tinynn.experiments._neurons import best_line

EPS = np.finfo(np.float64).eps


def figures(metrics: Any, folder: Path) -> list[str]:
    assert all((folder / metrics["experiment"] / name).stat().st_size > 8000 for name in metrics["figures"])
    assert metrics["synthetic"] is True
    assert BLOCK in (folder / metrics["experiment"] / "report.html").read_text(encoding="utf-8")
    return list(metrics["figures"])


# ---- parameter-transform ------------------------------------------------------------------------------


@pytest.mark.parametrize("transform", [_transforms.LINEAR, _transforms.GLOBE], ids=lambda t: t.name)
def test_what_is_on_paper_is_what_the_ops_compute(transform: _transforms.Transform) -> None:
    for u in np.random.default_rng(0).uniform(-1, 1, (5, 2)):
        np.testing.assert_allclose(transform.ops(Tensor(u)), transform.value(u), rtol=1e-14)
        j = jacobian(transform.ops, [Tensor(u, requires_grad=True)])
        np.testing.assert_allclose(np.asarray(j).reshape(3, 2), transform.derivative(u), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("seed", [0, 1])
def test_parameter_transform(seed: int, tmp_path: Path, capsys: Any) -> None:
    metrics = run_experiment("parameter-transform", out=tmp_path, seed=seed)
    linear, globe = metrics["transforms"]
    for row in (linear, globe):
        assert row["u_rule_error"] <= 8 * EPS * row["steps"]
        assert row["cost_after"] < 0.5 * row["cost_before"]
    assert linear["w_rule_error"] <= 8 * EPS * linear["steps"]
    assert max(linear["errors"]) <= 16 * EPS
    assert linear["slope"] is None
    assert globe["slope"] == pytest.approx(2.0, abs=0.1)
    assert globe["w_rule_error"] > 0.01
    assert metrics["shapes"] == {
        "u": [2, 1],
        "w": [3, 1],
        "dC/dw": [1, 3],
        "dH/du": [3, 2],
        "(dH/du)^T": [2, 3],
    }
    assert figures(metrics, tmp_path) == ["u-space.png", "w-space.png", "error-order.png"]
    assert "dH/du 3 x 2" in capsys.readouterr().err


# ---- weight-sharing -----------------------------------------------------------------------------------


def test_weight_sharing(tmp_path: Path, capsys: Any) -> None:
    metrics = run_experiment("weight-sharing", out=tmp_path, seed=3)
    assert [len(row["terms"]) for row in metrics["branch"]] == [2, 2]
    assert [len(row["terms"]) for row in metrics["convolution"]] == [5, 5, 5]
    for row in (*metrics["branch"], *metrics["convolution"]):
        assert sum(row["terms"]) == pytest.approx(row["autograd"], rel=1e-12)
        assert min(map(abs, row["terms"])) > 1e-6
    assert metrics["largest_error"] < 1e-13
    assert metrics["w1_and_w2_apart_in_training"]["shared"] == 0
    assert metrics["w1_and_w2_apart_in_training"]["not shared"] > 0.05
    assert figures(metrics, tmp_path) == ["y-branch.png", "convolution.png", "training.png"]
    assert "dC/du1 = " in capsys.readouterr().err


def test_the_terms_are_those_of_the_formula() -> None:
    random = np.random.default_rng(5)
    x, y, u = random.normal(size=(6, 4)), random.normal(size=(6, 1)), np.array([0.3, -0.7])
    _, terms, du = weight_sharing.add_up(weight_sharing.BRANCH, u, x, y)
    dw = 2 * ((x @ u[[0, 0, 1, 1]])[:, None] - y).T @ x / 6  # of mean (x w - y)^2, on paper
    np.testing.assert_allclose(np.concatenate(terms), dw[0], rtol=1e-12)
    np.testing.assert_allclose(du, [dw[0, :2].sum(), dw[0, 2:].sum()], rtol=1e-12)


def test_the_band_is_a_convolution() -> None:
    u, x = weight_sharing.U["band"], np.random.default_rng(6).normal(size=(1, 7))
    y = np.asarray(weight_sharing.layer_with(weight_sharing.BAND, u, shared=True)(x))
    np.testing.assert_allclose(y[0], np.correlate(x[0], u, "valid"), rtol=1e-12)


# ---- hypernetwork -------------------------------------------------------------------------------------


def test_no_line_is_better_than_the_best_line() -> None:
    """Against all divisions of nine points by lines of a fine lattice of directions and offsets."""
    random = np.random.default_rng(8)
    x = random.normal(size=(9, 2))
    label = x[:, 0] * x[:, 1] > 0
    line, best = best_line(x, label)
    angle, offset = np.linspace(0, 2 * np.pi, 721)[:, None, None], np.linspace(-4, 4, 801)[:, None]
    side = np.cos(angle) * x[:, 0] + np.sin(angle) * x[:, 1] > offset  # (angles, offsets, points)
    tried = (side == label).mean(-1).max()
    assert tried == best < 1
    side = x @ line[:2] + line[2]
    sure = np.abs(side) > 1e-9
    assert sure.sum() == 7
    hits = ((side > 0) == label)[sure].sum()
    assert best == (max(hits, 7 - hits) + 2) / 9


def test_hypernetwork(tmp_path: Path) -> None:
    metrics = run_experiment("hypernetwork", out=tmp_path, seed=4, seeds=2, epochs=150)
    assert metrics["seeds"] == [4, 5]
    for kind, ceiling, margin in (("input", 0.80, 0.1), ("task", 0.58, 0.35)):
        row = metrics[kind]
        assert len(row["hypernetwork"]) == 2
        assert max(row["fixed_weights"]) < ceiling
        assert min(np.subtract(row["hypernetwork"], row["fixed_weights"])) == pytest.approx(
            row["margin"]["smallest"]
        )
        assert row["margin"]["smallest"] > margin
    assert figures(metrics, tmp_path) == ["regions.png", "accuracies.png"]


@pytest.mark.slow
def test_hypernetwork_over_ten_seeds(tmp_path: Path) -> None:
    metrics = run_experiment("hypernetwork", out=tmp_path)
    assert len(metrics["seeds"]) == 10
    assert metrics["input"]["margin"]["smallest"] > 0.15
    assert metrics["task"]["margin"]["smallest"] > 0.4
