"""Time the dense workloads W1-W6: tinynn in eager mode beside PyTorch, JAX, scikit-learn and NumPy.

    python benchmarks/dense.py [--workload W1 W3] [--threads 1 2] [--blocks 15] [--peers numpy] [--json FILE]

The peers are the `bench` extra: `pip install '.[bench]'`. Those that are not installed are named as absent.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tinynn.bench import DENSE, Settings, as_json, as_markdown, measure, workload
from tinynn.bench.peers import PEERS, SUBJECT, peer


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--workload", nargs="+", default=[row.name for row in DENSE], metavar="W")
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2], metavar="N")
    parser.add_argument("--blocks", type=int, default=15, help="blocks per side (default: 15)")
    parser.add_argument("--seconds", type=float, default=0.05, help="length of a block (default: 0.05)")
    parser.add_argument("--peers", nargs="+", default=list(PEERS), metavar="P", help=", ".join(PEERS))
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the result there as well")
    options = parser.parse_args()
    specs = tuple(peer(name) for name in dict.fromkeys([SUBJECT, *options.peers]))
    measurements = [
        measure(workload(name), Settings(threads, options.blocks, options.seconds, specs), log=progress)
        for name in options.workload
        for threads in options.threads
    ]
    print(as_markdown(measurements))
    if options.json:
        options.json.write_text(json.dumps(as_json(measurements), indent=1) + "\n", encoding="utf-8")


def progress(line: str) -> None:
    """To stderr: stdout is the result's."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
