"""Honest timing: tinynn beside the frameworks its readers would otherwise use, in one interleaved run.

    workloads.py   what is computed: layers, batch, rule, seeded arrays
    peers/         who computes it: one adapter file per framework
    worker.py      one process per side: takes a block of steps when told to, reports the seconds
    measure.py     starts the workers, checks that they computed the same, interleaves the blocks
    report.py      the table and the JSON

Several thread pools in one process disturb each other, so every side has its own process; the machine
is never quiet, so the blocks go round A B C A B C, and what counts is the ratio within one round.
"""

from __future__ import annotations

from tinynn.bench.measure import Measurement, Settings, measure
from tinynn.bench.report import as_json, as_markdown
from tinynn.bench.workloads import DENSE, Workload, workload

__all__ = ["DENSE", "Measurement", "Settings", "Workload", "as_json", "as_markdown", "measure", "workload"]
