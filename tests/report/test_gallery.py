"""tinynn gallery: past a failure, with an exit code and a page that tells of it."""

from __future__ import annotations

import dataclasses
import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinynn import report, viz
from tinynn.cli import main
from tinynn.errors import ArgumentError
from tinynn.experiments import all_experiments, registry
from tinynn.experiments._chapters import PICTURES, SECONDS, SIZES
from tinynn.experiments._gallery import BLOCK, command, in_order
from tinynn.experiments._sentences import SENTENCES


def test_every_experiment_has_its_place() -> None:
    known = all_experiments()
    assert sorted(in_order()) == sorted(known)
    assert {*PICTURES, *SIZES, *SECONDS} <= set(known)
    for name, given in SIZES.items():
        assert all(key == "epochs" or value in known[name].options[key] for key, value in given.items())


def test_a_failing_experiment_is_passed_and_reported(tmp_path: Path, capfd: Any, visit: Any) -> None:
    empty, out = tmp_path / "empty", tmp_path / "out"
    empty.mkdir()
    names = ["mnist-softmax", "weight-sharing"]
    assert main(["gallery", "--data", str(empty), "--out", str(out), "--only", *names]) == 1
    told = capfd.readouterr()
    assert "mnist-softmax failed: " in told.err
    assert told.out.startswith("1 of 2 experiments")
    assert "Error" in (out / "mnist-softmax" / "log.txt").read_text()
    page = visit(out / "index.html", width=390)
    cards = {card.query_selector("h3").inner_text(): card for card in page.query_selector_all(".card")}
    assert list(cards) == ["weight-sharing", "mnist-softmax"]  # as they are taught
    for name, card in cards.items():
        assert SENTENCES[name] in card.inner_text()
        assert ("Failed: " in card.inner_text()) == (name == "mnist-softmax")
        link = card.query_selector("h3 a")
        assert (link is None) == (name == "mnist-softmax")
        if link is not None:
            assert (out / link.get_attribute("href")).is_file()
            assert card.eval_on_selector("img", "e => e.naturalWidth > 200")
    page = visit(out / "weight-sharing" / "report.html")
    assert (out / "weight-sharing" / page.get_attribute("a.home", "href")).resolve() == out / "index.html"


def card(out: Path, name: str) -> str:
    """The card of an experiment on index.html, as text."""
    page = (out / "index.html").read_text(encoding="utf-8")
    found = [part for part in re.findall(r'<li class="card.*?</li>', page, re.S) if f">{name}<" in part]
    return found[0] if found else ""


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """probe(name, function) puts a function of a Run in the place of an experiment."""
    all_experiments()
    monkeypatch.setattr(registry, "_experiments", dict(registry._experiments))

    def put(name: str, function: Any) -> None:
        chosen = registry._experiments[name]
        registry._experiments[name] = dataclasses.replace(chosen, function=function)

    return put


def drawn(run: registry.Run) -> registry.Metrics:
    run.save("curves", viz.loss_curves({"loss": [1.0, 0.5]}))
    return {}


def broken(run: registry.Run) -> registry.Metrics:
    raise ArgumentError("it rained")


def test_past_what_lies_in_the_way_and_what_cannot_be_read(tmp_path: Path, capfd: Any, probe: Any) -> None:
    names = ["weight-sharing", "network-size", "parameter-transform"]
    for name in names:
        probe(name, drawn)
    (tmp_path / "network-size").touch()  # a file where a directory has to be
    (tmp_path / "capacity").mkdir()
    for text in ("{", "[1, 2]", '{"seed": 0}', "3"):
        (tmp_path / "capacity" / "metrics.json").write_text(text)
        assert main(["gallery", "--only", *names, "--out", str(tmp_path)]) == 1
        told = capfd.readouterr()
        assert told.out.startswith("2 of 3 experiments")
        assert "network-size failed: " in told.err
        assert "Failed: " in card(tmp_path, "network-size")
        assert "log.txt" not in card(tmp_path, "network-size")  # there is none
        assert card(tmp_path, "capacity") == ""
        for name in ("weight-sharing", "parameter-transform"):
            assert f"{name}/report.html" in card(tmp_path, name)


