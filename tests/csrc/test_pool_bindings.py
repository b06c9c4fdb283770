"""The border of pooling and normalisation: whatever Python hands over, nothing is read out of bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

native = pytest.importorskip("tinynn._native", reason="tinynn was installed without a C++ compiler")

X = np.random.default_rng(0).normal(size=(2, 3, 5, 4)).astype("f4")
DY = np.ones((2, 3, 2, 2), "f4")
SIZES: dict[str, Any] = {"kernel": (2, 2), "stride": (2, 2), "padding": (0, 0)}
FORWARD = {**SIZES, "ceil_mode": False}
BACKWARD = {**SIZES, "size": (5, 4)}
HUGE = 2**62


@pytest.mark.parametrize("name", ["kernel", "stride", "padding"])
@pytest.mark.parametrize("value", [(-1, 2), (2, -1), (HUGE, 1), (1, HUGE), (2**31, 2**31), (-HUGE, -HUGE)])
def test_sizes_out_of_range_are_refused(name: str, value: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=r"^max_pool2d_forward: "):
        native.max_pool2d_forward(X, **{**FORWARD, name: value})
    with pytest.raises(ValueError, match=r"^avg_pool2d_forward: "):
        native.avg_pool2d_forward(X, **{**FORWARD, "ceil_mode": True, name: value}, count_include_pad=True)
    with pytest.raises(ValueError, match=r"^avg_pool2d_backward: "):
        native.avg_pool2d_backward(DY, **{**BACKWARD, name: value}, count_include_pad=True)


@pytest.mark.parametrize("value", [2, (2,), (2, 2, 2), (2.5, 2), None, ("2", 2), (2**70, 1)])
def test_what_is_no_pair_of_integers_is_refused(value: Any) -> None:
    for name in SIZES:
        with pytest.raises(TypeError):
            native.max_pool2d_forward(X, **{**FORWARD, name: value})
    with pytest.raises(TypeError):
        native.adaptive_max_pool2d_forward(X, size=value)


@pytest.mark.parametrize("size", [(0, 4), (5, -1), (HUGE, 4), (9, 4), (5, 2), (2, 4)])
def test_a_plane_that_dy_does_not_come_from_is_refused(size: tuple[int, int]) -> None:
    arg = np.zeros(DY.shape, np.uint8)
    with pytest.raises(ValueError, match=r"^max_pool2d_backward: "):
        native.max_pool2d_backward(DY, arg, **{**BACKWARD, "size": size})


@pytest.mark.parametrize("size", [(0, 1), (1, 0), (-1, 1), (HUGE, 1), (2**31, 2**31)])
def test_adaptive_sizes_out_of_range_are_refused(size: tuple[int, int]) -> None:
    for forward in (native.adaptive_max_pool2d_forward, native.adaptive_avg_pool2d_forward):
        with pytest.raises(ValueError, match=r"windows on a plane"):
            forward(X, size=size)
    with pytest.raises(ValueError, match=r"windows on a plane"):
        native.adaptive_avg_pool2d_backward(DY, size=size)


@pytest.mark.parametrize("channels", [1, 3, 20])
def test_a_place_that_is_none_receives_nothing(channels: int) -> None:
    """Every byte as a place, in windows that hang over all borders: only places of the window are written."""
    options = {"kernel": (3, 3), "stride": (1, 1), "padding": (1, 1), "size": (4, 4)}
    dy = np.ones((1, channels, 4, 4), "f4")
    inside = 0.0
    for place in range(256):
        dx = native.max_pool2d_backward(dy, np.full(dy.shape, place, np.uint8), **options)
        assert place < 9 or not dx.any(), place
        inside += float(dx.sum())
    assert inside == channels * 10**2  # of 4 windows of 3 places, 10 places are no padding, each way
    wide = {"kernel": (17, 17), "stride": (1, 1), "padding": (8, 8), "size": (4, 4)}
    for place in (-(2**31), -1, 289, 2**31 - 1):
        assert not native.max_pool2d_backward(dy, np.full(dy.shape, place, np.int32), **wide).any(), place


def test_arg_of_another_dtype_or_shape_is_refused() -> None:
    for arg in (np.zeros(DY.shape, np.int64), np.zeros(DY.shape, np.int32), DY, None):
        with pytest.raises(TypeError, match=r"^max_pool2d_backward: arg"):
            native.max_pool2d_backward(DY, arg, **BACKWARD)
    with pytest.raises(ValueError, match=r"^max_pool2d_backward: arg"):
        native.max_pool2d_backward(DY, np.zeros((2, 3, 2, 1), np.uint8), **BACKWARD)


def test_running_statistics_are_moved_where_they_lie_or_not_at_all() -> None:
    x = np.random.default_rng(1).normal(size=(4, 3, 2)).astype("f4")
    options = {"training": True, "momentum": 0.5, "eps": 0.1}
    mean, var = np.zeros(3, "f4"), np.ones(3, "f4")
    frozen = np.ones(3, "f4")
    frozen.flags.writeable = False
    for bad in (frozen, np.ones(6, "f4")[::2], np.ones(4, "f4"), mean[None]):
        with pytest.raises(ValueError, match=r"^batch_norm_forward: var"):
            native.batch_norm_forward(x, None, None, mean, bad, **options)
    for bad in (np.ones(3), [1.0, 1.0, 1.0]):
        with pytest.raises(TypeError, match=r"^batch_norm_forward: var"):
            native.batch_norm_forward(x, None, None, mean, bad, **options)
    with pytest.raises(ValueError, match=r"shares memory"):
        native.batch_norm_forward(x, None, None, mean, mean, **options)
    with pytest.raises(ValueError, match=r"shares memory"):
        native.batch_norm_forward(x, mean, None, mean, var, **options)
    for pair in ((mean, None), (None, var)):
        with pytest.raises(ValueError, match=r"needed both mean and var"):
            native.batch_norm_forward(x, None, None, *pair, **options)
    with pytest.raises(ValueError, match=r"needed both mean and var"):
        native.batch_norm_forward(x, None, None, None, None, **{**options, "training": False})
    assert not mean.any()
    native.batch_norm_forward(x, None, None, mean, frozen, **{**options, "training": False})
    assert not mean.any()


def test_dx_is_written_in_the_layout_of_x_alone() -> None:
    x = np.ones((4, 3, 2), "f4")
    last = np.ascontiguousarray(x.transpose(0, 2, 1)).transpose(0, 2, 1)
    dy, saved = np.ones((4, 3, 2), "f4"), np.ones(3, "f4")
    for mine, other in ((x, last), (last, x)):
        out = (np.full_like(mine, np.nan), None, None)
        dx, _, _ = native.batch_norm_backward(dy, mine, None, saved, saved, training=False, out=out)
        assert dx is out[0]
        np.testing.assert_array_equal(dx, dy)
        with pytest.raises(ValueError, match=r"dx is written in place"):
            native.batch_norm_backward(
                dy, mine, None, saved, saved, training=False, out=(np.full_like(other, np.nan), None, None)
            )
