"""The workloads: the sizes agreed on, the same bits for every side, and work that shows."""

from __future__ import annotations

import numpy as np
import pytest

from tinynn.bench.measure import RTOL
from tinynn.bench.peers.numpy_peer import reference_losses
from tinynn.bench.workloads import DENSE, Workload, workload
from tinynn.errors import ArgumentError

every = pytest.mark.parametrize("row", DENSE, ids=lambda row: row.name)
SIZES = {
    "W1": (1000, [2, 2, 2, 2, 2, 2], 0.0),
    "W2": (1000, [2, 100, 100, 5], 0.0),
    "W3": (64, [784, 10], 0.0),
    "W4": (64, [784, 10, 10], 0.0),
    "W5": (128, [784, 256, 128, 10], 0.9),
    "W6": (64, [3072, 100, 10], 0.0),
}


@every
def test_sizes(row: Workload) -> None:
    batch, sizes, momentum = SIZES[row.name]
    assert [row.layers[0].inputs, *(layer.outputs for layer in row.layers)] == sizes
    assert (row.batch, row.optimiser.momentum) == (batch, momentum)
    assert [layer.activation for layer in row.layers] == ["relu"] * (len(sizes) - 2) + ["identity"]


@every
def test_arrays_are_what_every_side_needs(row: Workload) -> None:
    arrays = row.arrays()
    assert arrays.x.shape == (row.batch, row.layers[0].inputs)
    assert arrays.x.dtype == np.float32
    assert arrays.x.flags.c_contiguous
    assert set(arrays.labels.tolist()) == set(range(row.classes))
    for layer, (w, b) in zip(row.layers, arrays.weights, strict=True):
        assert (w.shape, b.shape) == ((layer.outputs, layer.inputs), (layer.outputs,))
        assert w.dtype == b.dtype == np.float32
    assert row.parameters == sum(w.size + b.size for w, b in arrays.weights)


@every
def test_each_call_gives_the_same_bits_in_new_arrays(row: Workload) -> None:
    first, second = row.arrays(), row.arrays()
    assert first.x.tobytes() == second.x.tobytes()
    assert all(a[0].tobytes() == b[0].tobytes() for a, b in zip(first.weights, second.weights, strict=True))
    first.weights[0][0][:] = 0.0
    assert second.weights[0][0].any()


@every
def test_the_check_tells_training_from_standing_still(row: Workload) -> None:
    """The loss must move far more than the tolerance, or a side that does nothing would pass."""
    before, after = reference_losses(row)
    assert after < before * (1 - 50 * RTOL)


def test_an_unknown_workload_is_named() -> None:
    with pytest.raises(ArgumentError, match=r"got workload 'W99'; needed one of W1, W2"):
        workload("W99")
