"""The table of reached figures: made by its command, a row for every experiment, and none falls short."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from tinynn.experiments import all_experiments, run_experiment

from .pages import ROOT


@pytest.fixture(scope="module")
def figures() -> Any:
    """docs/figures.py as a module."""
    spec = importlib.util.spec_from_file_location("figures", ROOT / "docs" / "figures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_has_a_row_for_every_experiment_and_none_falls_short(figures: Any) -> None:
    assert {row.name for row in figures.ROWS} == set(all_experiments()) - {"demo"}
    text = figures.PAGE.read_text(encoding="utf-8")
    rows = text.split(figures.BEGIN)[1].split(figures.END)[0].strip().splitlines()[2:]
    assert len(rows) == len(figures.ROWS)
    for line, row in zip(rows, figures.ROWS, strict=True):
        name, asked, reached, good = (part.strip() for part in line.strip("| ").split(" | "))
        assert name == f"[{row.name}](#{row.name})"
        assert f"## {row.name}\n" in text
        assert asked == row.asked
        assert reached != "not run"
        assert good in ("yes", "differs")


def test_what_the_seeds_explain_does_not_differ(figures: Any) -> None:
    assert figures.within(0.148, 256, 0.23, 64) is True
    assert figures.within(0.0, 256, 0.0, 64) is True
    assert figures.within(0.40, 256, 0.62, 64) == "differs"
    asked = " ".join(row.asked for row in figures.ROWS if row.name == "fold-width")
    for figure in (
        "0 %",
        "23 %",
        "94 %",
        "62 %",
        "100 %",
        "52 %",
        "98 %",
        "70 %",
        "63 %",
        "98.3 %",
        "1.4 %",
        "27 %",
    ):
        assert f" {figure}" in asked


def test_depth_takes_five_seeds(figures: Any) -> None:
    (row, _) = (row for row in figures.ROWS if row.name == "dense-depth")
    means = [0.92, 0.97, 0.976, 0.976, 0.975, 0.974]
    metrics = {"synthetic": False, "seeds": [0, 1], "results": {"mnist": [{"mean": mean} for mean in means]}}
    assert row.enough(metrics) is False
    assert row.enough(metrics | {"seeds": [0, 1, 2, 3, 4]}) is True
    metrics["results"]["mnist"][2]["mean"] = 0.96
    assert row.enough(metrics | {"seeds": [0, 1, 2, 3, 4]}) == "differs"


def test_the_table_is_made_of_metrics(figures: Any, tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    run_experiment("weight-sharing", out=tmp_path)
    (tmp_path / "mnist-mlp").mkdir()
    good = {"test_accuracy": 0.981, "synthetic": False}
    page = tmp_path / "page.md"
    monkeypatch.setattr(figures, "PAGE", page)
    for change, verdict in (({}, "yes"), ({"test_accuracy": 0.97}, "no"), ({"synthetic": True}, "no")):
        (tmp_path / "mnist-mlp" / "metrics.json").write_text(json.dumps(good | change))
        page.write_text(f"before\n{figures.BEGIN}\nwhat was there\n{figures.END}\nafter\n")
        assert figures.main([str(tmp_path)]) == 1  # the others were not run
        text = page.read_text()
        assert text.startswith("before\n")
        assert text.endswith("\nafter\n")
        assert "what was there" not in text
        (line,) = (line for line in text.splitlines() if "[mnist-mlp]" in line)
        assert line.endswith(f"| {100 * (good | change)['test_accuracy']:.1f} % | {verdict} |")
        (line,) = (line for line in text.splitlines() if "[weight-sharing]" in line)
        assert line.endswith("| yes |")
        missing = capsys.readouterr().err
        assert "cifar-conv" in missing
        assert "weight-sharing" not in missing
    assert figures.main([]) == 2
