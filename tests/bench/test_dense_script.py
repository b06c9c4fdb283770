"""benchmarks/dense.py: a table on stdout, JSON where it was asked for, progress on stderr."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tinynn.bench.process import environment

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "dense.py"


def test_the_script_prints_the_ratios_and_keeps_the_json(tmp_path: Path) -> None:
    kept = tmp_path / "dense.json"
    options = [
        "--workload",
        "W3",
        "--threads",
        "1",
        "--blocks",
        "2",
        "--seconds",
        "0.002",
        "--peers",
        "numpy",
    ]
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *options, "--json", str(kept)],
        capture_output=True,
        text=True,
        check=True,
        env=environment(1),
    )
    assert "| W3 MNIST softmax: 784-10, 1 thread |" in done.stdout
    assert "above 1: tinynn is faster" in done.stdout
    assert "W3, 1 thread(s): numpy" in done.stderr
    entry = json.loads(kept.read_text(encoding="utf-8"))["workloads"]["W3"]["threads"]["1"]
    assert entry["ratio"] > 0
