"""Options of an experiment: known by name, checked by value, given on the command line with --set."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tinynn import viz
from tinynn.cli import main
from tinynn.errors import ArgumentError
from tinynn.experiments import registry


@pytest.fixture(autouse=True)
def _probe(monkeypatch: pytest.MonkeyPatch) -> None:
    """An experiment that gives back its options and draws one figure."""
    registry.all_experiments()  # fill the table before it is replaced by a copy
    monkeypatch.setattr(registry, "_experiments", dict(registry._experiments))

    @registry.experiment("probe", "a probe", options={"width": (2, 3), "kind": ("relu", "tanh")})
    def run(run: registry.Run) -> registry.Metrics:
        run.save("curves", viz.loss_curves({"loss": [1.0], "accuracy": [0.5]}))
        return {"options": dict(run.options)}


def test_values_get_their_type_and_figures_are_listed(tmp_path: Path, capsys) -> None:
    assert main(["run", "probe", "--out", str(tmp_path), "--set", "width=3", "--json"]) == 0
    metrics = json.loads(capsys.readouterr().out)
    assert metrics["options"] == {"width": 3}
    assert metrics["figures"] == ["curves.png"]
    assert (tmp_path / "probe" / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads((tmp_path / "probe" / "metrics.json").read_text()) == metrics


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("width=4", "width is '4'; needed one of 2, 3"),
        ("depth=4", "probe has no option 'depth'; it has width, kind"),
        ("width", "needed OPTION=VALUE"),
        ("seed=4", "seed has a flag of its own"),
    ],
)
def test_what_is_no_option_is_one_line_and_exit_code_2(setting: str, words: str, tmp_path, capsys) -> None:
    assert main(["run", "probe", "--out", str(tmp_path), "--set", setting]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert len(err.splitlines()) == 1


def test_an_older_metrics_json_ends_with_the_first_new_figure(tmp_path: Path) -> None:
    old = tmp_path / "probe" / "metrics.json"
    registry.run_experiment("probe", out=tmp_path)

    @registry.experiment("probe", "fails", options={"early": (True, False)})
    def run(run: registry.Run) -> registry.Metrics:
        if not run.options["early"]:
            run.save("curves", viz.loss_curves({"loss": [1.0]}))
        raise ArgumentError("on purpose")

    for early in (True, False):
        with pytest.raises(ArgumentError, match="on purpose"):
            registry.run_experiment("probe", out=tmp_path, early=early)
        assert old.is_file() == early  # what describes the figures stays as long as they do


def test_from_python() -> None:
    with pytest.raises(ArgumentError, match="mnist-softmax has no option 'width'; it has none"):
        registry.run_experiment("mnist-softmax", width=3)
