"""What was measured, as a table to read and as JSON to keep."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from statistics import median
from typing import Any

from tinynn.bench.machine import describe
from tinynn.bench.measure import Measurement, Outcome, quartiles
from tinynn.bench.peers import SUBJECT


def as_json(measurements: Sequence[Measurement]) -> dict[str, Any]:
    """One object: machine, command, and per workload and number of threads the times and ratios.

    A ratio is the peer's time over tinynn's: above 1 tinynn is faster.
    """
    workloads: dict[str, Any] = {}
    for row in measurements:
        entry = workloads.setdefault(row.workload.name, {"title": row.workload.title, "threads": {}})
        entry["threads"][str(row.threads)] = _entry(row)
    return {"machine": describe(), "command": shlex.join(sys.argv), "workloads": workloads}


def _entry(row: Measurement) -> dict[str, Any]:
    timed, best = row.timed(), row.best_peer()
    ours = row.outcomes.get(SUBJECT)
    us = ours.microseconds if ours is not None and ours.blocks else None
    unusable = {n: {"status": o.status, "why": o.problem} for n, o in row.outcomes.items() if not o.blocks}
    return {
        "tinynn_us": us,
        "peers_us": {name: outcome.microseconds for name, outcome in timed.items()},
        "best_peer": best,
        "ratio": timed[best].microseconds / us if best is not None and us is not None else None,
        "ratios": {name: _ratio(row, name) for name in timed} if us is not None else {},
        "spread_us": {name: list(outcome.spread) for name, outcome in row.outcomes.items() if outcome.blocks},
        "cpu_us": {name: median(outcome.cpu) for name, outcome in row.outcomes.items() if outcome.blocks},
        "cores_used": {name: outcome.cores for name, outcome in row.outcomes.items() if outcome.blocks},
        "foreign_cores": row.foreign_cores,
        "losses": {n: list(o.losses) for n, o in row.outcomes.items() if o.losses is not None},
        "versions": {n: o.version for n, o in row.outcomes.items() if o.version},
        "not_measured": unusable,
    }


def _ratio(row: Measurement, peer: str) -> dict[str, float]:
    """Over the rounds, each comparing blocks that ran side by side."""
    ratios = row.ratios(peer)
    low, high = quartiles(ratios)
    return {"median": median(ratios), "low": low, "high": high}


def as_markdown(measurements: Sequence[Measurement]) -> str:
    """Two tables: microseconds a step with their quartiles, and how many times tinynn is faster."""
    names = list(dict.fromkeys(name for row in measurements for name in row.outcomes))
    peers = [name for name in names if name != SUBJECT]
    times = [[_label(row), *(_time_cell(row.outcomes.get(n)) for n in names)] for row in measurements]
    ratios = [[_label(row), *(_ratio_cell(row, n) for n in peers)] for row in measurements]
    parts = [
        "Microseconds a step, median (quartiles):",
        _table(["workload", *names], times),
        "Time of the peer over that of tinynn, median of the rounds (above 1: tinynn is faster; bold: best):",
        _table(["workload", *peers], ratios),
        *(_remarks(measurements)),
    ]
    return "\n\n".join(parts)


def _label(row: Measurement) -> str:
    return f"{row.workload.name} {row.workload.title}, {row.threads} thread{'s' * (row.threads > 1)}"


def _time_cell(outcome: Outcome | None) -> str:
    if outcome is None:
        return ""
    if not outcome.blocks:
        return outcome.status
    low, high = outcome.spread
    return f"{outcome.microseconds:.4g} ({low:.4g}-{high:.4g})"


def _ratio_cell(row: Measurement, peer: str) -> str:
    ours, theirs = row.outcomes.get(SUBJECT), row.outcomes.get(peer)
    if ours is None or theirs is None or not ours.blocks or not theirs.blocks:
        return ""
    text = f"{median(row.ratios(peer)):.2f}"
    return f"**{text}**" if peer == row.best_peer() else text


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _remarks(measurements: Sequence[Measurement]) -> list[str]:
    """How busy the machine was, and one line for each side that was not measured, and why."""
    foreign = [row.foreign_cores for row in measurements if row.foreign_cores is not None]
    busy = [f"Other processes kept {max(foreign):.1f} cores busy at worst."] if foreign else []
    lines = {
        f"{o.name} ({'everywhere' if o.status == 'absent' else _label(row)}): {o.status}, {o.problem}"
        for row in measurements
        for o in row.outcomes.values()
        if not o.blocks
    }
    absent = ["Not measured:\n" + "\n".join(sorted(f"- {line}" for line in lines))] if lines else []
    return busy + absent
