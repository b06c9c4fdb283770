"""Layers, activations and losses as modules: they say what the functions say, with their options stored."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import functional as F
from tinynn import nn
from tinynn.errors import ArgumentError
from tinynn.random import Generator

RNG = np.random.default_rng(0)
X = RNG.standard_normal((4, 3)).astype("float32")
LABELS = np.array([0, 2, 1, 1])


@pytest.mark.parametrize(
    ("module", "function"),
    [
        (nn.ReLU(), F.relu),
        (nn.LeakyReLU(), F.leaky_relu),
        (nn.LeakyReLU(0.3), lambda x: F.leaky_relu(x, alpha=0.3)),
        (nn.PReLU(), lambda x: F.leaky_relu(x, alpha=0.25)),
        (nn.PReLU(3, 0.5), lambda x: F.leaky_relu(x, alpha=0.5)),
        (nn.Sigmoid(), F.sigmoid),
        (nn.Tanh(), F.tanh),
        (nn.ELU(), F.elu),
        (nn.ELU(2.0), lambda x: F.elu(x, alpha=2.0)),
        (nn.GELU(), F.gelu),
        (nn.SiLU(), F.silu),
        (nn.Softplus(), F.softplus),
        (nn.Softmax(), F.softmax),
        (nn.Softmax(0), lambda x: F.softmax(x, 0)),
        (nn.LogSoftmax(0), lambda x: F.log_softmax(x, 0)),
        (nn.Identity(), lambda x: x),
        (nn.Flatten(), lambda x: x),
    ],
    ids=lambda v: repr(v) if isinstance(v, nn.Module) else "",
)
def test_modules_are_their_functions(module: Any, function: Any) -> None:
    np.testing.assert_array_equal(np.asarray(module(X)), np.asarray(function(X)))


@pytest.mark.parametrize(
    ("module", "value"),
    [
        (nn.CrossEntropyLoss(), F.cross_entropy(X, LABELS)),
        (
            nn.CrossEntropyLoss([1.0, 2.0, 3.0], label_smoothing=0.1, reduction="sum"),
            F.cross_entropy(X, LABELS, np.array([1, 2, 3], "f"), label_smoothing=0.1, reduction="sum"),
        ),
        (nn.MultiClassHingeLoss(0.5), F.multiclass_hinge(X, LABELS, margin=0.5)),
    ],
)
def test_losses_over_labels(module: Any, value: Any) -> None:
    assert module(X, LABELS) == value


@pytest.mark.parametrize(
    ("kind", "function", "target"),
    [
        (nn.MSELoss, F.mse_loss, X[::-1]),
        (nn.BCEWithLogitsLoss, F.binary_cross_entropy_with_logits, X > 0),
        (nn.HingeLoss, F.hinge, np.sign(X)),
    ],
)
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_losses_over_targets(kind: Any, function: Any, target: Any, reduction: str) -> None:
    np.testing.assert_array_equal(
        kind(reduction=reduction)(X, target), function(X, target, reduction=reduction)
    )


def test_the_fused_layer_is_the_layer_and_the_activation() -> None:
    fused = nn.Linear(3, 5, activation="gelu")
    plain = nn.Linear(3, 5)
    plain.load_state_dict(fused.state_dict())
    np.testing.assert_allclose(fused(X), nn.GELU()(plain(X)), rtol=1e-6)


def test_linear_starts_within_its_bound_and_a_seed_repeats_it() -> None:
    tn.manual_seed(3)
    layer = nn.Linear(100, 50)
    bound = 1 / np.sqrt(100)
    for p in layer.parameters():
        assert 0.9 * bound < abs(p.data).max() <= bound
    tn.manual_seed(3)
    np.testing.assert_array_equal(nn.Linear(100, 50).weight, layer.weight)
    assert nn.Linear(2, 2, dtype="float64").bias.dtype == np.float64
    assert nn.Linear(2, 2, bias=False).bias is None


def test_maxout_layer() -> None:
    layer = nn.Maxout(3, 2, pieces=4)
    np.testing.assert_array_equal(layer(X), F.maxout(X, layer.weight, layer.bias))
    assert layer.num_parameters() == 4 * (3 + 1) * 2
    relu = nn.Maxout(3, 2)
    relu.weight.data[1] = 0
    relu.bias.data[1] = 0
    np.testing.assert_allclose(
        relu(X), F.linear(X, relu.weight.data[0], relu.bias.data[0], activation="relu"), rtol=1e-6
    )


def test_chance_belongs_to_training() -> None:
    for module in (nn.Dropout(0.5), nn.GaussianNoise(1.0)):
        assert (module(tn.ones(100)).data != 1).any()
        assert (module.eval()(tn.ones(100)).data == 1).all()
    own = nn.Dropout(0.5, generator=Generator(1))
    np.testing.assert_array_equal(own(tn.ones(50)), F.dropout(tn.ones(50), generator=Generator(1)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.Linear(0, 2), "in_features is 0; needed a positive integer"),
        (lambda: nn.Linear(2, 2.5), "out_features is 2.5"),  # type: ignore[arg-type]
        (lambda: nn.Linear(True, 2), "in_features is True"),
        (lambda: nn.Linear(2, 2, activation="none"), "Linear: activation is 'none'"),
        (lambda: nn.Maxout(2, 2, 257), "at most 256"),
        (lambda: nn.PReLU(0), "channels is 0"),
        (lambda: nn.ELU(0), "ELU: alpha is 0"),
        (lambda: nn.LeakyReLU(-1), "LeakyReLU: alpha is -1"),
        (lambda: nn.Dropout(2), "Dropout: p is 2"),
        (lambda: nn.GaussianNoise(-1), "GaussianNoise: std is -1"),
        (lambda: nn.MSELoss(reduction="max"), "MSELoss: reduction is 'max'"),
        (lambda: nn.CrossEntropyLoss(label_smoothing=2), "label_smoothing is 2"),
    ],
)
def test_options_are_checked_when_the_module_is_made(make: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        make()
