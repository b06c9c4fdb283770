"""tinynn gallery: past a failure, with an exit code and a page that tells of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tinynn.cli import main
from tinynn.experiments import all_experiments
from tinynn.experiments._chapters import PICTURES, SECONDS, SIZES
from tinynn.experiments._gallery import in_order
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
        for width, dark in ((390, True), (1920, False)):  # errors, requests, what is cut: at the end
            visit(path, width=width, dark=dark)
    visit(tmp_path / "index.html", width=1920)
