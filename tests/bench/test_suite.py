"""All workloads within the time there is: who gets how much, who is asked again, what the summary says."""

from __future__ import annotations

from typing import Any

import pytest

from tinynn.bench import suite
from tinynn.bench.measure import Measurement, Outcome, Settings
from tinynn.bench.peers import PEERS, SUBJECT
from tinynn.bench.workloads import workload


def run(monkeypatch: pytest.MonkeyPatch, minutes: float) -> tuple[list[Settings], list[str], Any]:
    """W3 and W4 with one and two threads, where NumPy is slow on W3; nothing is really run."""
    asked: list[Settings] = []
    lines: list[str] = []

    def fake(row: Any, settings: Settings, log: Any) -> Measurement:
        asked.append(settings)
        outcomes = {spec.name: Outcome(spec.name, blocks=[2.0, 2.0]) for spec in settings.specs}
        if row.name == "W3" and "numpy" in outcomes:
            outcomes["numpy"] = Outcome("numpy", "slow", "needed more than 60 s")
        return Measurement(row, settings.threads, outcomes, None)

    monkeypatch.setattr(suite, "measure", fake)
    monkeypatch.setattr(suite, "footprints", lambda sides: {})
    settings = Settings(specs=(PEERS[SUBJECT], PEERS["numpy"]))
    report = suite.run_suite([workload("W3"), workload("W4")], [1, 2], settings, minutes, lines.append)
    return asked, lines, report


def test_a_slow_side_is_not_asked_again_on_that_workload(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, lines, report = run(monkeypatch, 20)
    assert [[spec.name for spec in settings.specs] for settings in asked] == [
        ["tinynn", "numpy"],
        ["tinynn"],
        ["tinynn", "numpy"],
        ["tinynn", "numpy"],
    ]
    assert [settings.threads for settings in asked] == [1, 2, 1, 2]
    assert lines[0] == "  tinynn 2 us; no peer was measured, so there is no ratio"
    assert lines[2] == "  tinynn 2 us; best peer numpy 2 us; ratio 1.00"
    assert report["workloads"]["W3"]["threads"]["1"]["not_measured"]["numpy"]["status"] == "slow"


def test_every_row_gets_its_share_of_the_time_that_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, _, _ = run(monkeypatch, 20)
    assert asked[0].budget == pytest.approx(0.6 * 300, rel=0.01)
    assert asked[3].budget == pytest.approx(0.6 * 1200, rel=0.01)
    assert [settings.limit for settings in asked] == [60.0] * 4
    hurried, _, _ = run(monkeypatch, 0.0)
    assert [settings.limit for settings in hurried] == [suite.LEAST] * 4
    assert all(settings.budget <= 0 for settings in hurried)
