"""Initialisers: the variances of their papers. Clipping: the norm, and nothing below it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import nn
from tinynn.errors import ArgumentError, DtypeError, NonFiniteError, ShapeError
from tinynn.nn import init
from tinynn.random import Generator

OUT, IN = 300, 200
UNIFORM = {
    "lecun_uniform_": 1 / IN,
    "xavier_uniform_": 2 / (IN + OUT),
    "kaiming_uniform_": 2 / IN,
    "uniform_": 1 / 12,
}
NORMAL = {
    "lecun_normal_": 1 / IN,
    "xavier_normal_": 2 / (IN + OUT),
    "kaiming_normal_": 2 / IN,
    "normal_": 1.0,
}


@pytest.mark.parametrize(("name", "variance"), [*UNIFORM.items(), *NORMAL.items()])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_variances(name: str, variance: float, dtype: str) -> None:
    w = nn.Parameter(np.zeros((OUT, IN), dtype))
    storage = w.numpy()
    assert getattr(init, name)(w, generator=Generator(1)) is w
    assert w.numpy() is storage
    mean = 0.5 if name == "uniform_" else 0.0
    kurtosis = 1.8 if name in UNIFORM else 3.0
    z = (storage.astype("float64") - mean) / math.sqrt(variance)
    n = z.size
    assert abs(z.mean()) < 5 / math.sqrt(n)
    assert abs((z**2).mean() - 1) < 5 * math.sqrt((kurtosis - 1) / n)
    assert abs((z**4).mean() - kurtosis) < 0.15
    if name in UNIFORM:
        assert abs(z).max() <= math.sqrt(3) * (1 + 1e-6)


def test_a_seed_repeats_and_the_default_generator_moves_on() -> None:
    a, b = tn.zeros(4, 4), tn.zeros(4, 4)
    tn.manual_seed(5)
    init.normal_(a)
    init.normal_(b)
    assert not np.isin(a, b).any()
    tn.manual_seed(5)
    np.testing.assert_array_equal(init.normal_(b), a)


def test_fans_of_a_convolution_kernel_count_its_places() -> None:
    assert init.fans("f", tn.zeros(8, 4, 3, 5)) == (60, 120)
    w = init.kaiming_normal_(tn.zeros(64, 32, 3, 3), nonlinearity="relu", generator=Generator(0))
    assert abs(w.data.std() - math.sqrt(2 / 288)) < 0.001
    w = init.kaiming_normal_(tn.zeros(64, 32, 3, 3), mode="fan_out", generator=Generator(0))
    assert abs(w.data.std() - math.sqrt(2 / 576)) < 0.001


def test_gains() -> None:
    assert init.calculate_gain("relu") == math.sqrt(2)
    assert init.calculate_gain("tanh") == 5 / 3
    assert init.calculate_gain("leaky_relu", 1.0) == 1
    assert init.calculate_gain("linear") == init.calculate_gain("sigmoid") == 1
    a = init.xavier_uniform_(tn.zeros(9, 9), gain=3.0, generator=Generator(0))
    b = init.xavier_uniform_(tn.zeros(9, 9), generator=Generator(0))
    np.testing.assert_allclose(a, 3 * b.data, rtol=1e-6)


@pytest.mark.parametrize("shape", [(5, 5), (3, 7), (7, 3), (4, 2, 3)])
def test_orthogonal(shape: Any) -> None:
    w = init.orthogonal_(tn.zeros(shape, dtype="float64"), gain=2.0).numpy().reshape(shape[0], -1)
    gram = w @ w.T if w.shape[0] <= w.shape[1] else w.T @ w
    np.testing.assert_allclose(gram, 4 * np.eye(len(gram)), atol=1e-12)


def test_orthogonal_matrices_are_drawn_evenly() -> None:
    """Without the signs of R's diagonal, Q's diagonal would be mostly negative."""
    g = Generator(0)
    corner = [init.orthogonal_(tn.zeros(2, 2), generator=g).numpy()[0, 0] for _ in range(400)]
    assert abs(np.mean(corner)) < 5 * math.sqrt(0.5 / 400)


def test_constants() -> None:
    assert init.constant_(tn.zeros(2), 3).tolist() == [3, 3]
    assert init.ones_(tn.zeros(2)).tolist() == [1, 1]
    assert init.zeros_(tn.ones(2)).tolist() == [0, 0]
    assert init.glorot_uniform_ is init.xavier_uniform_
    assert init.he_normal_ is init.kaiming_normal_


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: init.xavier_normal_(tn.zeros(3)), ShapeError, r"xavier_normal_: the tensor is \(3,\)"),
        (lambda: init.kaiming_uniform_(tn.zeros(3, 0)), ShapeError, "none of them 0"),
        (lambda: init.kaiming_uniform_(tn.zeros(3, 3), mode="fan"), ArgumentError, "mode is 'fan'"),
        (lambda: init.kaiming_normal_(tn.zeros(3, 3), nonlinearity="swish"), ArgumentError, "'swish'"),
        (lambda: init.normal_(tn.tensor([1, 2])), DtypeError, "got int64; needed a tensor of floats"),
        (lambda: init.uniform_(nn.Linear(2, 2)), DtypeError, "got Linear; .* try layer.weight"),
        (lambda: init.normal_(tn.zeros(2), std=-1), ArgumentError, "std is -1"),
        (lambda: init.zeros_(tn.Tensor(np.broadcast_to(1.0, 3))), ArgumentError, "read-only"),
        (lambda: init.ones_(2 * tn.ones(2, requires_grad=True)), ArgumentError, "made by an op; try .clone"),
    ],
)
def test_errors(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


# ---- clipping ----------------------------------------------------------------------------------------


def parameters(*gradients: Any) -> list[tn.Tensor]:
    made = []
    for g in gradients:
        p = nn.Parameter(np.zeros_like(g))
        p.grad = tn.tensor(g)
        made.append(p)
    return made


def test_long_gradients_are_scaled_by_one_factor() -> None:
    a, b = np.array([[3.0, 0.0], [0.0, 4.0]]), np.array([12.0])
    ps = [*parameters(a, b), nn.Parameter([1.0])]
    norm = nn.utils.clip_grad_norm_(ps, 6.5)
    assert norm == pytest.approx(13)
    np.testing.assert_allclose(ps[0].grad, a / 2, rtol=1e-6)
    np.testing.assert_allclose(ps[1].grad, b / 2, rtol=1e-6)
    assert ps[2].grad is None


def test_short_gradients_stay_as_they_are_bit_for_bit() -> None:
    g = np.random.default_rng(0).standard_normal((3, 3)).astype("float32")
    p = parameters(g)[0]
    assert nn.utils.clip_grad_norm_(p, 1e3) == pytest.approx(np.linalg.norm(g))
    np.testing.assert_array_equal(p.grad, g)
    assert nn.utils.clip_grad_norm_([], 1.0) == 0


def test_dtypes_may_differ() -> None:
    ps = parameters(np.array([3.0], "float32"), np.array([4.0]))
    assert nn.utils.clip_grad_norm_(ps, 1.0) == pytest.approx(5)
    assert [p.grad.dtype for p in ps] == ["float32", "float64"]
    np.testing.assert_allclose([p.grad.item() for p in ps], [0.6, 0.8], rtol=1e-5)


def test_a_norm_that_is_not_finite() -> None:
    ps = parameters(np.array([np.inf, 1.0]))
    with pytest.raises(NonFiniteError, match="norm of the gradients is inf"):
        nn.utils.clip_grad_norm_(ps, 1.0, error_if_nonfinite=True)
    assert nn.utils.clip_grad_norm_(ps, 1.0) == np.inf


def test_clip_by_value() -> None:
    p = parameters(np.array([-5.0, 0.5, 5.0]))[0]
    nn.utils.clip_grad_value_([p], 1.0)
    assert p.grad.tolist() == [-1, 0.5, 1]


@pytest.mark.parametrize("bad", [0, -1.0, np.nan, "1", None])
def test_bounds_are_positive(bad: Any) -> None:
    for clip in (nn.utils.clip_grad_norm_, nn.utils.clip_grad_value_):
        with pytest.raises(ArgumentError):
            clip([], bad)
    with pytest.raises(ArgumentError, match="needed tensors"):
        nn.utils.clip_grad_norm_([np.ones(2)], 1.0)  # type: ignore[list-item]
