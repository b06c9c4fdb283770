"""fold-width: cells of nets, what became of them, and who pushed their points out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import tinynn as tn
from tinynn import data
from tinynn.experiments import fold_width, loss_variance, run_experiment
from tinynn.experiments._pushed import most_lost_by_biases, pushed_out, silence, silent
from tinynn.experiments._starts import STARTS, Nets, builder, interval, summary, train_cell
from tinynn.experiments._width_page import verdict

pytestmark = pytest.mark.skipif(not tn.info()["targets"], reason="the native rung was not built")


@pytest.mark.parametrize("start", STARTS)
def test_a_start_is_what_it_says(start: str) -> None:
    tn.manual_seed(0)
    layer = builder(2, 2000, "relu", start)()[1]
    net = builder(400, 2, "relu", start)()
    w, b = (np.asarray(a.data, np.float64) for a in (net[1].weight, net[1].bias))
    variance = {"wide": 6 / 3, "default": 1 / 3, "biases 0": 2.0, "biases +1": 1.0}[start] / 400
    assert w.var() == pytest.approx(variance, rel=0.02)
    if start.startswith("biases"):
        assert set(b.tolist()) == {float(start.removeprefix("biases "))}
    else:
        assert b.var() == pytest.approx(1 / 3 / 400, rel=0.2)
    assert layer.weight.shape == (2, 2)


def test_a_cell_judges_its_nets() -> None:
    points = data.spirals(30)
    cell = train_cell(points, builder(10, 2, "tanh", "wide"), "tanh", range(5), 600, 0.02)
    x, y = np.asarray(points.x), np.asarray(points.y)
    for net, accuracy in enumerate(cell.accuracy):
        h = x
        for w, b in zip(cell.after.weights[:-1], cell.after.biases[:-1], strict=True):
            h = np.tanh(h @ w[net].T + b[net])
        scores = h @ cell.after.weights[-1][net].T + cell.after.biases[-1][net]
        assert (scores.argmax(1) == y).mean() == pytest.approx(accuracy, abs=0.02)
        loss = np.log(np.exp(scores).sum(1)) - scores[np.arange(len(y)), y]
        assert loss.mean() == pytest.approx(cell.loss[net], rel=1e-3)
    assert cell.accuracy.max() > 0.9
    assert cell.loss[cell.best()] == cell.loss[cell.accuracy == cell.accuracy.max()].min()
    tn.manual_seed(3)
    (_, layer, *_), nets = builder(10, 2, "tanh", "wide")(), cell.before
    assert (nets.weights[1][3] == layer.weight.data).all()
    assert (nets.weights[1] != cell.after.weights[1]).all()


def test_intervals_hold_what_they_say() -> None:
    """Of 2000 tries with a known share, the interval must miss it in about 5 %."""
    rng = np.random.default_rng(0)
    for share in (0.01, 0.3, 0.5):
        found = [interval(hits / 256, 256) for hits in rng.binomial(256, share, 2000)]
        assert 0.93 < np.mean([low <= share <= high for low, high in found]) <= 0.985
    assert interval(0.0, 512) == [0.0, pytest.approx(0.0074, abs=2e-4)]
    assert interval(1.0, 512)[1] == pytest.approx(1.0)
    draws = np.sort(rng.uniform(size=(2000, 64)), axis=1)
    medians = [summary(draw)["median_accuracy_interval"] for draw in draws]
    assert 0.93 < np.mean([low <= 0.5 <= high for low, high in medians]) < 0.98


def test_who_pushed_the_points_out() -> None:
    """By hand: a net whose second bias pushes out a point, one whose weights do, and who moves them on."""
    x = np.array([[-1.0, 1.0], [1.0, 1.0], [-1.0, -1.0]], np.float32)
    eye = np.eye(2, dtype=np.float32)
    weights = [np.stack([eye, eye]), np.stack([eye, 0 * eye]), np.stack([eye, eye])]
    biases = [np.array([[0, -1], [0, 0]], "f4"), np.array([[3, 0], [-1, 0]], "f4"), np.zeros((2, 2), "f4")]
    nets = Nets(weights, biases, "relu")
    found = pushed_out(nets, x)
    each = {name: (6 * np.array(shares)).round(6).tolist() for name, shares in found.items()}
    assert each["out"] == [3, 3]  # the first net puts points 0 and 2 into the origin, the second point 2
    assert each["weights"] == [2, 2]
    assert each["unit 2"] == [1, 0]
    assert each["again"] == [0, 1]  # the second net's bias of -1 leaves it there
    assert each["unit 1"] == each["several"] == [0, 0]
    assert each["together"] == [3, 5]
    assert each["away"] == [0, 2]  # the first net's bias of 3 moves both, as one
    assert each["left"] == [5, 6]  # on an axis is no longer inside
    assert each["left by unit 2"] == [2, 0]
    for name in ("out", "together"):
        assert len(found[f"{name}_error"]) == 2
    assert silent(nets, x).tolist() == [[[False, True], [False, True]], [[False, False], [True, True]]]
    lifted = Nets(weights, [b + 10 for b in biases], "relu")
    assert silence(nets, nets, x) == {"nets_before": 1.0, "nets_trained": 1.0, "still": 1.0}
    assert silence(nets, lifted, x) == {"nets_before": 1.0, "nets_trained": 0.0, "still": 0.0}
    lost = most_lost_by_biases(nets.first(1), x[:2])
    assert (lost.net, lost.points.tolist(), lost.by_layer) == (0, [True, False], [(1, "b2"), (0, "W")])


def test_what_is_pushed_out_is_one_point_from_then_on() -> None:
    tn.manual_seed(0)
    x = np.asarray(data.spirals(100).x, np.float32)
    nets = Nets.of(tn.Ensemble(builder(2, 4, "relu", "wide"), 20), "relu")
    first, *_, last = nets.layer_by_layer(x)
    collapsed = 0
    for origin, scores in zip((first <= 0).all(-1), last, strict=True):
        if origin.any():
            collapsed += 1
            assert np.ptp(scores[origin], axis=0).max() <= 1e-5 * np.abs(scores).max()
    assert collapsed > 5


def test_fold_width(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fold_width, "WIDTHS", (2, 3))
    monkeypatch.setattr(fold_width, "DEPTHS", (4,))
    metrics = run_experiment("fold-width", out=tmp_path, epochs=3, seeds=8)
    assert metrics["figures"] == ["success.png", "median.png", "starts.png", "pushed-out.png", "collapse.png"]
    assert len(metrics["cells"]) == 8
    assert [row["start"] for row in metrics["intervention"]] == list(fold_width.TRIED)
    assert all(0 < row["median_accuracy"] <= row["best_accuracy"] <= 1 for row in metrics["cells"])
    assert metrics["steps"] == 8 * 8 * 3 + 2 * 16 * 4
    assert metrics["intervention"][0]["pushed_out"]["before training"]["out"][-1] > 0.2
    assert 0.5 < metrics["intervention"][0]["silent"]["nets_before"] <= 1
    assert "4 ReLU layers of 2: " in metrics["in_short"]


def test_the_answer_about_depth() -> None:
    def told(*shares: float) -> str:
        return verdict([2, 4, 6], shares)

    assert told(0, 0.004, 0).startswith("no: ")
    assert told(0, 0.6, 0.4) == "4 do, 6 do worse again"
    assert told(0.4, 0.5, 0.48) == "4 do, 6 do no better"
    assert told(1, 1, 0.98) == "not needed"
    assert told(0.91, 0.92, 0.74) == "no"
    assert told(0.1, 0.2, 0.3) == "yes"


def test_loss_variance(tmp_path: Path) -> None:
    metrics = run_experiment("loss-variance", out=tmp_path, epochs=200, seeds=8)
    assert metrics["figures"] == ["losses.png", "spread.png"]
    assert [row["hidden_units"] for row in metrics["sizes"]] == list(loss_variance.SIZES)
    assert metrics["sizes"][0]["parameters"] == 2 * 4 + 4 + 4 * 3 + 3
    for row in metrics["sizes"]:
        assert 0 < row["lowest"] <= row["5_percent"] <= row["median"] <= row["95_percent"] <= row["highest"]
    assert metrics["spread_small_over_large"] > 1


def test_the_error_of_a_spread() -> None:
    """Of a normal sample: sigma / sqrt(2 (n - 1)) for the standard deviation, 1.57 sigma / sqrt(n) for the
    middle half."""
    values = np.random.default_rng(0).normal(0, 3, 400)
    error = loss_variance.resampled_error(values, loss_variance.standard_deviation)
    assert error == pytest.approx(3 / np.sqrt(2 * 399), rel=0.2)
    error = loss_variance.resampled_error(values, loss_variance.middle_half)
    assert error == pytest.approx(1.57 * 3 / np.sqrt(400), rel=0.35)


@pytest.mark.slow
def test_the_spread_of_the_loss_shrinks_with_size(tmp_path: Path) -> None:
    metrics = run_experiment("loss-variance", out=tmp_path)
    assert {row["nets"] for row in metrics["sizes"]} == {256}
    for measure in loss_variance.MEASURES:
        spreads = [row[measure.__name__] for row in metrics["sizes"]]
        assert spreads[-1] < spreads[-2] < spreads[-3] < 0.3 * spreads[0]
    assert metrics["spread_small_over_large"] > 30


@pytest.mark.slow
def test_fold_width_agrees_with_the_reference(tmp_path: Path) -> None:
    """Shares of 64 nets of another framework; sampling error of both: three standard deviations."""
    metrics = run_experiment("fold-width", out=tmp_path)
    assert len(metrics["cells"]) == 48
    rows = {(r["activation"], r["start"], r["hidden_layers"], r["width"]): r for r in metrics["cells"]}
    reference = {("relu", 2): 0.0, ("relu", 3): 0.23, ("relu", 5): 0.94, ("relu", 10): 1.0, ("tanh", 2): 0.52}
    for (activation, width), share in reference.items():
        error = 3 * (max(share * (1 - share), 0.01) * (1 / 64 + 1 / 256)) ** 0.5
        assert rows[activation, "wide", 4, width]["share_of_99_percent"] == pytest.approx(share, abs=error)
    assert rows["relu", "default", 4, 5]["share_of_99_percent"] == pytest.approx(0.62, abs=0.21)
    assert rows["relu", "wide", 6, 2]["share_under_50_percent"] == pytest.approx(0.7, abs=0.2)
    low, high = rows["relu", "wide", 4, 2]["median_accuracy_interval"]
    assert low - 0.05 < 0.51 < high + 0.05
    zero, one = metrics["intervention"]
    assert zero["nets"] == one["nets"] == 512
    assert zero["share_of_99_percent"] == 0.0
    assert zero["share_under_50_percent"] == pytest.approx(0.63, abs=0.09)
    assert one["share_of_99_percent"] == pytest.approx(0.014, abs=0.02)
    assert one["share_under_50_percent"] == pytest.approx(0.27, abs=0.085)
