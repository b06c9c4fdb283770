"""tinynn bench: the contract of its JSON, its files, and what is wrong usage."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

import tinynn as tn
from tinynn.bench.page import page
from tinynn.bench.report import as_json
from tinynn.cli import main

QUICK = ["--threads", "1", "--blocks", "2", "--seconds", "0.001"]


def finite(constant: str) -> Any:
    pytest.fail(f"{constant} is no JSON")


def test_json_is_the_contract_and_the_files_say_the_same(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out, markdown = tmp_path / "new" / "folder", tmp_path / "performance.md"
    arguments = ["--workload", "W3", "--against", "numpy", "--out", str(out), "--markdown", str(markdown)]
    assert main(["bench", *arguments, *QUICK, "--json"]) == 0
    printed, progress = capfd.readouterr()
    assert len(printed.splitlines()) == 1
    report = json.loads(printed, parse_constant=finite)
    assert list(report["workloads"]) == ["W3"]
    entry = report["workloads"]["W3"]["threads"]["1"]
    assert set(report["workloads"]["W3"]["threads"]) == {"1"}
    assert (set(entry["peers_us"]), entry["best_peer"]) == ({"numpy"}, "numpy")
    assert entry["ratio"] == pytest.approx(entry["peers_us"]["numpy"] / entry["tinynn_us"])
    assert "W3 MNIST softmax: 784-10, 1 thread" in progress
    assert report["footprint"]["tinynn"]["install_mb"] > 0.5
    assert 0.01 < report["footprint"]["tinynn"]["import_seconds"] < 60
    assert json.loads((out / "bench.json").read_text(encoding="utf-8")) == report
    assert (out / "bench.png").read_bytes().startswith(b"\x89PNG")
    text = markdown.read_text(encoding="utf-8")
    assert text == page(report)
    assert report["command"] in text
    assert f"{entry['ratios']['numpy']['median']:.2f}" in text


def test_alone_it_has_no_ratio_and_says_so(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--workload", "W3", "--against", *QUICK, "--json"]) == 0
    printed, progress = capfd.readouterr()
    entry = json.loads(printed)["workloads"]["W3"]["threads"]["1"]
    assert (entry["peers_us"], entry["best_peer"], entry["ratio"]) == ({}, None, None)
    assert math.isfinite(entry["tinynn_us"])
    assert "no peer was measured, so there is no ratio" in progress


@pytest.mark.skipif(not tn.info()["targets"], reason="the native rung was not built")
def test_profiles_alone(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    page_, arguments = tmp_path / "page.md", ["--workload", "--profile", "W1", "--threads", "1"]
    assert main(["bench", *arguments, "--out", str(tmp_path), "--markdown", str(page_)]) == 0
    printed, progress = capfd.readouterr()
    assert " us above its roof, " in progress
    assert "| W1 fold: 2-2-2-2-2-2 | " in printed
    report = json.loads((tmp_path / "bench.json").read_text(encoding="utf-8"), parse_constant=finite)
    assert (report["workloads"], list(report["profiles"]["workloads"])) == ({}, ["W1"])
    assert (tmp_path / "rooflines.png").read_bytes().startswith(b"\x89PNG")
    assert page_.read_text(encoding="utf-8") == page(report)
    assert "## Where the time goes" in page(report)


def test_the_page_shows_the_races(monkeypatch: pytest.MonkeyPatch) -> None:
    runner = {"seconds": [1.0, 2.0], "accuracy": [0.9, 0.98], "reached": 2.0}
    races = {"mnist-mlp": {"target": 0.97, "threads": 2, "runners": {"tinynn": runner}}}
    report = as_json([]) | {"footprint": {}, "accuracy": races}
    assert "2.0 s (98.0 % after 2.0 s)" in page(report)
    assert "(../benchmarks/results/mnist-mlp.png)" in page(report)
    assert "Where the time goes" not in page(report)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("--workload W99", "no workload is called 'W99'; did you mean W9"),
        ("--profile W99", "no workload is called 'W99'; did you mean W9"),
        ("--against theano", "no peer is called 'theano'; there are tinynn, numpy"),
        ("--threads 0", "--threads: got 0; needed an integer in 1..1024"),
        ("--threads", "--threads: expected at least one argument"),
        ("--blocks 0", "--blocks: got 0; needed 1 to 1000"),
        ("--seconds nan", "--seconds: got nan; needed 0.001 to 10"),
        ("--minutes -1", "--minutes: got -1.0"),
        ("--out {file}", "{file}"),
        ("--markdown {file}/page.md", "{file}"),
        ("--accuracy resnet", "no recipe is called 'resnet'; there are mnist-mlp, mnist-conv, cifar-conv"),
        ("--accuracy mnist-mlp --data {file}/none", "none"),
        ("extra", "unrecognized arguments: extra"),
    ],
)
def test_bad_usage_is_one_line_and_exit_code_2(
    arguments: str, words: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.write_text("a file")
    assert main(["bench", *arguments.format(file=file).split()]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert words.format(file=file) in err
    assert len(err.splitlines()) == 1
    assert err.startswith("tinynn")


def test_a_peer_that_is_asked_for_must_be_installed(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tinynn.bench.peers.importlib.util.find_spec", lambda name: None)
    assert main(["bench", "--against", "pytorch"]) == 2
    assert "peer 'pytorch': not installed: torch; try pip install" in capfd.readouterr().err
