"""The battery over the table: forward, gradient, adjoint, layouts, precision, rungs, threads."""

from __future__ import annotations

import numpy as np
import pytest

from tinynn.autograd.op import registry
from tinynn.testing import CASES, OpCase
from tinynn.testing import battery as b

each_case = pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
RANDOM = {"dropout", "gaussian_noise"}  # their oracle is a distribution: tests/functional/test_random.py


def test_every_op_has_a_row() -> None:
    missing = set(registry) - {case.op for case in CASES} - RANDOM
    assert not missing, f"ops without a row in tinynn/testing/op_cases.py: {sorted(missing)}"


def test_no_two_rows_have_one_name() -> None:
    names = [case.name for case in CASES]
    assert sorted(set(names)) == sorted(names)


@each_case
def test_forward_is_the_oracle(case: OpCase) -> None:
    for size in case.sizes:
        b.check_forward(case, size)


@each_case
def test_gradient_in_three_directions(case: OpCase) -> None:
    for size in case.sizes[:3]:
        b.check_gradient(case, size)


@pytest.mark.slow
@each_case
@pytest.mark.parametrize("seed", range(1, 4))
def test_gradient_at_every_size(case: OpCase, seed: int) -> None:
    for size in case.sizes:
        b.check_gradient(case, size, seed)


@pytest.mark.parametrize("case", [c for c in CASES if c.linear_in], ids=lambda c: c.name)
def test_adjoint(case: OpCase) -> None:
    for size in case.sizes:
        b.check_adjoint(case, size)


@each_case
def test_float32_is_as_near_as_it_can_be(case: OpCase) -> None:
    for size in case.sizes:
        b.check_precision(case, size)


@each_case
def test_layout_does_not_matter(case: OpCase) -> None:
    b.check_layouts(case, case.sizes[0])


@each_case
def test_empty_batch(case: OpCase) -> None:
    b.check_empty(case)


@each_case
def test_gradients_add_up(case: OpCase) -> None:
    b.check_accumulation(case, case.sizes[0])


@each_case
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
def test_the_rungs_agree(case: OpCase, dtype: type) -> None:
    for size in case.sizes:
        b.check_rungs(case, size, dtype)


@each_case
def test_threads_do_not_change_a_bit(case: OpCase) -> None:
    b.check_threads(case, case.sizes[-1])
