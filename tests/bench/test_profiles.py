"""Profiles of the workloads: what is timed is the step of the benchmark, and the gap named is the largest."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn.bench.peers.tinynn_peer import CompiledPeer
from tinynn.bench.profiles import compiled, profiles, rooflines, tables
from tinynn.bench.workloads import WORKLOADS, workload

pytestmark = pytest.mark.skipif(not tn.info()["targets"], reason="the native rung was not built")


@pytest.fixture(scope="module")
def found() -> Any:
    return profiles([workload(name) for name in ("W1", "W9", "W10")], 1, lambda line: None, repeat=3)


@pytest.mark.parametrize("name", [name for name in WORKLOADS if name != "W10"])
def test_it_is_the_step_that_the_benchmark_repeats(name: str) -> None:
    row = workload(name)
    arrays = row.arrays()
    losses = compiled(row).repeat(arrays.x, arrays.labels, 2)
    assert float(losses[-1]) == CompiledPeer(row, tn.get_num_threads()).run(2)


def test_times_add_up_and_the_gap_is_the_largest(found: Any) -> None:
    assert json.loads(json.dumps(found, allow_nan=False))["threads"] == 1
    assert list(found["workloads"]) == ["W1", "W9", "W10"]
    for row in found["workloads"].values():
        assert row["calls_us"] == pytest.approx(sum(call["us"] for call in row["calls"]))
        assert row["roof_us"] == pytest.approx(sum(call["roof_us"] for call in row["calls"]))
        assert row["step_us"] > 0
        gaps = [call["us"] - call["roof_us"] for call in row["calls"]]
        assert row["gap"] == np.argmax(gaps)
        assert [call["number"] for call in row["calls"]] == list(range(len(gaps)))
    kernels = [call["kernel"] for call in found["workloads"]["W9"]["calls"]]
    assert "conv_max_forward" in kernels
    assert found["workloads"]["W10"]["title"].endswith(", one net")


def test_measuring_leaves_the_threads_alone() -> None:
    before = tn.get_num_threads()
    profiles([workload("W1")], before + 1, lambda line: None, repeat=1)
    assert tn.get_num_threads() == before


def call(number: int, us: float, roof_us: float) -> dict[str, Any]:
    named = {
        "number": number,
        "phase": "forward",
        "kernel": f"kernel_{number}",
        "results": ["dz", "dx", "db"],
    }
    return named | {"us": us, "roof_us": roof_us, "flops": 6000, "bytes": 600}


def test_what_the_tables_say() -> None:
    row = {"title": "a net", "step_us": 12.5, "calls_us": 10.0, "roof_us": 3.0, "gap": 1}
    row |= {"calls": [call(0, 3.8, 2.0), call(1, 6.0, 0.9), call(2, 0.2, 0.1)]}
    roof = {"threads": 2, "flops": 2e11, "bandwidths": {"32768": 1e11, "67108864": 2e10}}
    text = "\n".join(tables({"profiles": {"threads": 2, "roofline": roof, "workloads": {"W1": row}}}))
    assert "200 GFLOP/s" in text
    assert "100 GB/s from 32 KB, 20 GB/s from 64 MB" in text
    line = "| W1 a net | 12.5 | 10 | 30 % | kernel_1, call 1: 5.1 us above its roof, 51 % of the calls |"
    assert line in text
    assert "| W1 | 1 kernel_1 | dx, db | 6 | 60 % | 1.0 | 0.1 | 15 % |" in text
    assert "kernel_2" not in text, "a call of no weight"
    assert tables({}) == []


def test_a_roofline_for_each(found: Any) -> None:
    axes = rooflines(found)
    titles = [ax.get_title(loc="left") for ax in axes.flat if ax.figure is not None]
    assert [title.partition(" ")[0] for title in titles] == ["W1", "W9", "W10"]
    for ax, row in zip(axes.flat, found["workloads"].values(), strict=False):
        (dots,) = ax.collections
        assert len(dots.get_offsets()) == sum(call["flops"] > 0 for call in row["calls"])
        assert row["calls"][row["gap"]]["kernel"] in [text.get_text() for text in ax.texts]
