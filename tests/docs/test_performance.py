"""docs/performance.md and the table of README.md are those of the recorded run."""

from __future__ import annotations

import json

from tinynn.bench.page import page
from tinynn.bench.report import headline

from .pages import ROOT

REPORT = json.loads((ROOT / "benchmarks" / "results" / "bench.json").read_text(encoding="utf-8"))


def test_the_page_is_written_from_the_recorded_run() -> None:
    assert (ROOT / "docs" / "performance.md").read_text(encoding="utf-8") == page(REPORT)


def test_the_readme_shows_its_head() -> None:
    table = headline(REPORT)
    assert len(table.splitlines()) == 12
    assert table in (ROOT / "README.md").read_text(encoding="utf-8")


def test_all_workloads_were_measured_with_one_and_two_threads() -> None:
    assert list(REPORT["workloads"]) == [f"W{i}" for i in range(1, 11)]
    for row in REPORT["workloads"].values():
        assert set(row["threads"]) == {"1", "2"}
        for entry in row["threads"].values():
            assert entry["tinynn_us"] > 0
            assert len(entry["peers_us"]) > 2
