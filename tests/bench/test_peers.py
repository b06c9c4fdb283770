"""Every side computes the same: the losses before and after some steps, from the same weights and batch."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import tinynn as tn
from tinynn.bench.measure import disagreement
from tinynn.bench.peers import PEERS, SUBJECT, Peer, PeerSpec, load
from tinynn.bench.peers.numpy_peer import NumpyPeer
from tinynn.bench.reference import reference_losses
from tinynn.bench.workloads import (
    WORKLOADS,
    Conv,
    Dense,
    Flatten,
    GlobalMax,
    MaxPool,
    Sgd,
    Workload,
    workload,
)

DENSE = [row for row in WORKLOADS.values() if row.kind == "dense"]
#: every kind of layer and of data at a size that takes no time
SMALL = [
    Workload(
        "images",
        "",
        (Conv(3, 4, (3, 3), padding=1), Conv(4, 5, (3, 3)), MaxPool(2), Flatten(), Dense(80, 3)),
        (3, 10, 10),
        6,
        Sgd(0.05, 0.9),
        "images",
    ),
    Workload(
        "sequences",
        "",
        (Conv(1, 4, (9,)), Conv(4, 5, (3,)), GlobalMax(), Dense(5, 2)),
        (1, 40),
        8,
        Sgd(0.05),
        "motif",
    ),
    Workload("ensemble", "", workload("W1").layers, (2,), 50, Sgd(0.5), "spiral", 60, nets=3),
]


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    """A side sets the number of threads of the process it is made in."""
    before = tn.get_num_threads()
    yield
    tn.set_num_threads(before)


def make(name: str, row: Workload) -> Peer:
    """The side in this process; skips where its framework is not installed."""
    spec = PEERS[name]
    why = spec.missing() or spec.unsuited(row)
    if why:
        pytest.skip(f"{name}: {why}")
    return load(spec.target)(row, 1)


def losses(side: Peer, row: Workload) -> tuple[float, float]:
    return side.run(1), side.run(row.check_steps)


def check(name: str, row: Workload) -> None:
    assert disagreement(losses(make(name, row), row), reference_losses(row)) == ""


@pytest.mark.parametrize("row", [*DENSE, *SMALL], ids=lambda row: row.name)
@pytest.mark.parametrize("name", ["numpy", SUBJECT, "scikit-learn"])
def test_losses_agree_with_the_reference(name: str, row: Workload) -> None:
    check(name, row)


@pytest.mark.filterwarnings("default")  # what a foreign framework warns about is not ours to fix
@pytest.mark.parametrize("row", [DENSE[0], DENSE[4], *SMALL], ids=lambda row: row.name)
@pytest.mark.parametrize("name", ["pytorch", "pytorch-channels-last", "pytorch-bmm", "jax-jit", "jax-scan"])
def test_frameworks_agree_with_the_reference(name: str, row: Workload) -> None:
    check(name, row)


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("row", [DENSE[0], DENSE[4], *SMALL], ids=lambda row: row.name)
def test_compiled_pytorch_agrees_with_the_reference(row: Workload) -> None:
    check("pytorch-compile", row)


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("row", [workload(f"W{i}") for i in (7, 8, 9, 10)], ids=lambda row: row.name)
@pytest.mark.parametrize("name", [SUBJECT, "pytorch", "pytorch-channels-last", "pytorch-bmm", "jax-jit"])
def test_all_agree_at_full_size(name: str, row: Workload) -> None:
    check(name, row)


@pytest.mark.parametrize("row", SMALL, ids=lambda row: row.name)
def test_the_small_checks_tell_training_from_standing_still(row: Workload) -> None:
    before, after = reference_losses(row)
    assert after < before * 0.95


def test_several_nets_are_those_that_would_have_been_trained_alone() -> None:
    """The mean loss of an ensemble is that of its nets, each from its own weights."""
    row = SMALL[2]
    together = losses(make(SUBJECT, row), row)
    first = Workload("first", "", row.layers, row.shape, row.batch, row.optimiser, row.data)
    alone = losses(make(SUBJECT, first), first)
    assert together != pytest.approx(alone, rel=1e-3)
    arrays = row.arrays()
    side = make("numpy", first)
    means = np.zeros(2)
    for i in range(row.nets):
        for layer, (w, b) in zip(side.layers, arrays.weights, strict=True):  # type: ignore[attr-defined]
            np.copyto(layer.w, w[i])
            np.copyto(layer.b, b[i])
        means += np.array(losses(side, row)) / row.nets
    assert together == pytest.approx(means.tolist(), rel=1e-5)


def test_who_has_no_version_of_a_workload_says_why() -> None:
    assert (
        PEERS["numpy"].unsuited(workload("W7"))
        == "has no convolution, and loops over stacks of small matrices"
    )
    assert PEERS["pytorch-bmm"].unsuited(workload("W1")) == "is for many nets at once"
    assert [name for name, spec in PEERS.items() if spec.unsuited(workload("W10"))] == [
        "numpy",
        "scikit-learn",
        "pytorch-channels-last",
    ]
    assert PeerSpec("any", "nowhere:Peer").unsuited(workload("W8")) is None


def test_the_reference_follows_the_finite_difference() -> None:
    """To first order a step lowers the loss by lr |g|^2: the reference repeats nobody's error."""
    row = Workload("tiny", "", workload("W4").layers, (784,), 64, Sgd(1e-4), "images")
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
