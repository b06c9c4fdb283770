"""Experiments on single neurons and small nets: what they hold, what they learn, whom they blame."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinynn.experiments import _small_nets, run_experiment
from tinynn.experiments._gallery import BLOCK


def figures(metrics: Any, folder: Path) -> list[str]:
    assert all((folder / metrics["experiment"] / name).stat().st_size > 8000 for name in metrics["figures"])
    assert metrics["synthetic"] is True
    assert BLOCK in (folder / metrics["experiment"] / "report.html").read_text(encoding="utf-8")
    return list(metrics["figures"])


# ---- network-size -------------------------------------------------------------------------------------


def test_network_size(tmp_path: Path, capsys: Any) -> None:
    metrics = run_experiment("network-size", out=tmp_path)
    counts = [(row["neurons"], row["weights"], row["parameters"]) for row in metrics["nets"]]
    assert counts == [(6, 20, 26), (9, 32, 41)]
    assert [line.rpartition("-> ")[2] for line in metrics["forward_pass"]] == ["(4, 1)", "(4, 1)", "(1, 1)"]
    assert metrics["forward_pass_error"] < 1e-14
    assert metrics["collapse"]["largest_difference"] < 1e-12
    assert metrics["collapse"]["missed_with_tanh"]["lower_quartile"] > 0.05
    assert figures(metrics, tmp_path) == ["nets.png", "forward-pass.png", "collapse.png"]
    assert "9 neurons, 32 weights, 41 parameters" in capsys.readouterr().err


@pytest.mark.parametrize("sizes", [(3, 4, 2), (5, 7, 6, 2), (2, 3)])
def test_the_count_is_that_of_the_formula(sizes: tuple[int, ...]) -> None:
    row = _small_nets.count(sizes)
    weights = sum(a * b for a, b in pairwise(sizes))
    assert (row["weights"], row["neurons"]) == (weights, sum(sizes[1:]))
    assert row["parameters"] == weights + sum(sizes[1:])


def test_the_best_affine_map_is_one() -> None:
    x = np.random.default_rng(0).normal(size=(20, 3))
    y = x @ np.ones((3, 2)) + 5
    np.testing.assert_allclose(_small_nets.best_affine(x, y), y, rtol=1e-12)
