"""Convolutional layers: their functions with the options stored, PyTorch's shapes and start."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import functional as F
from tinynn import nn

RNG = np.random.default_rng(0)
X = RNG.standard_normal((2, 4, 9, 8)).astype("float32")


@pytest.mark.parametrize(
    ("layer", "options"),
    [
        (nn.Conv2d(4, 6, 3), {}),
        (nn.Conv2d(4, 6, (3, 2), 2, 1, 2), {"stride": 2, "padding": 1, "dilation": 2}),
        (nn.Conv2d(4, 6, 3, groups=2, bias=False), {"groups": 2}),
        (nn.Conv2d(4, 6, 3, padding="same", flip=True), {"padding": "same", "flip": True}),
        (nn.Conv2d(4, 6, 3, activation="elu", alpha=0.5), {"activation": "elu", "alpha": 0.5}),
    ],
    ids=repr,
)
def test_conv2d_is_its_function(layer: Any, options: dict[str, Any]) -> None:
    np.testing.assert_array_equal(
        np.asarray(layer(X)), np.asarray(F.conv2d(X, layer.weight, layer.bias, **options))
    )


def test_the_others_are_theirs() -> None:
    line = nn.Conv1d(4, 6, 5, 2, 2, activation="prelu")
    want = F.conv1d(X[..., 0], line.weight, line.bias, line.slope, stride=2, padding=2, activation="prelu")
    np.testing.assert_array_equal(np.asarray(line(X[..., 0])), np.asarray(want))
    back = nn.ConvTranspose1d(4, 6, 4, 2, 1, 1, 2, activation="relu")
    want = F.conv_transpose1d(
        X[..., 0], back.weight, back.bias, stride=2, padding=1, output_padding=1, groups=2
    )
    np.testing.assert_array_equal(np.asarray(back(X[..., 0])), np.maximum(np.asarray(want), 0))
    wide = nn.ConvTranspose2d(4, 6, 3, 2, 1, 1, bias=False, dilation=2)
    assert wide.weight.shape == (4, 6, 3, 3)
    want = F.conv_transpose2d(X, wide.weight, stride=2, padding=1, output_padding=1, dilation=2)
    np.testing.assert_array_equal(np.asarray(wide(X)), np.asarray(want))


def test_shapes_and_start_are_pytorch_s() -> None:
    layer = nn.Conv2d(8, 6, (5, 3), groups=2)
    assert layer.weight.shape == (6, 4, 5, 3)
    assert layer.bias is not None
    bound = 1 / np.sqrt(4 * 5 * 3)
    for parameter in (layer.weight, layer.bias):
        assert np.abs(parameter.data).max() <= bound
    assert np.abs(layer.weight.data).max() > 0.9 * bound
    assert layer.weight.data.std() == pytest.approx(bound / np.sqrt(3), rel=0.1)
    assert nn.Conv1d(2, 3, 4, dtype="float64").weight.dtype == np.float64
    assert nn.ConvTranspose2d(8, 6, 3, groups=2).weight.shape == (8, 3, 3, 3)


def test_they_say_what_they_are() -> None:
    assert repr(nn.Conv1d(3, 8, 5)) == "Conv1d(3, 8, kernel_size=5)"
    assert repr(nn.Conv2d(3, 8, (5, 3), 2, groups=1, bias=False, activation="relu")) == (
        "Conv2d(3, 8, kernel_size=(5, 3), stride=2, activation='relu', bias=False)"
    )
    assert repr(nn.ConvTranspose2d(3, 8, 2, 2, output_padding=1)) == (
        "ConvTranspose2d(3, 8, kernel_size=2, stride=2, output_padding=1)"
    )


def test_a_net_of_them_learns_where_a_motif_is() -> None:
    tn.manual_seed(0)
    rng = np.random.default_rng(1)
    x = 0.3 * rng.standard_normal((64, 1, 20)).astype("float32")
    labels = np.arange(64) % 2
    for row, label in zip(x, labels, strict=True):
        at = int(rng.integers(0, 15))
        row[0, at : at + 5] += [1, -1, 2, -1, 1] if label else [-1, 2, 0, -2, 1]
    model = nn.Sequential(nn.Conv1d(1, 4, 5, activation="relu"), nn.Flatten(), nn.Linear(64, 2))
    optimizer = tn.optim.Adam(model.parameters(), lr=0.02)
    losses = []
    for _ in range(60):
        loss = F.cross_entropy(model(x), labels)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(float(loss.data))
    assert losses[-1] < 0.2 * losses[0]