def test_a_failure_is_not_forgotten(tmp_path: Path, capfd: Any, probe: Any) -> None:
    for name in ("weight-sharing", "network-size"):
        probe(name, drawn)
    run = ["gallery", "--out", str(tmp_path), "--only"]
    assert main([*run, "network-size"]) == 0
    probe("network-size", broken)
    assert main([*run, "network-size"]) == 1
    assert "Failed: it rained. See network-size/log.txt" in card(tmp_path, "network-size")
    assert main([*run, "weight-sharing"]) == 0
    assert "Failed: " in card(tmp_path, "network-size")
    assert "report.html" not in card(tmp_path, "network-size")
    assert not (tmp_path / "network-size" / "report.html").exists()


def test_the_index_says_what_is_true(tmp_path: Path, capfd: Any, probe: Any) -> None:
    def accurate(run: registry.Run) -> registry.Metrics:
        run.stand_ins.append("digits")
        return drawn(run) | {"test_accuracy": 0.972, "test_accuracy_of": "mnist, 5 layers"}

    def alive(run: registry.Run) -> registry.Metrics:
        run.show(lambda: report.Block("", "Title", "Words", "<p>body</p>"))
        return drawn(run)

    probe("dense-depth", accurate)
    probe("network-size", drawn)
    given = ["--synthetic", "--seed", "3", "--backend", "numpy", "--threads", "1"]
    assert main(["gallery", *given, "--only", "dense-depth", "network-size", "--out", str(tmp_path)]) == 0
    assert "97.2 % of the test set right (mnist, 5 layers)" in card(tmp_path, "dense-depth")
    assert "GENERATED" in card(tmp_path, "dense-depth")
    assert "GENERATED" not in card(tmp_path, "network-size")  # it never has other data
    page = (tmp_path / "index.html").read_text()
    for word in ("--synthetic", "--seed 3", "--backend numpy", "--threads 1", "dense-depth network-size"):
        assert word in page.split("To make this page again")[1]
    assert "played with" not in page
    for name in ("network-size", "dense-depth"):
        probe(name, alive)
    assert (
        main(["gallery", "--synthetic", "--only", "dense-depth", "network-size", "--out", str(tmp_path)]) == 0
    )
    assert "can be played with" in (tmp_path / "index.html").read_text()


def test_the_command_of_all_of_it() -> None:
    assert command(in_order(), {"seed": 0}) == "tinynn gallery --data DIR --seed 0 --out OUT"
    assert command(["network-size"], {}) == "tinynn gallery --only network-size --out OUT"


def test_a_page_says_how_to_hand_over_a_function(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, probe: Any, capfd: Any
) -> None:
    probe("approximation", drawn)
    monkeypatch.chdir(tmp_path)
    Path("d").mkdir()
    Path("d/pts.csv").write_text("".join(f"{x},{x * x}\n" for x in range(6)))

    def repeat() -> str:
        page = Path("out/approximation/report.html").read_text()
        return html.unescape(page.split("To make this page again:</span>")[1].split("</p>")[0])

    for typed in ("d/pts.csv", "jumps"):
        assert (
            main(["run", "approximation", "--out", "out", "--seed", "2", "--set", f"function={typed}"]) == 0
        )
        (line,) = re.findall("<code>(tinynn .*)</code>", repeat())
        assert line == f"tinynn run approximation --seed 2 --set function={typed}"
        assert main([*line.split()[1:], "--out", "again"]) == 0
    registry.run_experiment("approximation", out="out", epochs=5, function=np.sqrt)
    assert "run_experiment('approximation', seed=0, epochs=5, function=...)" in repeat()
    assert "in Python, with your own function" in repeat()


@pytest.mark.slow
def test_the_next_run_keeps_what_is_there(tmp_path: Path, capfd: Any) -> None:
    for name in ("network-size", "weight-sharing"):
        assert main(["gallery", "--out", str(tmp_path), "--only", name]) == 0
    page = (tmp_path / "index.html").read_text()
    assert "network-size/report.html" in page
    assert "weight-sharing/report.html" in page
    capfd.readouterr()
    assert main(["gallery", "--only", "network-sise"]) == 2
    assert "did you mean network-size" in capfd.readouterr().err


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.timeout(3600)
def test_all_of_it_on_the_real_data(tmp_path: Path, data_dir: Path, visit: Any) -> None:
    assert main(["gallery", "--data", str(data_dir), "--out", str(tmp_path)]) == 0
    for name in in_order():
        path = tmp_path / name / "report.html"
        assert path.stat().st_size < 6_000_000
        assert BLOCK in path.read_text(encoding="utf-8")
        for width, dark in ((390, True), (1920, False)):  # errors, requests, what is cut: at the end
            visit(path, width=width, dark=dark)
    visit(tmp_path / "index.html", width=1920)
