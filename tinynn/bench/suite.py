"""The whole benchmark: workload after workload, in the time there is."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from tinynn.bench.footprint import footprints
from tinynn.bench.measure import Measurement, Outcome, Settings, measure
from tinynn.bench.peers import SUBJECT
from tinynn.bench.report import Report, as_json, number, sides
from tinynn.bench.workloads import Workload

Log = Callable[[str], None]
LEAST = 20.0  # seconds that a side has in any case: to import, to compile a little, to be checked


def run_suite(
    workloads: Sequence[Workload],
    threads: Sequence[int],
    settings: Settings,
    minutes: float,
    log: Log,
    command: Sequence[str] = (),
) -> Report:
    """Time every workload with every number of threads.

    Parameters
    ----------
    workloads, threads
        What to time, and with how many threads each.
    settings : Settings
        Sides, blocks and their length.
    minutes : float
        About how long it may take: each row gets its share of what is left, so fewer rounds are made and
        slow sides are left out sooner where time runs short.
    log : callable
        Receives a line of progress now and then.
    command : sequence of str
        What was typed; it is kept with the result.

    Returns
    -------
    Report
        See `as_json`, and under "footprint" what each framework weighs.
    """
    absent = [spec.name for spec in settings.specs if spec.missing()]
    if absent:
        log(f"not installed, so left out: {', '.join(absent)}; try pip install 'tinynn-engine[bench]'")
    end = time.monotonic() + 60 * minutes
    rows = [(workload, n) for workload in workloads for n in threads]
    measurements: list[Measurement] = []
    slow: set[tuple[str, str]] = set()  # sides that needed too long on a workload are not asked again there
    for done, (workload, n) in enumerate(rows):
        share = (end - time.monotonic()) / (len(rows) - done)
        limit = min(settings.limit, max(LEAST, 2 * share))
        specs = tuple(spec for spec in settings.specs if (workload.name, spec.name) not in slow)
        row = measure(
            workload, replace(settings, threads=n, limit=limit, budget=0.6 * share, specs=specs), log
        )
        slow |= {(workload.name, name) for name, side in row.outcomes.items() if side.status == "slow"}
        log(f"  {summary(row)}")
        measurements.append(row)
    report = as_json(measurements, command)
    log("import time and install size")
    return report | {"footprint": footprints(sides(report) or [SUBJECT])}


def summary(row: Measurement) -> str:
    """The row in a line."""
    best, ours = (
        row.best_peer(),
        row.outcomes.get(SUBJECT, Outcome(SUBJECT, "slow", "needed too long before")),
    )
    text = f"tinynn {number(ours.microseconds)} us" if ours.blocks else f"tinynn: {ours.problem}"
    if best is None:
        return f"{text}; no peer was measured, so there is no ratio"
    theirs = row.outcomes[best].microseconds
    ratio = f"; ratio {theirs / ours.microseconds:.2f}" if ours.blocks else ""
    return f"{text}; best peer {best} {number(theirs)} us{ratio}"
