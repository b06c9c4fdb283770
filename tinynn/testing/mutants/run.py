"""Every mutant against the battery: `python -m tinynn.testing.mutants [--json]`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any

from tinynn import backends
from tinynn.testing import battery
from tinynn.testing.case import OpCase
from tinynn.testing.kernel_battery import check_exact
from tinynn.testing.kernel_cases import KERNEL_CASES, KernelCase
from tinynn.testing.mutants import MUTANTS, Mutant
from tinynn.testing.op_cases import CASES

CHECKS: tuple[tuple[str, Callable[[OpCase, tuple[int, ...]], None]], ...] = (
    ("gradient", battery.check_gradient),
    ("forward", battery.check_forward),
    ("adjoint", battery.check_adjoint),
)


def rows_of(mutant: Mutant) -> list[OpCase]:
    """The rows that have to notice."""
    return [case for case in CASES if case.op in mutant.ops]


def killed_by(mutant: Mutant) -> str:
    """Which check on which row first sees the mistake; "" if none does."""
    wrong = mutant.of(backends.rung(backends.current_backend())[mutant.kernel])
    with backends.use_kernel(mutant.kernel, wrong):
        for case in rows_of(mutant):
            for size in case.sizes[:3]:
                for name, check in CHECKS:
                    try:
                        check(case, size)
                    except AssertionError:
                        return f"{name} of {case.name} {size}"
        for exact in KERNEL_CASES:
            if exact.kernel == mutant.kernel and not _has_values(exact, wrong):
                return f"exact values: {exact.what}"
    return ""


def _has_values(exact: KernelCase, kernel: Callable[..., Any]) -> bool:
    """Whether the kernel gives what the row states."""
    try:
        check_exact(exact, kernel, "float64")
    except AssertionError:
        return False
    return True


def main(argv: list[str] | None = None) -> int:
    """Print the table; 0 when every mutant was killed, else 1."""
    parser = argparse.ArgumentParser(prog="tinynn.testing.mutants", description=__doc__)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args(argv)
    table: list[dict[str, Any]] = []
    for mutant in MUTANTS:
        table.append({"kernel": mutant.kernel, "mistake": mutant.mistake, "killed_by": killed_by(mutant)})
    survivors = [row for row in table if not row["killed_by"]]
    if arguments.json:
        print(json.dumps({"mutants": table, "killed": len(table) - len(survivors)}))
        return 1 if survivors else 0
    for row in table:
        print(f"{row['kernel']:<42} {row['mistake']:<72} {row['killed_by'] or 'SURVIVES'}")
    print(f"{len(table) - len(survivors)} of {len(table)} mutants killed")
    return 1 if survivors else 0
