"""What the commands print: JSON and nothing else where it is asked for, and the exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tinynn import data
from tinynn.backends import get_num_threads
from tinynn.backends import registry as backends
from tinynn.cli import commands, main
from tinynn.data import generate_mnist_like
from tinynn.experiments import registry


@pytest.fixture(autouse=True)
def _small_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Generated sets of 1,000 pictures instead of 12,000."""
    monkeypatch.setattr(data, "synthetic_like", partial(data.synthetic_like, n_train=800, n_test=200))


def json_of(capfd: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """The one JSON object that a command prints."""
    assert main([*arguments, "--json"]) == 0
    out = capfd.readouterr().out
    assert len(out.splitlines()) == 1
    return json.loads(out, parse_constant=lambda constant: pytest.fail(f"{constant} is no JSON"))


def tinynn(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tinynn", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **options)


def test_list_names_every_experiment(capfd: pytest.CaptureFixture[str]) -> None:
    rows = json_of(capfd, "list")["experiments"]
    assert [row["name"] for row in rows] == list(registry.all_experiments())
    assert main(["list"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert len(lines) == len(rows)
    for row, line in zip(rows, lines, strict=True):
        assert row["name"] in line
        assert row["title"] in line
        assert all(option in line for option in row["options"])


def test_info_tells_the_rungs_of_every_op(capfd: pytest.CaptureFixture[str]) -> None:
    facts = json_of(capfd, "info", "--ops")
    assert facts["backend"] in ("native", "numpy")
    assert set(facts["ops"]) == set(backends.rung("numpy"))
    assert "numpy" in facts["ops"]["linear_forward"]
    assert main(["info", "--ops"]) == 0
    assert "linear_forward" in capfd.readouterr().out


def test_show_prints_the_rungs_under_each_other(capfd: pytest.CaptureFixture[str]) -> None:
    found = json_of(capfd, "show", "linear")
    assert found["kernels"] == ["linear_forward", "linear_backward"]
    assert {"numpy", "cython", "reference"} <= {s["rung"] for s in found["sources"]}
    assert main(["show", "linear"]) == 0
    out = capfd.readouterr().out
    places = [out.index(piece["text"].rstrip()) for piece in found["contract"] + found["sources"]]
    order = ["contract", "numpy", "cython", "reference", "simd"]
    rungs = [order.index(piece["rung"]) for piece in found["contract"] + found["sources"]]
    assert [rung for _, rung in sorted(zip(places, rungs, strict=True))] == sorted(rungs)
    assert main(["show", "linear", "--rung", "numpy"]) == 0
    out = capfd.readouterr().out
    assert "def linear_forward" in out
    assert "template" not in out


def test_show_says_where_a_rung_is_missing(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "gather", "--rung", "cython"]) == 0
    assert "gather has no version here" in capfd.readouterr().out


def test_run_prints_exactly_what_metrics_json_holds(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    options = ["--synthetic", "--out", str(tmp_path), "--seed", "3", "--epochs", "1", "--backend", "numpy"]
    metrics = json_of(capfd, "run", "mnist-softmax", *options)
    folder = tmp_path / "mnist-softmax"
    assert metrics == json.loads((folder / "metrics.json").read_text())
    wanted = {"experiment": "mnist-softmax", "seed": 3, "backend": "numpy", "epochs": 1, "synthetic": True}
    assert {key: metrics[key] for key in wanted} == wanted
    needed = {"target", "threads", "dataset", "seconds", "steps", "test_accuracy", "figures"}
    assert needed <= metrics.keys()
    assert 0.3 < metrics["test_accuracy"] <= 1.0
    assert metrics["figures"]
    assert {p.name for p in folder.iterdir()} == {"metrics.json", "report.html", *metrics["figures"]}


@pytest.mark.slow  # tests/experiments/test_classifiers.py reads the same in metrics.json
def test_run_says_that_generated_data_are_generated(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    generate_mnist_like(tmp_path / "data", 300, 100)
    options = ["run", "mnist-softmax", "--out", str(tmp_path), "--epochs", "1"]
    for given in (["--synthetic"], ["--data", str(tmp_path / "data")]):
        assert main([*options, *given]) == 0
        out, err = capfd.readouterr()
        assert "GENERATED" in out
        assert "GENERATED" in err
        assert "Traceback" not in err


def test_what_an_experiment_prints_does_not_reach_stdout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    registry.all_experiments()
    monkeypatch.setattr(registry, "_experiments", dict(registry._experiments))

    @registry.experiment("chatty", "prints", epochs=None)
    def run(run: registry.Run) -> registry.Metrics:
        print("noise")
        return {"figure": float("nan"), "nested": [{"a": float("inf")}]}

    metrics = json_of(capfd, "run", "chatty", "--out", str(tmp_path))
    assert metrics["figure"] is None
    assert metrics["nested"] == [{"a": None}]
    assert main(["run", "chatty", "--out", str(tmp_path), "--epochs", "2"]) == 2
    assert "chatty has no epochs" in capfd.readouterr().err


def test_threads_and_backend_are_put_back(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = backends.current_backend(), get_num_threads()
    options = ["--out", str(tmp_path), "--epochs", "1", "--threads", "1", "--backend", "numpy"]
    assert json_of(capfd, "run", "mnist-softmax", "--synthetic", *options)["backend"] == "numpy"
    assert (backends.current_backend(), get_num_threads()) == before


def test_data_list_and_check(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    generate_mnist_like(tmp_path, 50, 20)
    rows = {row["name"]: row for row in json_of(capfd, "data", "list", str(tmp_path))["datasets"]}
    assert [rows[name]["here"] for name in ("mnist", "fashion-mnist", "cifar-10")] == [True, False, False]
    (row,) = json_of(capfd, "data", "check", str(tmp_path))["datasets"]
    assert (row["name"], row["sound"], row["train"], row["test"]) == ("generated digits", True, 50, 20)
    assert row["synthetic"]
    assert main(["data", "check", str(tmp_path)]) == 0
    assert "(generated): 50 + 20 images of 1 x 28 x 28" in capfd.readouterr().out
    assert main(["data", "list", str(tmp_path)]) == 0
    assert "tinynn data fetch cifar-10" in capfd.readouterr().out


def test_data_check_finds_a_missing_part(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    generate_mnist_like(tmp_path, 50, 20)
    next((tmp_path / "mnist").glob("t10k-labels*")).unlink()
    assert main(["data", "check", str(tmp_path)]) == 2
    assert "t10k-labels" in capfd.readouterr().err


@pytest.mark.parametrize("command", [*commands(), "", "data check"])
def test_help_of_every_command(command: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main([*command.split(), "--help"]) == 0
    out, err = capfd.readouterr()
    assert out.startswith("usage: tinynn")
    assert err == ""


def test_the_module_runs_as_the_command_does() -> None:
    done = tinynn("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("tinynn ")
    assert tinynn("nonsense").returncode == 2


@pytest.mark.skipif(os.name == "nt", reason="pipes end otherwise there")
def test_a_reader_that_leaves_is_no_error() -> None:
    command = f"{sys.executable} -m tinynn show linear --json | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert done.returncode in (0, 141)
    assert done.stderr == ""


@pytest.mark.skipif(os.name == "nt", reason="streams are closed otherwise there")
@pytest.mark.parametrize(
    "closing", [">&-", *(pytest.param(c, marks=pytest.mark.slow) for c in ("2>&-", ">&- 2>&-"))]
)
def test_a_stream_that_was_closed_is_no_error(closing: str, tmp_path: Path) -> None:
    for arguments in (
        "list",
        f"run fold-plane --epochs 1 --set width=2 --set activation=tanh --out {tmp_path}",
    ):
        command = f"{sys.executable} -m tinynn {arguments} {closing}"
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
        assert bool(done.stdout) == (closing == "2>&-")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_name_the_terminal_cannot_show_is_escaped(encoding: str, tmp_path: Path) -> None:
    folder = tmp_path / "\u6570\u636e"
    folder.mkdir()
    environment = os.environ | {"PYTHONIOENCODING": f"{encoding}:strict", "PYTHONUTF8": "0"}
    done = tinynn("data", "list", str(folder), env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\u6570\\u636e" in done.stdout


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
@pytest.mark.parametrize(("command", "who"), [("--version", "tinynn"), ("list", "tinynn list")])
def test_a_full_disk_is_one_line(command: str, who: str) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "tinynn", command],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    assert done.returncode == 2
    assert done.stderr == f"{who}: No space left on device\n"


@pytest.mark.skipif(os.name == "nt", reason="signals differ there")
def test_ctrl_c_is_130_and_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tinynn", "run", "mnist-softmax", "--synthetic", "--epochs", "100000"]
    child = subprocess.Popen(
        [*command, "--out", str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert child.stderr is not None
    assert b"GENERATED" in child.stderr.readline()
    time.sleep(3.0)  # the digits are drawn, the training runs
    sent = time.monotonic()
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 130, err
    assert out == b""
    assert err.decode().splitlines() == ["tinynn run: interrupted"]
    assert time.monotonic() - sent < 10
