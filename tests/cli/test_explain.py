"""tinynn explain: every experiment that trains has a first step; it is printed, drawn, and told as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import tinynn as tn
from tinynn.cli import main
from tinynn.experiments import all_experiments
from tinynn.experiments.first_step import first_step

pytestmark = pytest.mark.skipif(not tn.info()["targets"], reason="the native rung was not built")
TRAINS_NOTHING = {"convolution", "network-size"}
SLOW = {"cifar-conv"}


@pytest.mark.parametrize("name", sorted(set(all_experiments()) - TRAINS_NOTHING - SLOW))
def test_every_experiment_that_trains_has_a_step(name: str) -> None:
    step = first_step(name, synthetic=True, optimize=False)  # one kernel may do all of it
    phases = [call.phase for call in step.program.calls]
    assert phases == sorted(phases, key=["forward", "loss", "backward", "update"].index)
    assert {"forward", "backward", "update"} <= set(phases)


def test_a_run_is_not_ended(tmp_path: Path) -> None:
    first_step("weight-sharing")
    assert main(["run", "weight-sharing", "--out", str(tmp_path)]) == 0
    assert json.loads((tmp_path / "weight-sharing" / "metrics.json").read_text())["steps"] > 0


def test_the_listing(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "mnist-softmax"]) == 0
    out, err = capfd.readouterr()
    assert "y = x w^T + b" in out
    assert "1.weight (10,784)" in out
    assert "GFLOP/s" not in out
    assert err == ""


def test_times(capfd: pytest.CaptureFixture[str]) -> None:
    before = tn.get_num_threads()
    assert main(["explain", "mnist-softmax", "--profile", "--threads", "1"]) == 0
    assert tn.get_num_threads() == before
    out = capfd.readouterr().out
    assert "GFLOP/s" in out
    assert "threads: 1" in out
    assert "the largest gap: " in out


def test_one_json_object_and_a_picture(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    import matplotlib.image

    assert main(["explain", "mnist-hidden", "--json", "--profile", "--out", str(tmp_path)]) == 0
    shown = json.loads(capfd.readouterr().out)
    assert shown["experiment"] == "mnist-hidden"
    first = shown["calls"][0]
    assert (first["kernel"], first["phase"], first["rung"]) == ("linear_forward", "forward", "native")
    assert shown["flops"] == sum(call["flops"] for call in shown["calls"])
    assert 0 < shown["arena_bytes"] <= shown["arena_bytes_without_reuse"]
    assert len(shown["profile"]["times"]) == len(shown["calls"])
    assert shown["figure"] == str(tmp_path / "mnist-hidden" / "roofline.png")
    assert np.ptp(matplotlib.image.imread(shown["figure"])) > 0.5


def test_recipes_and_options_reach_the_experiment(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "fold-plane", "--set", "width=3", "--set", "activation=tanh"]) == 0
    assert "3,2)" in capfd.readouterr().out  # weights of three units that see the plane


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("explain", "needed: EXPERIMENT"),
        ("explain mnist-sofmax", "did you mean mnist-softmax"),
        ("explain xyzzy", "see tinynn list"),
        ("explain convolution", "convolution trains no net"),
        ("explain mnist-softmax --recipe long", "recipe is 'long'; needed none"),
        ("explain mnist-softmax --set width=2", "has no option 'width'"),
        ("explain mnist-softmax --set epochs=2", "epochs has a flag of its own"),
        ("explain mnist-softmax --threads 0", "needed an integer in 1..1024"),
        ("explain mnist-softmax --data {tmp}/nowhere", "no such directory"),
        ("explain mnist-softmax --out {file}", "{file}"),
    ],
)
def test_bad_usage(arguments: str, words: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("a file")
    places = {"tmp": str(tmp_path), "file": str(tmp_path / "file")}
    assert main(arguments.format(**places).split()) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert words.format(**places) in err
    assert len(err.splitlines()) == 1, err
    assert "Traceback" not in err
