"""The battery kills every mutant of the bank, and lets the right kernels live."""

from __future__ import annotations

import pytest

from tinynn.testing.mutants import MUTANTS, Mutant
from tinynn.testing.mutants.run import killed_by, rows_of


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: f"{m.kernel}: {m.mistake}")
def test_the_battery_kills(mutant: Mutant) -> None:
    assert rows_of(mutant), "no row of the table uses this kernel"
    assert killed_by(mutant), "this wrong rule passes the whole battery"


@pytest.mark.parametrize("kernel", sorted({m.kernel for m in MUTANTS}))
def test_the_right_kernel_survives(kernel: str) -> None:
    ops = tuple({op for m in MUTANTS if m.kernel == kernel for op in m.ops})
    right = Mutant(kernel, ops, "none", lambda itself, *arguments, **options: itself(*arguments, **options))
    assert killed_by(right) == ""


def test_the_bank_is_large_and_has_no_twins() -> None:
    assert len(MUTANTS) >= 30
    assert len({(m.kernel, m.mistake) for m in MUTANTS}) == len(MUTANTS)
