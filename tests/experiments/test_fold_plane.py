"""fold-plane leaves its strips, folds, regions and figures for every width and activation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

import tinynn as tn
from tinynn.experiments import fold_plane, run_experiment
from tinynn.experiments._search import TRIED

SETTINGS = [(activation, width) for activation in ("relu", "tanh") for width in (2, 3, 5, 10)]


def test_every_setting_of_the_lecture_is_there() -> None:
    assert sorted(fold_plane.SETTINGS) == sorted(SETTINGS)


@pytest.mark.parametrize(
    ("activation", "width"), [pytest.param("relu", 2, marks=pytest.mark.slow), ("tanh", 5)]
)
def test_one_setting(activation: str, width: int, tmp_path: Path, capsys, monkeypatch) -> None:
    titles = []
    keep = fold_plane.viz.folding_strip
    monkeypatch.setattr(
        fold_plane.viz, "folding_strip", lambda *a, **k: titles.append(k["title"]) or keep(*a, **k)
    )
    metrics = run_experiment(
        "fold-plane", out=tmp_path, epochs=20, seeds=64, activation=activation, width=width
    )
    folder, name = tmp_path / "fold-plane", f"{activation}-{width}"
    own = [f"strip-{name}.png", f"fold-{name}.gif", f"last-plane-{name}.png"]
    searched = ["starts.png"] if (activation, width) == ("relu", 2) and tn.info()["targets"] else []
    assert metrics["figures"] == [*own, *searched, "decision-regions.png", "accuracies.png"]
    assert all((folder / figure).stat().st_size > 5000 for figure in metrics["figures"])
    with Image.open(folder / f"fold-{name}.gif") as gif:
        assert gif.n_frames == 9 + 8 * 11
    (row,) = metrics["nets"]
    assert (row["activation"], row["width"]) == (activation, width)
    assert 0.3 < row["median_accuracy"] <= row["best_accuracy"] <= metrics["best_possible"] + 1e-9
    starts = {row["start"]: row["nets"] for row in metrics["starts"]}
    assert starts == ({"biases +1": 64, "biases 0": 3, "default": 3, "wide": 3} if searched else {})
    shown = TRIED if searched else 0
    assert metrics["steps"] == 20 * (row["nets"] + sum(starts.values()) - starts.get("biases +1", 0) + shown)
    assert metrics["synthetic"] is True
    assert metrics["dataset"] == "spirals"
    assert ("two directions" in titles[0]) == (width > 2)
    out, err = capsys.readouterr()
    assert out == ""
    assert "298 of 300" in err
    assert json.loads((folder / "metrics.json").read_text())["nets"] == metrics["nets"]


def test_where_there_is_no_compiled_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fold_plane, "draw", lambda *_: None)
    options = {"epochs": 2, "seeds": 64, "activation": "relu", "width": 2}
    metrics = run_experiment("fold-plane", out=tmp_path, backend="numpy", **options)
    assert metrics["nets"][0]["nets"] == 64
    assert metrics["starts"] == []


@pytest.mark.slow
def test_two_thousand_starts_hold_some_that_part_the_arms(tmp_path: Path) -> None:
    """1 in 70 of those that begin at +1; that none of 2048 does has a probability of 1e-13."""
    metrics = run_experiment("fold-plane", out=tmp_path, seeds=2048, activation="relu", width=2)
    (row,) = metrics["nets"]
    assert row["best_accuracy"] >= 0.99
    assert row["share_of_99_percent"] == pytest.approx(1 / 70, abs=0.01)
    assert metrics["starts"][1]["share_of_99_percent"] < 0.01


@pytest.mark.slow
def test_all_of_it(tmp_path: Path) -> None:
    metrics = run_experiment("fold-plane", out=tmp_path, seeds=2048)
    assert [(row["activation"], row["width"]) for row in metrics["nets"]] == fold_plane.SETTINGS
    best = {(row["activation"], row["width"]): row["best_accuracy"] for row in metrics["nets"]}
    for setting in (
        ("relu", 2),
        ("relu", 3),
        ("tanh", 2),
        ("tanh", 3),
        ("relu", 5),
        ("relu", 10),
        ("tanh", 5),
        ("tanh", 10),
    ):
        assert best[setting] > 0.98
    median = {(row["activation"], row["width"]): row["median_accuracy"] for row in metrics["nets"]}
    assert median["relu", 2] < median["relu", 5]
    assert len(metrics["figures"]) == 3 * 8 + 3
