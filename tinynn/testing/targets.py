"""The table on every instruction set of this machine: all rows, forward and gradients, against the reference.

A process keeps the target it began with, so each target has a process of its own, which writes what it
computed: `TINYNN_TARGET=avx2 python -m tinynn.testing.targets OUT.npz`. Inputs are float32 and drawn from
fixed seeds, so that the files can be compared number by number.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tinynn.autograd import Array
from tinynn.backends import native, use_backend
from tinynn.errors import BackendError
from tinynn.testing.battery import EPS32, close, run_with_gradients, tolerance
from tinynn.testing.case import OpCase, Sample
from tinynn.testing.op_cases import CASES

SEED = 20


def rows() -> Iterator[tuple[str, OpCase, tuple[int, ...]]]:
    """(key, row, size) for every row of the table at each of its sizes."""
    for case in CASES:
        for size in case.sizes:
            yield f"{case.name} {size}", case, size


def computed() -> dict[str, Array]:
    """What this process makes of the table, and under "target" the name of what it computed with."""
    results: dict[str, Array] = {"target": np.array(native.target())}
    with use_backend("native", strict=True):
        for key, case, size in rows():
            sample = case.sample(size, SEED)
            for i, array in enumerate(run_with_gradients(case, sample.cast(np.float32), sample)):
                results[f"{key} {'output' if i == 0 else f'gradient {i}'}"] = array
    return results


def computed_on(target: str, folder: Path) -> dict[str, Array]:
    """The same from a process in which TINYNN_TARGET forces the target.

    Raises
    ------
    BackendError
        The process failed; with what it said.
    """
    path = folder / f"{target}.npz"
    command = [sys.executable, "-m", "tinynn.testing.targets", str(path)]
    environment = {**os.environ, "TINYNN_TARGET": target}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackendError(f"targets: {target} ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    with np.load(path) as results:
        return dict(results)


def differences(got: dict[str, Array], want: dict[str, Array]) -> list[str]:
    """What differs by more than rounding explains, one line each."""
    wrong = [f"{key} is missing" for key in want.keys() - got.keys()]
    for key, case, size in rows():
        exact = Sample(case.sample(size, SEED).cast(np.float32)).cast(np.float64)
        for i in range(1 + len(exact)):
            name = f"{key} {'output' if i == 0 else f'gradient {i}'}"
            if name in want and name in got:
                bound = tolerance(case, exact) if i == 0 else of_gradient(case, want[name], exact)
                try:
                    close(name, got[name], want[name], **bound)
                except AssertionError as error:
                    wrong.append(str(error))
    return wrong


def of_gradient(case: OpCase, gradient: Array, arrays: tuple[Any, ...]) -> dict[str, Any]:
    """How far a gradient may be off: it sums no more terms than the largest input has elements."""
    terms = max([a.size for a in arrays if isinstance(a, np.ndarray)], default=1)
    largest = float(np.abs(gradient).max(initial=0.0))
    return {"rtol": case.rtol, "atol": case.atol + 4 * np.sqrt(terms) * EPS32 * max(1.0, largest)}


if __name__ == "__main__":
    np.savez(sys.argv[1], **computed())  # type: ignore[arg-type]
