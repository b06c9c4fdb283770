"""fold-plane leaves its strips, folds, regions and figures for every width and activation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from tinynn.experiments import fold_plane, run_experiment

SETTINGS = [(activation, width) for activation in ("relu", "tanh") for width in (2, 3, 5, 10)]


def test_every_setting_of_the_lecture_is_there() -> None:
    assert sorted(fold_plane.NETS) == sorted(SETTINGS)


@pytest.mark.parametrize(("activation", "width"), [("relu", 2), ("tanh", 5)])
def test_one_setting(activation: str, width: int, tmp_path: Path, capsys, monkeypatch) -> None:
    titles = []
    keep = fold_plane.viz.folding_strip
    monkeypatch.setattr(
        fold_plane.viz, "folding_strip", lambda *a, **k: titles.append(k["title"]) or keep(*a, **k)
    )
    metrics = run_experiment("fold-plane", out=tmp_path, epochs=20, activation=activation, width=width)
    folder, name = tmp_path / "fold-plane", f"{activation}-{width}"
    own = [f"strip-{name}.png", f"fold-{name}.gif", f"last-plane-{name}.png"]
    assert metrics["figures"] == [*own, "decision-regions.png", "accuracies.png"]
    assert all((folder / figure).stat().st_size > 5000 for figure in metrics["figures"])
    with Image.open(folder / f"fold-{name}.gif") as gif:
        assert gif.n_frames == 9 + 8 * 11
    (row,) = metrics["nets"]
    assert (row["activation"], row["width"]) == (activation, width)
    assert 0.3 < row["median_accuracy"] <= row["best_accuracy"] <= metrics["best_possible"] + 1e-9
    assert metrics["synthetic"] is True
    assert metrics["dataset"] == "spirals"
    assert ("two directions" in titles[0]) == (width > 2)
    out, err = capsys.readouterr()
    assert out == ""
    assert "298 of 300" in err
    assert json.loads((folder / "metrics.json").read_text())["nets"] == metrics["nets"]


@pytest.mark.slow
def test_all_of_it(tmp_path: Path) -> None:
    metrics = run_experiment("fold-plane", out=tmp_path)
    assert [(row["activation"], row["width"]) for row in metrics["nets"]] == list(fold_plane.NETS)
    best = {(row["activation"], row["width"]): row["best_accuracy"] for row in metrics["nets"]}
    assert min(best.values()) > 0.9
    for setting in (("tanh", 2), ("relu", 5), ("relu", 10), ("tanh", 5), ("tanh", 10)):
        assert best[setting] > 0.98
    median = {(row["activation"], row["width"]): row["median_accuracy"] for row in metrics["nets"]}
    assert median["relu", 2] < median["relu", 5]
    assert len(metrics["figures"]) == 3 * 8 + 2
