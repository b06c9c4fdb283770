"""The ledger of a gradient: its entries add up to what autograd says, and to what the formula says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinynn import random
from tinynn.errors import ArgumentError
from tinynn.experiments import _blame, _blame_activity, run_experiment
from tinynn.experiments._small_nets import arrays_of

rng = np.random.default_rng(4)


def a_net(sizes: tuple[int, ...], samples: int = 3) -> tuple[Any, np.ndarray, np.ndarray]:
    random.manual_seed(1)
    return (
        _blame.sigmoid_net(sizes),
        rng.uniform(size=(samples, sizes[0])),
        rng.uniform(size=(samples, sizes[-1])),
    )


@pytest.mark.parametrize("sizes", [(2, 1), (2, 3, 1), (3, 2, 4, 2), (2, 2, 3, 2, 2)])
def test_every_ledger_adds_up(sizes: tuple[int, ...]) -> None:
    model, x, t = a_net(sizes)
    assert _blame.largest_error(model, x, t) < 1e-16
    found = _blame.ledger(arrays_of(model), x, t, (0, 0, 1))
    assert len(found.contribution) == len(x) * int(np.prod(sizes[2:]))
    assert (np.diff(np.abs(found.contribution)) <= 0).all()
    rows = {(row["sample"], *row["path"]) for row in found.rows()}
    assert len(rows) == len(found.contribution)  # no path twice
    assert all((path >= 1).all() and (path <= sizes[1:]).all() for path in found.path + 1)


def test_an_entry_is_the_product_along_its_path() -> None:
    model, x, t = a_net((3, 2, 4, 2))
    (w1, b1), (w2, b2), (w3, b3) = arrays_of(model)
    found = _blame.ledger(arrays_of(model), x, t, (0, 1, 2))
    for s, path, value in zip(found.sample, found.path, found.contribution, strict=True):
        a1 = 1 / (1 + np.exp(-(w1 @ x[s] + b1)))
        a2 = 1 / (1 + np.exp(-(w2 @ a1 + b2)))
        y = 1 / (1 + np.exp(-(w3 @ a2 + b3)))
        j, k, o = path
        product = x[s, 2] * a1[j] * (1 - a1[j]) * w2[k, j] * a2[k] * (1 - a2[k])
        product *= w3[o, k] * y[o] * (1 - y[o]) * 2 * (y[o] - t[s, o]) / t.size
        assert value == pytest.approx(product, rel=1e-12)


def test_what_flows_through_the_net_is_kept() -> None:
    """Every layer passes on all of the blame."""
    model, x, t = a_net((3, 2, 4, 2))
    found = _blame.ledger(arrays_of(model), x, t, (0, 1, 2))
    for through in _blame.flows(found, (3, 2, 4, 2)):
        assert through.sum() == pytest.approx(found.contribution.sum(), rel=1e-12)


def test_blame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(_blame_activity, "NETS", 32)
    metrics = run_experiment("blame", out=tmp_path, seed=1, layer=1, source=2)
    assert metrics["weight"].startswith("w of layer 1, 2 → ")
    assert metrics["entries"] == len(metrics["ledger"]) == 8 * 4 * 5
    assert metrics["sum_of_entries"] == pytest.approx(metrics["gradient"], abs=1e-15)
    assert metrics["largest_error"] < 1e-15
    assert metrics["small_net"]["largest_error"] < 1e-15
    assert metrics["activity"]["off_the_line_of_one_sample"] < 1e-15
    assert metrics["activity"]["median_correlation"] > 0.5
    own = ["forward.png", "backward.png", "small-net.png", "ledger.png", "paths.png", "activity.png"]
    assert metrics["figures"] == own
    assert all((tmp_path / "blame" / name).stat().st_size > 8000 for name in own)
    assert "160 entries" in capsys.readouterr().err


def test_a_weight_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="layer 2 is 4 -> 4; got source=5, target=1"):
        run_experiment("blame", out=tmp_path, layer=2, source=5, target=1)
