"""What every page has, whatever is on it; and whether the checks of conftest.py notice anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tinynn import report, viz
from tinynn.experiments import all_experiments, registry
from tinynn.experiments._sentences import SENTENCES

BAD = {
    "requests": "<img alt='' src='file:///nowhere.png'>",
    "errors": "<script>console.error('no')</script>",
    "cut off": "<div style='width: 3000px'>wide</div>",
    "hidden": "<div style='width: 9rem; overflow-x: hidden'><p style='width: 20rem'>wide</p></div>",
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_page_is_noticed(what: str, tmp_path: Path, watched_page: Any) -> None:
    path = tmp_path / "bad.html"
    path.write_text(f"<html><body>{BAD[what]}</body></html>")
    watched = watched_page()
    watched.page.goto(path.as_uri())
    with pytest.raises(AssertionError):
        watched.check(path.as_uri())


def test_a_run_leaves_a_page_that_tells_how_it_was_made(tmp_path: Path, monkeypatch, visit: Any) -> None:
    all_experiments()
    monkeypatch.setattr(registry, "_experiments", dict(registry._experiments))

    @registry.experiment("probe", "a <probe>", epochs=3, options={"width": (2, 3)})
    def run(run: registry.Run) -> registry.Metrics:
        run.dataset, run.steps = "four points", 12
        run.save("curves", viz.loss_curves({"loss": [1.0, 0.5]}))
        return {"answer": 42}

    metrics = registry.run_experiment(
        "probe", out=tmp_path, seed=7, epochs=2, width="3", home="../index.html"
    )
    assert metrics["figures"] == ["curves.png"]  # what metrics.json holds is no matter of pages
    page = visit(tmp_path / "probe" / "report.html", width=390)
    footer = page.inner_text("footer")
    for told in ("four points", "12 training steps", "tinynn run probe --seed 7 --epochs 2 --set width=3"):
        assert told in footer
    assert page.inner_text("footer dt:text-is('seed') + dd") == "7"
    assert page.inner_text("h1") == "probe: a <probe>"
    (alt,) = page.eval_on_selector_all("figure img", "all => all.map((e) => e.alt)")
    assert "Loss: 0.5" in alt
    assert page.eval_on_selector("figure img", "e => e.complete && e.naturalWidth > 100")
    assert page.get_attribute("a.home", "href") == "../index.html"
    assert "Bokeh.embed" not in page.inner_html("body").split("tinynn = ")[0]  # no plot: no library


def test_a_figure_for_which_there_is_no_room_is_named(tmp_path: Path) -> None:
    small, large = tmp_path / "a.gif", tmp_path / "b.gif"
    small.write_bytes(b"GIF89a" + bytes(1000))
    large.write_bytes(b"GIF89a" + bytes(5_000_000))
    size = report.write(tmp_path / "page.html", report.About("t", "s", "c"), [], {large: "L", small: "S"})
    text = (tmp_path / "page.html").read_text()
    assert size < 6_000_000
    assert '<a href="b.gif">' in text
    assert 'alt="S"' in text
    assert 'alt="L"' not in text


def test_a_name_in_brackets_leads_to_its_page(tmp_path: Path) -> None:
    about = report.About("t", "s", "c", links={"fold-width": "../fold-width/report.html"})
    block = report.Block("", "A block", "One < two: [fold-width].\n\nNot there: [fold-plane]; w[0].", "")
    (picture := tmp_path / "a.gif").write_bytes(b"GIF89a")
    report.write(tmp_path / "page.html", about, [block], {picture: 'A "figure": [fold-width]'})
    text = (tmp_path / "page.html").read_text()
    link = '<a href="../fold-width/report.html">fold-width</a>'
    assert f"<p>One &lt; two: {link}.</p><p>Not there: fold-plane; w[0].</p>" in text
    assert 'alt="A &quot;figure&quot;: fold-width"' in text
    assert f"<figcaption>A &quot;figure&quot;: {link} " in text


def test_every_experiment_has_its_two_sentences() -> None:
    assert set(SENTENCES) == set(all_experiments())
    for text in SENTENCES.values():
        assert 60 < len(text) < 230
        assert text.rstrip(".").count("? ") + text.rstrip(".").count(". ") == 1


def test_a_run_without_bokeh_says_once_what_the_page_needs(tmp_path: Path, monkeypatch, capfd) -> None:
    monkeypatch.setattr("tinynn.report.page.find_spec", lambda name: None)
    metrics = registry.run_experiment("weight-sharing", out=tmp_path)
    assert capfd.readouterr().err.count("tinynn-engine[report]") == 1
    there = {path.name for path in (tmp_path / "weight-sharing").iterdir()}
    assert there == {"metrics.json", *metrics["figures"]}
