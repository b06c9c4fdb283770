"""What was measured: as one JSON object, and that object as tables to read."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any

from tinynn.bench.machine import describe
from tinynn.bench.measure import Measurement, quartiles
from tinynn.bench.peers import SUBJECT

Report = dict[str, Any]


def as_json(measurements: Sequence[Measurement], command: Sequence[str] = ()) -> Report:
    """One object: machine, command, and per workload and number of threads the times and ratios.

    A ratio is the peer's time over tinynn's: above 1 tinynn is faster.
    """
    workloads: dict[str, Any] = {}
    for row in measurements:
        entry = workloads.setdefault(row.workload.name, {"title": row.workload.title, "threads": {}})
        entry["threads"][str(row.threads)] = _entry(row)
    return {"machine": describe(), "command": shlex.join(command), "workloads": workloads}


def _entry(row: Measurement) -> dict[str, Any]:
    timed, best = row.timed(), row.best_peer()
    sides = {name: outcome for name, outcome in row.outcomes.items() if outcome.blocks}
    ours = sides.get(SUBJECT)
    us = ours.microseconds if ours is not None else None
    unusable = {n: {"status": o.status, "why": o.problem} for n, o in row.outcomes.items() if not o.blocks}
    return {
        "tinynn_us": us,
        "peers_us": {name: outcome.microseconds for name, outcome in timed.items()},
        "best_peer": best,
        "ratio": timed[best].microseconds / us if best is not None and us is not None else None,
        "ratios": {name: _ratio(row, name) for name in timed} if us is not None else {},
        "times_us": {name: outcome.microseconds for name, outcome in sides.items()},
        "spread_us": {name: list(outcome.spread) for name, outcome in sides.items()},
        "blocks": max((len(outcome.blocks) for outcome in sides.values()), default=0),
        "cpu_us": {name: median(outcome.cpu) for name, outcome in sides.items() if outcome.cpu},
        "cores_used": {name: outcome.cores for name, outcome in sides.items()},
        "peak_mb": {n: None if math.isnan(o.peak_mb) else o.peak_mb for n, o in sides.items()},
        "foreign_cores": row.foreign_cores,
        "losses": {n: list(o.losses) for n, o in sides.items() if o.losses is not None},
        "versions": {n: o.version for n, o in row.outcomes.items() if o.version},
        "not_measured": unusable,
    }


def _ratio(row: Measurement, peer: str) -> dict[str, float]:
    """Over the rounds, each comparing blocks that ran side by side."""
    ratios = row.ratios(peer)
    low, high = quartiles(ratios)
    return {"median": median(ratios), "low": low, "high": high}


def entries(report: Report) -> Iterator[tuple[str, Any]]:
    """("W1 fold: 2-2-2-2-2-2, 2 threads", what was measured there), row by row."""
    for name, row in report["workloads"].items():
        for threads, entry in row["threads"].items():
            yield f"{name} {row['title']}, {threads} thread{'s' * (threads != '1')}", entry


def sides(report: Report) -> list[str]:
    """Who was measured anywhere, tinynn first."""
    return list(dict.fromkeys(name for _, entry in entries(report) for name in entry["spread_us"]))


def headline(report: Report) -> str:
    """A table in short: per workload tinynn's time, and how many times longer the best peer takes."""
    threads = list(dict.fromkeys(n for row in report["workloads"].values() for n in row["threads"]))
    if not threads:
        return ""
    head = ["", *(text for n in threads for text in (f"{n} thread{'s' * (n != '1')}", "best peer / tinynn"))]
    lines = []
    for name, row in report["workloads"].items():
        cells = (_short(row["threads"].get(n)) for n in threads)
        lines.append([f"{name} {row['title']}", *(text for cell in cells for text in cell)])
    return table(head, lines)


def _short(entry: Any) -> tuple[str, str]:
    """ "142 us" and "2.9, jax-scan" """
    if entry is None or entry["tinynn_us"] is None:
        return "", ""
    us, best = entry["tinynn_us"], entry["best_peer"]
    time = f"{us / 1000:.3g} ms" if us >= 1000 else f"{us:.3g} us"
    return time, "" if best is None else f"{entry['ratio']:.2f}, {best}"


def as_markdown(report: Report) -> str:
    """How many times tinynn is faster, the microseconds a step, and what was not measured."""
    names = sides(report)
    if not names:
        return "\n\n".join(_remarks(report))
    peers = [name for name in names if name != SUBJECT]
    times = [[label, *(_time_cell(entry, name) for name in names)] for label, entry in entries(report)]
    ratios = [[label, *(_ratio_cell(entry, name) for name in peers)] for label, entry in entries(report)]
    parts = [
        "Microseconds a step, median (quartiles):",
        table(["workload", *names], times),
        "Time of the peer over that of tinynn, median of the rounds (above 1: tinynn is faster; bold: best):",
        table(["workload", *peers], ratios),
        *_remarks(report),
    ]
    return "\n\n".join(parts if peers else [*parts[:2], *_remarks(report)])


def _time_cell(entry: Any, name: str) -> str:
    if name not in entry["spread_us"]:
        return entry["not_measured"].get(name, {}).get("status", "")  # type: ignore[no-any-return]
    us = entry["times_us"][name]
    low, high = entry["spread_us"][name]
    return f"{number(us)} ({number(low)}-{number(high)})"


def number(us: float) -> str:
    """Four digits, or more where they stand before the point."""
    return f"{us:,.0f}" if us >= 1000 else f"{us:.4g}"


def _ratio_cell(entry: Any, peer: str) -> str:
    if peer not in entry["ratios"]:
        return ""
    text = f"{entry['ratios'][peer]['median']:.2f}"
    return f"**{text}**" if peer == entry["best_peer"] else text


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _remarks(report: Report) -> list[str]:
    """How busy the machine was, and one line for each side that was not measured, and why."""
    foreign = [e["foreign_cores"] for _, e in entries(report) if e["foreign_cores"] is not None]
    busy = [f"Other processes kept {max(foreign):.1f} cores busy at worst."] if foreign else []
    lines: dict[str, list[str]] = {}
    for label, entry in entries(report):
        for name, lost in entry["not_measured"].items():
            lines.setdefault(f"{name}: {lost['status']}, {lost['why']}", []).append(label)
    absent = [f"- {why} ({_where(labels, report)})" for why, labels in sorted(lines.items())]
    return busy + (["Not measured:\n\n" + "\n".join(absent)] if absent else [])


def _where(labels: list[str], report: Report) -> str:
    """The workloads of these rows; with the threads where it is one row alone."""
    names = dict.fromkeys(label.partition(" ")[0] for label in labels)
    if len(labels) == len(list(entries(report))):
        return "everywhere"
    return labels[0] if len(labels) == 1 else ", ".join(names)
