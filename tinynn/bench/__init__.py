"""Honest timing: tinynn beside the frameworks its readers would otherwise use, in one interleaved run.

    workloads.py   what is computed: layers, batch, rule; arrays.py: the seeded numbers in them
    peers/         who computes it: one adapter file per framework
    reference.py   the losses that everybody must reach
    worker.py      one process per side: takes a block of steps when told to, reports the seconds
    process.py     starts a worker and talks to it
    measure.py     checks that all sides computed the same, interleaves their blocks
    suite.py       all workloads, within the time there is
    profiles.py    where the time of a step goes, under the roofline
    footprint.py   import time and install size
    report.py      the JSON and the tables; page.py: docs/performance.md

Several thread pools in one process disturb each other, so every side has its own process; the machine
is never quiet, so the blocks go round A B C A B C, and what counts is the ratio within one round.
"""

from __future__ import annotations

from tinynn.bench.measure import Measurement, Settings, measure
from tinynn.bench.report import as_json, as_markdown
from tinynn.bench.suite import run_suite
from tinynn.bench.workloads import WORKLOADS, Workload, workload

__all__ = [
    "WORKLOADS",
    "Measurement",
    "Settings",
    "Workload",
    "as_json",
    "as_markdown",
    "measure",
    "run_suite",
    "workload",
]
