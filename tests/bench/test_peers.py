"""Every side computes the same: the losses before and after some steps, from the same weights and batch."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import tinynn as tn
from tinynn.bench.measure import disagreement
from tinynn.bench.peers import PEERS, SUBJECT, Peer, load, peer
from tinynn.bench.peers.numpy_peer import NumpyPeer, reference_losses
from tinynn.bench.workloads import DENSE, Sgd, Workload, workload
from tinynn.errors import ArgumentError

every = pytest.mark.parametrize("row", DENSE, ids=lambda row: row.name)


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    """A side sets the number of threads of the process it is made in."""
    before = tn.get_num_threads()
    yield
    tn.set_num_threads(before)


def make(name: str, row: Workload) -> Peer:
    """The side in this process; skips where its framework is not installed."""
    spec = peer(name)
    missing = spec.missing()
    if missing:
        pytest.skip(f"{name}: {missing}")
    return load(spec.target)(row, 1)


def losses(side: Peer, row: Workload) -> tuple[float, float]:
    return side.run(1), side.run(row.check_steps)


@every
@pytest.mark.parametrize("name", ["numpy", SUBJECT, "scikit-learn"])
def test_losses_agree_with_the_reference(name: str, row: Workload) -> None:
    assert disagreement(losses(make(name, row), row), reference_losses(row)) == ""


@pytest.mark.filterwarnings("default")  # what a foreign framework warns about is not ours to fix
@pytest.mark.parametrize("row", [DENSE[0], DENSE[4]], ids=lambda row: row.name)
@pytest.mark.parametrize("name", ["pytorch", "jax-jit", "jax-scan"])
def test_frameworks_agree_with_the_reference(name: str, row: Workload) -> None:
    assert disagreement(losses(make(name, row), row), reference_losses(row)) == ""


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("row", [DENSE[0], DENSE[4]], ids=lambda row: row.name)
def test_compiled_pytorch_agrees_with_the_reference(row: Workload) -> None:
    assert disagreement(losses(make("pytorch-compile", row), row), reference_losses(row)) == ""


def test_the_reference_follows_the_finite_difference() -> None:
    """To first order a step lowers the loss by lr |g|^2: the reference repeats nobody's error."""
    row = Workload("tiny", "", workload("W4").layers, 64, Sgd(1e-4), "images")
    side = NumpyPeer(row, 1, np.float64)
    before = side.run(1)
    squared = sum(float(np.sum(g**2)) for layer in side.layers for g in (layer.dw, layer.db)) / 1e-8
    after = side.run(1)
    assert squared > 0.1
    assert before - after == pytest.approx(1e-4 * squared, rel=1e-2)


def test_every_row_names_a_class_that_can_run() -> None:
    for spec in PEERS.values():
        if spec.missing() is None:
            assert callable(load(spec.target).run)


def test_an_unknown_peer_is_named() -> None:
    with pytest.raises(ArgumentError, match="got peer 'theano'; needed one of tinynn, numpy"):
        peer("theano")
