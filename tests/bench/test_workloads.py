"""The workloads: the sizes agreed on, the same bits for every side, and work that shows."""

from __future__ import annotations

import numpy as np
import pytest

from tinynn.bench.measure import RTOL
from tinynn.bench.reference import reference_losses
from tinynn.bench.workloads import WORKLOADS, Conv, Dense, Workload, workload
from tinynn.errors import ArgumentError

every = pytest.mark.parametrize("row", WORKLOADS.values(), ids=lambda row: row.name)
SIZES = {
    "W1": (1000, [2, 2, 2, 2, 2, 2], 0.0),
    "W2": (1000, [2, 100, 100, 5], 0.0),
    "W3": (64, [784, 10], 0.0),
    "W4": (64, [784, 10, 10], 0.0),
    "W5": (128, [784, 256, 128, 10], 0.9),
    "W6": (64, [3072, 100, 10], 0.0),
}


CONVOLUTIONS = {
    "W7": ((64, 1, 28, 28), [(16, 1, 5, 5), (32, 16, 5, 5), (10, 512)]),
    "W8": (
        (64, 3, 32, 32),
        [(32, 3, 3, 3), (32, 32, 3, 3), (64, 32, 3, 3), (64, 64, 3, 3), (128, 4096), (10, 128)],
    ),
    "W9": ((64, 1, 1000), [(16, 1, 9), (32, 16, 9), (2, 32)]),
}


@pytest.mark.parametrize("name", SIZES)
def test_sizes_of_dense_nets(name: str) -> None:
    row = workload(name)
    batch, sizes, momentum = SIZES[name]
    assert [row.layers[0].inputs, *(layer.outputs for layer in row.layers)] == sizes
    assert (row.batch, row.optimiser.momentum, row.kind) == (batch, momentum, "dense")
    assert [layer.activation for layer in row.layers] == ["relu"] * (len(sizes) - 2) + ["identity"]


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_sizes_of_convolutional_nets(name: str) -> None:
    row = workload(name)
    arrays = row.arrays()
    assert (arrays.x.shape, [w.shape for w, _ in arrays.weights]) == CONVOLUTIONS[name]
    assert row.kind == "conv"
    for layer in row.weighted[:-1]:
        assert layer.activation == "relu"
        assert isinstance(layer, Dense) or layer.padding == (1 if layer.kernel == (3, 3) else 0)
    assert sum(isinstance(layer, Conv) for layer in row.layers) == (4 if name == "W8" else 2)


def test_the_ensemble_is_the_fold_many_times_over() -> None:
    row, fold = workload("W10"), workload("W1")
    assert (row.layers, row.batch, row.nets, row.kind) == (fold.layers, fold.batch, 256, "ensemble")
    arrays = row.arrays()
    assert np.array_equal(arrays.x, fold.arrays().x)
    for (w, b), (one, _) in zip(arrays.weights, fold.arrays().weights, strict=True):
        assert (w.shape, b.shape) == ((256, 2, 2), (256, 2))
        assert np.array_equal(w[0], one)
        assert len(np.unique(w.reshape(256, -1), axis=0)) == 256


@every
def test_arrays_are_what_every_side_needs(row: Workload) -> None:
    arrays = row.arrays()
    assert arrays.x.shape == (row.batch, *row.shape)
    assert arrays.x.dtype == np.float32
    assert arrays.x.flags.c_contiguous
    assert set(arrays.labels.tolist()) == set(range(row.classes))
    for layer, (w, b) in zip(row.weighted, arrays.weights, strict=True):
        assert (w.shape[-len(layer.weight_shape) :], b.shape[-1]) == (layer.weight_shape, layer.outputs)
        assert w.dtype == b.dtype == np.float32
    assert row.parameters == sum(w.size + b.size for w, b in arrays.weights)


@every
def test_each_call_gives_the_same_bits_in_new_arrays(row: Workload) -> None:
    first, second = row.arrays(), row.arrays()
    assert first.x.tobytes() == second.x.tobytes()
    assert all(a[0].tobytes() == b[0].tobytes() for a, b in zip(first.weights, second.weights, strict=True))
    first.weights[0][0][:] = 0.0
    assert second.weights[0][0].any()


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, id=name, marks=[pytest.mark.slow] if name in ("W8", "W9", "W10") else [])
        for name, row in WORKLOADS.items()
    ],
)
def test_the_check_tells_training_from_standing_still(row: Workload) -> None:
    """The loss must move far more than the tolerance, or a side that does nothing would pass."""
    before, after = reference_losses(row)
    assert after < before * (1 - 50 * RTOL)


def test_an_unknown_workload_is_named() -> None:
    with pytest.raises(ArgumentError, match=r"got workload 'W99'; needed one of W1, W2"):
        workload("W99")
