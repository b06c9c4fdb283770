"""Layers that pool and normalise: what they compute, what they keep, and what a checkpoint brings back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinynn as tn
from tinynn import data, nn, optim
from tinynn import functional as F

RNG = np.random.default_rng(0)
LINE, PLANE = RNG.normal(size=(3, 4, 9)).astype("f4"), RNG.normal(size=(3, 4, 9, 8)).astype("f4")

LAYERS: list[tuple[nn.Module, Any, Any]] = [
    (nn.MaxPool1d(3, 2, 1, True), LINE, lambda x: F.max_pool1d(x, 3, 2, 1, True)),
    (nn.MaxPool2d(3, 2, 1, True), PLANE, lambda x: F.max_pool2d(x, 3, 2, 1, True)),
    (nn.AvgPool1d(3, 2, 1, True, False), LINE, lambda x: F.avg_pool1d(x, 3, 2, 1, True, False)),
    (
        nn.AvgPool2d((3, 2), count_include_pad=False),
        PLANE,
        lambda x: F.avg_pool2d(x, (3, 2), None, 0, False, False),
    ),
    (nn.AdaptiveMaxPool1d(4), LINE, lambda x: F.adaptive_max_pool1d(x, 4)),
    (nn.AdaptiveMaxPool2d((4, None)), PLANE, lambda x: F.adaptive_max_pool2d(x, (4, 8))),
    (nn.AdaptiveAvgPool1d(4), LINE, lambda x: F.adaptive_avg_pool1d(x, 4)),
    (nn.AdaptiveAvgPool2d(4), PLANE, lambda x: F.adaptive_avg_pool2d(x, (4, 4))),
    (nn.GlobalMaxPool1d(), LINE, lambda x: x.max(axis=2)),
    (nn.GlobalMaxPool2d(), PLANE, lambda x: x.max(axis=(2, 3))),
    (nn.GlobalAvgPool1d(), LINE, F.global_avg_pool),
    (nn.GlobalAvgPool2d(), PLANE, F.global_avg_pool),
    (nn.LayerNorm((9, 8)), PLANE, lambda x: F.layer_norm(x, (9, 8))),
    (nn.LayerNorm(9, elementwise_affine=False), LINE, lambda x: F.layer_norm(x, 9)),
    (nn.BatchNorm1d(4, affine=False), LINE, lambda x: F.batch_norm(x, training=True)),
    (nn.BatchNorm2d(4), PLANE, lambda x: F.batch_norm(x, training=True)),
]


@pytest.mark.parametrize(("layer", "x", "function"), LAYERS, ids=lambda v: type(v).__name__)
def test_a_layer_is_its_function(layer: nn.Module, x: Any, function: Any) -> None:
    np.testing.assert_array_equal(np.asarray(layer(tn.Tensor(x)).data), np.asarray(function(x)))
    assert type(layer).__name__ in repr(layer)


def test_places_are_kept_in_bytes_where_they_suffice() -> None:
    x = RNG.normal(size=(1, 2, 20, 20)).astype("f4")
    options: dict[str, Any] = {"stride": (1, 1), "padding": (0, 0), "ceil_mode": False}
    for backend in tn.backends.available_backends():
        with tn.use_backend(backend):
            for kernel, dtype in (((16, 16), "uint8"), ((16, 17), "int32")):
                y, arg = tn.backends.kernels.max_pool2d_forward(x, kernel=kernel, **options)
                assert arg.dtype == dtype, (backend, kernel)
                row, column = np.divmod(arg[..., 1, 2], kernel[1])
                np.testing.assert_array_equal(x[0, [0, 1], 1 + row[0], 2 + column[0]], y[0, :, 1, 2])


@pytest.mark.parametrize(
    "layer", [nn.MaxPool2d(2), nn.AvgPool2d(3, 2, 1), nn.AdaptiveAvgPool2d(3), nn.BatchNorm2d(4)]
)
def test_images_stay_channels_last(layer: nn.Module) -> None:
    if tn.backends.current_backend() != "native":
        pytest.skip("the other rungs do what is readable")
    y = layer(tn.Tensor(np.ascontiguousarray(PLANE.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)))
    assert y.data.transpose(0, 2, 3, 1).flags.c_contiguous
    np.testing.assert_allclose(y.data, type(layer)(**_arguments(layer))(PLANE).data, rtol=1e-5, atol=1e-6)


def _arguments(layer: nn.Module) -> dict[str, Any]:
    names = ("kernel_size", "stride", "padding", "output_size", "num_features")
    return {name: vars(layer)[name] for name in names if name in vars(layer)}


@pytest.mark.parametrize("backend", ["numpy", "cython", "native"])
def test_float32_is_accurate_far_from_zero(backend: str) -> None:
    """A mean of 1e4 beside a spread of 1: the difference of mean squares would have no digit left."""
    if backend not in tn.backends.available_backends():
        pytest.skip(f"{backend} was not built")
    x = (1e4 + RNG.normal(size=(64, 3, 5, 5))).astype("f4")
    with tn.use_backend(backend):
        for images in (x, np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)):
            got = np.asarray(F.batch_norm(images, training=True))
            want = np.asarray(F.batch_norm(images.astype("f8"), training=True))
            np.testing.assert_allclose(got, want, rtol=0, atol=4e-6)
        rows = x.reshape(64, 75)
        want = np.asarray(F.layer_norm(rows.astype("f8"), 75))
        np.testing.assert_allclose(np.asarray(F.layer_norm(rows, 75)), want, rtol=0, atol=4e-6)


@pytest.mark.parametrize("momentum", [0.1, 0.5, None])
def test_running_statistics_follow_the_batches(momentum: float | None) -> None:
    layer = nn.BatchNorm1d(2, momentum=momentum)
    mean, var = np.zeros(2), np.ones(2)
    for step in range(1, 5):
        x = RNG.normal(3, 2, (7, 2)).astype("f4")
        layer(x)
        m = 1 / step if momentum is None else momentum
        mean, var = (1 - m) * mean + m * x.mean(0), (1 - m) * var + m * x.var(0, ddof=1)
    np.testing.assert_allclose(layer.running_mean, mean, rtol=1e-5)
    np.testing.assert_allclose(layer.running_var, var, rtol=1e-5)
    assert int(layer.num_batches_tracked) == 4
    layer.eval()
    y = layer(x).data
    assert int(layer.num_batches_tracked) == 4
    np.testing.assert_allclose(y, (x - mean) / np.sqrt(var + 1e-5), rtol=1e-4, atol=1e-5)


def test_evaluation_takes_one_example_at_a_time() -> None:
    layer = nn.BatchNorm2d(4)
    layer(PLANE)
    layer.eval()
    np.testing.assert_array_equal(layer(PLANE).data[:1], layer(PLANE[:1]).data)
    untracked = nn.BatchNorm2d(4, track_running_stats=False).eval()
    assert set(untracked.state_dict()) == {"weight", "bias"}
    np.testing.assert_array_equal(untracked(PLANE).data, F.batch_norm(PLANE, training=True))


def test_buffers_are_saved_and_change_their_precision() -> None:
    layer = nn.BatchNorm1d(3)
    assert set(layer.state_dict()) == {"weight", "bias", "running_mean", "running_var", "num_batches_tracked"}
    assert [name for name, _ in layer.named_parameters()] == ["weight", "bias"]
    layer.double()
    layer(RNG.normal(size=(4, 3)))
    assert (layer.running_mean.dtype, layer.num_batches_tracked.dtype) == (np.float64, np.int64)
    other = nn.BatchNorm1d(3).double()
    other.load_state_dict(layer.state_dict())
    np.testing.assert_array_equal(other.running_var, layer.running_var)
    assert other.running_var is not layer.running_var


@pytest.mark.parametrize("momentum", [0.1, None])
def test_a_resumed_run_brings_the_running_statistics_back(tmp_path: Path, momentum: float | None) -> None:
    points = data.spirals(60, arms=3, noise=0.05, seed=0)

    def trained(seed: int, **options: Any) -> dict[str, Any]:
        tn.manual_seed(seed)
        model = nn.Sequential(
            nn.Linear(2, 16),
            nn.BatchNorm1d(16, momentum=momentum),
            nn.ReLU(),
            nn.LayerNorm(16),
            nn.Linear(16, 3),
        )
        options = {"epochs": 4, "batch_size": 32, "validation": points} | options
        options["compile"] = None if momentum else False  # a mean over all weighs each anew
        history = tn.fit(model, points, loss=F.cross_entropy, optimizer=optim.Adam(lr=0.01), **options)
        return {**{n: a.copy() for n, a in model.state_dict().items()}, "loss": history["loss"]}

    whole = trained(3)
    trained(3, epochs=2, checkpoint=tmp_path / "c")
    resumed = trained(99, resume=tmp_path / "c")
    assert int(whole["1.num_batches_tracked"]) > 0
    for name, array in whole.items():
        np.testing.assert_array_equal(resumed[name], array, err_msg=name)


def test_any_number_of_threads_gives_the_same_bits() -> None:
    if tn.backends.current_backend() != "native":
        pytest.skip("only native has threads")
    images = RNG.normal(size=(40, 24, 17, 17)).astype("f4")
    last = np.ascontiguousarray(images.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)

    def everything(threads: int) -> list[bytes]:
        tn.set_num_threads(threads)
        found = []
        for array in (images, last):
            x = tn.Tensor(array, requires_grad=True)
            norm = nn.BatchNorm2d(24)
            y = F.avg_pool2d(F.max_pool2d(norm(x), 3, 2, 1), 2)
            y = F.layer_norm(F.flatten(y, 1), y.size // 40)
            F.sum(y * y * y).backward()
            found += [y.data.tobytes(), x.grad.data.tobytes(), norm.weight.grad.data.tobytes()]
            found += [norm.running_var.tobytes()]
        return found

    before = tn.get_num_threads()
    try:
        assert all(everything(1) == everything(threads) for threads in (2, 3, 4))
    finally:
        tn.set_num_threads(before)


def test_a_small_net_learns_on_every_rung() -> None:
    """Pooling and normalisation in one net: the loss falls by half, alike on all rungs."""
    x = RNG.normal(size=(24, 3, 8, 8)).astype("f4")
    labels = (x[:, 0].max(axis=(1, 2)) > x[:, 1].max(axis=(1, 2))).astype(np.int64)
    losses = {}
    for backend in tn.backends.available_backends():
        tn.manual_seed(0)
        model = nn.Sequential(
            nn.BatchNorm2d(3),
            nn.MaxPool2d(2),
            nn.AvgPool2d(2),
            nn.Flatten(),
            nn.LayerNorm(12),
            nn.Linear(12, 2),
        )
        optimizer = optim.SGD(model.parameters(), lr=0.1)
        with tn.use_backend(backend):
            for _ in range(80):
                loss = F.cross_entropy(model(x), labels)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                losses.setdefault(backend, []).append(loss.item())
    for series in losses.values():
        assert series[-1] < series[0] / 2
        np.testing.assert_allclose(series, losses["numpy"], rtol=1e-3)
