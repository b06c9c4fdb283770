"""Where the time of each workload goes: its compiled step, call by call, under this machine's roofline.

Beside the calls, each timed alone and again and again, stands the time of the step that they make. What lies
between the two are caches: in the step a call finds what others left in them. See compile/profile.py.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from statistics import median
from typing import Any

import numpy as np

import tinynn as tn
from tinynn import functional as F
from tinynn import optim
from tinynn.bench.peers.tinynn_peer import build
from tinynn.bench.report import Report, number, table
from tinynn.bench.workloads import Workload
from tinynn.compile import CompiledStep
from tinynn.compile.profile import Timing, percent

BLOCKS, BLOCK_SECONDS = 7, 0.05
SHOWN = 0.05  # of the step's time: calls that take less are left out of the table


def profiles(
    workloads: Sequence[Workload], threads: int, log: Callable[[str], None], repeat: int = 50
) -> dict[str, Any]:
    """Profile the compiled step of each; of many independent nets that of one.

    Parameters
    ----------
    workloads : sequence of Workload
    threads : int
    log : callable
        Receives a line per workload.
    repeat : int
        How often each call is timed at most.

    Returns
    -------
    dict
        {"threads", "roofline", "workloads": {name: {"title", "step_us", "calls_us", "roof_us", "gap",
        "calls": [{"number", "phase", "kernel", "results", "us", "roof_us", "flops", "bytes"}, ...]}}};
        "gap" is the number of the call with most to gain.
    """
    before = tn.get_num_threads()
    tn.set_num_threads(threads)
    try:
        found: dict[str, Any] = {}
        for workload in workloads:
            step = compiled(workload)
            profile = step.profile(repeat)
            found[workload.name] = {
                "title": workload.title + (", one net" if workload.nets > 1 else ""),
                "step_us": 1e6 * step_seconds(step, workload),
                "calls_us": 1e6 * profile.seconds,
                "roof_us": 1e6 * sum(timing.roof for timing in profile.timings),
                "gap": profile.largest_gap.line.number,
                "calls": [_call(timing) for timing in profile.timings],
            }
            log(f"{workload.name}: {gap_text(found[workload.name])}")
        return {"threads": threads, "roofline": asdict(profile.roofline), "workloads": found}
    finally:
        tn.set_num_threads(before)


def compiled(workload: Workload) -> CompiledStep:
    """The step that the side "tinynn" repeats."""
    arrays, rule = workload.arrays(), workload.optimiser
    own = [(w[0], b[0]) if workload.nets > 1 else (w, b) for w, b in arrays.weights]
    sgd = optim.SGD(lr=rule.lr, momentum=rule.momentum)
    return tn.compile(
        build(workload, own, np.float32), F.cross_entropy, sgd, example=(arrays.x, arrays.labels)
    )


def step_seconds(step: CompiledStep, workload: Workload) -> float:
    """How long a step takes, the median of some blocks."""
    arrays = workload.arrays()

    def seconds(steps: int) -> float:
        begin = time.perf_counter()
        step.repeat(arrays.x, arrays.labels, steps)
        return (time.perf_counter() - begin) / steps

    seconds(1)
    steps = max(1, round(BLOCK_SECONDS / seconds(1)))
    return median(seconds(steps) for _ in range(BLOCKS))


def _call(timing: Timing) -> dict[str, Any]:
    line = timing.line
    return {
        "number": line.number,
        "phase": line.phase,
        "kernel": line.kernel,
        "results": [text.partition(" = ")[0] for text in line.formulas],
        "us": 1e6 * timing.seconds,
        "roof_us": 1e6 * timing.roof,
        "flops": line.flops,
        "bytes": line.bytes,
    }


def gap_text(row: Any) -> str:
    """ "linear_backward, call 9: 120 us above its roof, 31 % of the calls" """
    gap = row["calls"][row["gap"]]
    above = gap["us"] - gap["roof_us"]
    return (
        f"{gap['kernel']}, call {gap['number']}: {number(above)} us above its roof, "
        f"{percent(above, row['calls_us'])} of the calls"
    )


def rooflines(found: dict[str, Any]) -> Any:
    """A roofline for each workload, two in a row; the call with most to gain has its name there.

    The share in a title is that of the roof's speed, of all calls together.

    Returns
    -------
    matplotlib Axes, (rows, 2)
    """
    from tinynn import viz

    rows, roof = found["workloads"], found["roofline"]
    sizes = sorted(roof["bandwidths"], key=int)
    axes = viz.grid(-(-len(rows) // 2), 2, cell=(6.4, 4.4))
    for ax, (name, row) in zip(axes.flat, rows.items(), strict=False):
        calls = row["calls"]
        viz.roofline(
            [call["flops"] / max(call["bytes"], 1) for call in calls],
            [1e-3 * call["flops"] / call["us"] for call in calls],
            [call["us"] for call in calls],
            peak=roof["flops"] / 1e9,
            bandwidths={_size(int(size)): roof["bandwidths"][size] / 1e9 for size in (sizes[0], sizes[-1])},
            names=[call["kernel"] if call["number"] == row["gap"] else "" for call in calls],
            title=f"{name} {row['title']}, {percent(row['roof_us'], row['calls_us'])}",
            ax=ax,
        )
    for spare in axes.flat[len(rows) :]:
        spare.remove()
    return axes


def tables(report: Report) -> list[str]:
    """The gaps, and the calls that take longest, in Markdown; [] where nothing was profiled."""
    found = report.get("profiles")
    if not found:
        return []
    roof = found["roofline"]
    rates = ", ".join(
        f"{rate / 1e9:.0f} GB/s from {_size(int(size))}" for size, rate in roof["bandwidths"].items()
    )
    rows = found["workloads"].items()
    gaps = [
        [
            f"{name} {row['title']}",
            number(row["step_us"]),
            number(row["calls_us"]),
            percent(row["roof_us"], row["calls_us"]),
            gap_text(row),
        ]
        for name, row in rows
    ]
    calls = [
        [
            name,
            f"{call['number']} {call['kernel']}",
            ", ".join(result for result in call["results"] if result != "dz"),
            number(call["us"]),
            percent(call["us"], row["calls_us"]),
            f"{1e-3 * call['flops'] / call['us']:.1f}",
            f"{1e-3 * call['bytes'] / call['us']:.1f}",
            percent(call["roof_us"], call["us"]),
        ]
        for name, row in rows
        for call in row["calls"]
        if call["us"] > SHOWN * row["calls_us"]
    ]
    return [
        f"Threads: {found['threads']}. The roof: {roof['flops'] / 1e9:.0f} GFLOP/s of multiply-adds; reading "
        f"the same bytes again and again, {rates}. No call is faster than the lesser of the two allows; the "
        "largest gap is the call with most time above that.",
        table(["", "us a step", "us in calls", "of the roof's speed", "the largest gap"], gaps),
        f"Every call that takes more than {SHOWN:.0%} of its step".replace("%", " %") + ":",
        table(["", "call", "computes", "us", "of the step", "GFLOP/s", "GB/s", "of its roof"], calls),
    ]


def _size(nbytes: int) -> str:
    """ "32 KB", "64 MB" """
    return next(f"{nbytes >> shift} {unit}" for unit, shift in (("MB", 20), ("KB", 10)) if nbytes >> shift)
