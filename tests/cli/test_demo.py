"""tinynn demo: no network, generated digits that it says are generated, figures, and what to do next."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from tinynn.cli import main
from tinynn.data import mnist
from tinynn.experiments import all_experiments


@pytest.fixture(autouse=True)
def _no_network_and_little_of_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the demo must not open a socket")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    all_experiments()
    from tinynn.experiments import demo

    for name, value in {"TRAIN": 1500, "TEST": 300, "NETS": 2, "STEPS": 60}.items():
        monkeypatch.setattr(demo, name, value)


def test_demo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--out", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[-1].strip() == "tinynn data fetch mnist && tinynn run mnist-softmax"
    assert "GENERATED, not MNIST" in err
    assert "images a second" in err
    folder = tmp_path / "demo"
    metrics = json.loads((folder / "metrics.json").read_text())
    assert (metrics["experiment"], metrics["synthetic"]) == ("demo", True)
    assert metrics["dataset"] == "generated digits"
    assert metrics["test_accuracy"] > 0.8
    assert metrics["images_per_second"] > 0
    assert len(metrics["figures"]) == 6
    for figure in metrics["figures"]:
        assert (folder / figure).stat().st_size > 5000
        assert figure in out
    train, test = mnist(folder / "data")
    assert (len(train), len(test), train.synthetic) == (1500, 300, True)

    # A second demo replaces the first; with --json nothing but the metrics is on stdout.
    assert main(["demo", "--out", str(tmp_path), "--seed", "1", "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["seed"] == 1
    assert again == json.loads((folder / "metrics.json").read_text())
