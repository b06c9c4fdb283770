"""The process of one side: `python -m tinynn.bench.worker TARGET WORKLOAD THREADS`.

A recipe may stand in the place of the workload; a step is then an epoch, and its "loss" the test accuracy.

Reads one JSON object a line, answers one a line:

    {"steps": n}  ->  {"seconds": wall clock, "cpu": of all threads, "loss": of the last of the n steps,
                       "peak_mb": the most memory the process has held}

The first line it writes is {"version": ...}, or {"error": ...} where the adapter cannot start. It ends
when its input ends.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TextIO

from tinynn.bench.machine import peak_megabytes
from tinynn.bench.peers import load
from tinynn.bench.recipes import RECIPES
from tinynn.bench.workloads import workload


def private_stdout() -> TextIO:
    """The stdout of the process, for answers alone: what a library prints goes to stderr instead."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def serve(target: str, name: str, threads: int, answers: TextIO) -> None:
    """Build the side, then run the blocks it is asked for."""

    def answer(**fields: object) -> None:
        answers.write(json.dumps(fields) + "\n")
        answers.flush()

    try:
        side = load(target)(RECIPES[name] if name in RECIPES else workload(name), threads)
    except Exception as error:  # whatever a foreign framework raises is its own reason not to be measured
        answer(error=f"{type(error).__name__}: {error}")
        return
    answer(version=side.version)
    for line in sys.stdin:
        steps = int(json.loads(line)["steps"])
        try:
            begin, cpu = time.perf_counter(), time.process_time()
            loss = side.run(steps)
            seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
            answer(seconds=seconds, cpu=cpu, loss=loss, peak_mb=peak_megabytes())
        except Exception as error:
            answer(error=f"{type(error).__name__}: {error}")
            return


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2], int(sys.argv[3]), private_stdout())
