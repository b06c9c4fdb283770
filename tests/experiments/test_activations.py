"""activations: what is said of each of them is measured, and the measures are what they say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import functional as F
from tinynn import nn
from tinynn.experiments import _activation_pictures, _activation_signals, activations, run_experiment
from tinynn.experiments import _activation_training as training
from tinynn.experiments._activation_formulas import NAMES, curves, identities


def test_slopes_are_those_of_the_curves() -> None:
    x, h = np.array([-3.1, -0.7, 0.4, 2.2]), 1e-6
    below, at, above = (curves(x + step) for step in (-h, 0, h))
    assert list(at) == list(NAMES)
    for name, (_, slope) in at.items():
        difference = (above[name][0] - below[name][0]) / (2 * h)
        np.testing.assert_allclose(slope, difference, atol=1e-8, err_msg=name)


def test_what_contains_what() -> None:
    found = identities(1)
    assert found["tanh_is_2_sigmoid_2x_minus_1"] < 1e-15
    assert found["tanh_of_the_library"] < 1e-15
    assert found["relu_as_maxout"] == 0
    assert found["leaky_relu_as_maxout"] < 1e-15
    assert found["parameters"] == {"linear": 210, "maxout": 420}


def test_signals_are_gradients() -> None:
    """The first weight's gradient by a finite difference of the same random net."""
    slope, gradient = _activation_signals.signals("tanh", 1.0, 2, 3, nets=2, width=4, samples=5)
    draw = np.random.default_rng(3)
    weights = [draw.normal(size=(2, 4, 4)) / 2 for _ in range(2)]
    x = draw.normal(size=(2, 5, 4))
    blame = draw.normal(size=(2, 5, 4)) / 5

    def cost(first: np.ndarray) -> np.ndarray:
        y = np.tanh(np.tanh(x @ first.swapaxes(1, 2)) @ weights[1].swapaxes(1, 2))
        return (y * blame).sum((1, 2))

    dw = np.zeros((2, 4, 4))
    for o, i in np.ndindex(4, 4):
        step = np.zeros((2, 4, 4))
        step[:, o, i] = 1e-6
        dw[:, o, i] = (cost(weights[0] + step) - cost(weights[0] - step)) / 2e-6
    np.testing.assert_allclose(gradient[:, 0], np.sqrt((dw**2).mean((1, 2))), rtol=1e-6)
    assert ((slope > 0) & (slope < 1)).all()


def test_inputs_of_one_sign_make_a_zig_zag() -> None:
    one, batch, centred = (
        _activation_signals.zig_zag(*case, seed=2) for case in ((False, 1), (False, 16), (True, 1))
    )
    assert one["same_sign"] == 1.0
    assert batch["same_sign"] < 0.4
    assert centred["same_sign"] == pytest.approx(0.5, abs=0.1)
    assert np.median(one["detour"]) > 1.5 * np.median(batch["detour"])
    assert np.median(one["left"]) < 0.1


def test_silent_units_have_no_gradient() -> None:
    found = training.silence("relu", 3.0, 0, seeds=2, checks=3, every=20)
    x, y = training.spirals()
    units = training.UNITS
    nets = tn.Ensemble(lambda: nn.Sequential(training.layer(2, units, "relu"), nn.Linear(units, 3)), 2)
    for i in range(2):
        net = nets[i]
        F.cross_entropy(net(x), y).backward()
        idle = (np.asarray(net[0].weight.grad) == 0).all(1)
        np.testing.assert_array_equal(idle, training.silent_units(nets, x)[i])
        assert found["silent"][i, 0] == idle.mean()


def test_a_dead_relu_never_wakes_and_a_leaky_one_does() -> None:
    names, how = ("relu", "leaky_relu", "maxout"), {"seeds": 3, "checks": 9, "every": 50}
    relu, leaky, maxout = (training.silence(name, 3.0, 0, **how) for name in names)
    assert (np.diff(relu["dead"], axis=1) >= 0).all()
    assert np.median(relu["dead"][:, -1]) > 0.3
    assert relu["woke"].max() == 0
    assert leaky["woke"].min() > 0.1
    assert leaky["dead"].max() == maxout["dead"].max() == 0


def test_where_a_net_diverged_it_is_gone() -> None:
    maxout = training.silence("maxout", 10.0, 0, seeds=3, checks=4, every=30)
    np.testing.assert_array_equal(maxout["gone"][:, -1], maxout["diverged"])
    assert maxout["diverged"].all()
    assert (np.diff(maxout["gone"].astype(int), axis=1) >= 0).all()
    assert not maxout["gone"][:, 0].any()
    there = training.still_there(maxout["silent"], maxout["gone"])
    assert np.isfinite(there[:, 0]).all()
    assert np.isnan(there[:, -1]).all()


def test_steps_to_a_level() -> None:
    losses = np.array([[3.0, 1.0, 0.05, 0.2], [3.0, 2.0, 1.0, np.nan]])
    np.testing.assert_array_equal(training.steps_to(losses, 0.1), [2, np.nan])


def test_activations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(activations, "SEEDS", 2)
    monkeypatch.setattr(activations, "RATES", (0.3, 3.0))
    monkeypatch.setattr(activations, "CHECKS", 5)
    monkeypatch.setattr(activations, "SPEED_RATES", (0.1,))
    monkeypatch.setattr(_activation_pictures, "GAINS", (1.0, 30.0))
    metrics = run_experiment("activations", out=tmp_path, epochs=100)
    (speed,) = metrics["convergence"]
    assert speed["steps_to_loss_0.1"]["relu"] < speed["steps_to_loss_0.1"]["tanh"]
    assert speed["steps_to_loss_0.1"]["sigmoid"] is None  # not within these steps
    for name in ("sigmoid", "tanh"):
        assert metrics["saturation"][name]["gradient"][1] < 0.4 * metrics["saturation"][name]["gradient"][0]
    assert [row["activation"] for row in metrics["dead"][::2]] == ["relu", "leaky_relu", "maxout"]
    own = ["convergence.png", "curves.png", "saturation.png", "zig-zag.png", "dead.png"]
    assert metrics["figures"] == own
    assert all((tmp_path / "activations" / name).stat().st_size > 8000 for name in own)
    assert "woke up" in capsys.readouterr().err


@pytest.mark.slow
def test_all_of_it(tmp_path: Path) -> None:
    metrics = run_experiment("activations", out=tmp_path)
    for row in metrics["convergence"]:
        assert row["tanh_over_relu"] > 1.3
    dead = {(row["activation"], row["rate"]): row["dead"] for row in metrics["dead"]}
    relu = [dead["relu", rate] for rate in activations.RATES]
    assert (np.diff(relu) >= 0).all()
    assert relu[3] > 0.4
    assert relu[4] > 0.9
    assert max(share for (name, _), share in dead.items() if name != "relu") == 0
    assert metrics["saturation"]["sigmoid"]["gradient_of_first_layer_of_8"] < 1e-3
    assert 0.5 < metrics["saturation"]["relu"]["gradient_of_first_layer_of_8"] < 2
