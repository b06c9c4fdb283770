"""Bad input to pooling and normalisation, functions and layers. Each is refused before a kernel runs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import numpy as np

import tinynn as tn
from tinynn import functional as F
from tinynn import nn
from tinynn.errors import ArgumentError, DtypeError, ShapeError

from .rows import NAN, Row, assert_refused, each_row, ones

LINE, PLANE = ones(2, 3, 7), ones(2, 3, 5, 4)
C = ones(3)

# fmt: off
POOL: list[Row] = [
    (ShapeError, "max_pool2d: x is (2, 3, 7); needed (n, c, h, w)", lambda: F.max_pool2d(LINE, 2)),
    (ShapeError, "max_pool1d: x is (2, 3, 5, 4); needed (n, c, l)", lambda: F.max_pool1d(PLANE, 2)),
    (ShapeError, "max_pool2d: x is (3, 5, 4); needed (n, c, h, w); try x[None] for a single one", lambda: F.max_pool2d(PLANE[0], 2)),
    (ShapeError, "avg_pool2d: x is (2, 3, 0, 4); there is nothing to pool", lambda: F.avg_pool2d(PLANE[:, :, :0], 1)),
    (ShapeError, "max_pool2d: a window of (6, 6) does not fit on (5, 4) with padding (0, 0)", lambda: F.max_pool2d(PLANE, 6)),
    (ShapeError, "max_pool1d: a window of (10,) does not fit on (7,) with padding (1,)", lambda: F.max_pool1d(LINE, 10, padding=1)),
    (ShapeError, "avg_pool2d: a window of (7, 2) does not fit on (5, 4)", lambda: F.avg_pool2d(PLANE, (7, 2), 1, ceil_mode=True)),
    (ArgumentError, "max_pool2d: kernel_size is 0; needed an integer >= 1 or a tuple of 2", lambda: F.max_pool2d(PLANE, 0)),
    (ArgumentError, "max_pool2d: kernel_size is (2, 2, 2); needed", lambda: F.max_pool2d(PLANE, (2, 2, 2))),
    (ArgumentError, "max_pool1d: kernel_size is (2, 2); needed an integer >= 1", lambda: F.max_pool1d(LINE, (2, 2))),
    (ArgumentError, "max_pool2d: kernel_size is 2.0; needed an integer", lambda: F.max_pool2d(PLANE, 2.0)),
    (ArgumentError, "max_pool2d: kernel_size is True; needed an integer", lambda: F.max_pool2d(PLANE, True)),
    (ArgumentError, "max_pool2d: kernel_size is None; needed an integer", lambda: F.max_pool2d(PLANE, None)),
    (ArgumentError, "max_pool2d: kernel_size is '2'; needed an integer", lambda: F.max_pool2d(PLANE, "2")),
    (ArgumentError, "needed at most 2147483647 places in a window", lambda: F.max_pool2d(PLANE, (65536, 65536))),
    (ArgumentError, "max_pool2d: kernel_size is 4611686018427387904; needed", lambda: F.max_pool2d(PLANE, 2**62)),
    (ArgumentError, "max_pool2d: stride is 0; needed an integer >= 1", lambda: F.max_pool2d(PLANE, 2, 0)),
    (ArgumentError, "max_pool2d: stride is (1, -1); needed", lambda: F.max_pool2d(PLANE, 2, (1, -1))),
    (ArgumentError, "max_pool2d: padding is -1; needed an integer >= 0", lambda: F.max_pool2d(PLANE, 2, padding=-1)),
    (ArgumentError, "max_pool2d: padding is 2 but kernel_size is 3; needed at most half", lambda: F.max_pool2d(PLANE, 3, padding=2)),
    (ArgumentError, "avg_pool1d: padding is 1 but kernel_size is 1; needed at most half", lambda: F.avg_pool1d(LINE, 1, padding=1)),
    (ArgumentError, "max_pool2d: ceil_mode is 1; needed True or False", lambda: F.max_pool2d(PLANE, 2, ceil_mode=1)),
    (ArgumentError, "avg_pool2d: count_include_pad is 'no'; needed True or False", lambda: F.avg_pool2d(PLANE, 2, count_include_pad="no")),
    (DtypeError, "max_pool2d: x is int64; needed float32 or float64", lambda: F.max_pool2d(PLANE.astype(int), 2)),
    (DtypeError, "max_pool2d: x is NoneType; needed an array or a Tensor", lambda: F.max_pool2d(None, 2)),
    (ArgumentError, "adaptive_avg_pool2d: output_size is 0; needed an integer >= 1", lambda: F.adaptive_avg_pool2d(PLANE, 0)),
    (ArgumentError, "adaptive_max_pool2d: output_size is (2,); needed", lambda: F.adaptive_max_pool2d(PLANE, (2,))),
    (ArgumentError, "adaptive_max_pool1d: output_size is None; needed an integer", lambda: F.adaptive_max_pool1d(LINE, None)),
    (ShapeError, "adaptive_avg_pool1d: x is (2, 3, 5, 4); needed (n, c, l)", lambda: F.adaptive_avg_pool1d(PLANE, 2)),
    (ShapeError, "global_max_pool: x is (2, 3); needed (n, c, ...)", lambda: F.global_max_pool(ones(2, 3))),
    (ShapeError, "global_avg_pool: x is (2, 3, 0); needed (n, c, ...)", lambda: F.global_avg_pool(LINE[:, :, :0])),
    (ArgumentError, "MaxPool2d: padding is 2 but kernel_size is 2", lambda: nn.MaxPool2d(2, padding=2)),
    (ArgumentError, "AvgPool1d: stride is -1; needed", lambda: nn.AvgPool1d(2, -1)),
    (ArgumentError, "AvgPool2d: count_include_pad is None", lambda: nn.AvgPool2d(2, count_include_pad=None)),
    (ArgumentError, "AdaptiveAvgPool2d: output_size is -1; needed", lambda: nn.AdaptiveAvgPool2d(-1)),
    (ShapeError, "GlobalMaxPool2d: x is (2, 3, 7); needed (n, c, h, w)", lambda: nn.GlobalMaxPool2d()(LINE)),
    (ShapeError, "GlobalAvgPool1d: x is (2, 3, 5, 4); needed (n, c, l)", lambda: nn.GlobalAvgPool1d()(PLANE)),
]

NORM: list[Row] = [
    (ShapeError, "batch_norm: x is (3,); needed (n, c) or (n, c, ...)", lambda: F.batch_norm(C, training=True)),
    (ShapeError, "batch_norm: x is (1, 3), 1 numbers per channel; training needed at least 2", lambda: F.batch_norm(ones(1, 3), training=True)),
    (ShapeError, "batch_norm: x is (0, 3, 7), 0 numbers per channel", lambda: F.batch_norm(LINE[:0], training=True)),
    (ShapeError, "batch_norm: weight is (2,); needed (3,), one per channel", lambda: F.batch_norm(LINE, None, None, ones(2), training=True)),
    (ShapeError, "batch_norm: running_mean is (7,); needed (3,)", lambda: F.batch_norm(LINE, ones(7), ones(7))),
    (ShapeError, "batch_norm: bias is (3, 1); needed (3,)", lambda: F.batch_norm(LINE, C, C, C, ones(3, 1))),
    (ArgumentError, "batch_norm: running_mean is None; needed both running statistics unless training=True", lambda: F.batch_norm(LINE)),
    (ArgumentError, "batch_norm: got one of running_mean and running_var; needed both or neither", lambda: F.batch_norm(LINE, C, training=True)),
    (ArgumentError, "batch_norm: running_mean and running_var share memory", lambda: F.batch_norm(LINE, C, C, training=True)),
    (ArgumentError, "batch_norm: running_var is updated in place; needed it writeable", lambda: F.batch_norm(LINE, ones(3), np.broadcast_to(np.float32(1), 3), training=True)),
    (ArgumentError, "batch_norm: eps is 0; needed a finite number greater than 0", lambda: F.batch_norm(LINE, C, C, eps=0)),
    (ArgumentError, "batch_norm: eps is nan; needed a number", lambda: F.batch_norm(LINE, C, C, eps=NAN)),
    (ArgumentError, "batch_norm: momentum is 1.5; needed a number in 0..1", lambda: F.batch_norm(LINE, C, C, momentum=1.5)),
    (ArgumentError, "batch_norm: training is None; needed True or False", lambda: F.batch_norm(LINE, C, C, training=None)),
    (DtypeError, "batch_norm: x is float32 but weight is float64; needed one dtype", lambda: F.batch_norm(LINE, C, C, np.ones(3))),
    (DtypeError, "batch_norm: x is int64; needed float32 or float64", lambda: F.batch_norm(LINE.astype(int), C, C)),
    (ShapeError, "layer_norm: x is (2, 3, 7) but normalized_shape is (3,); the last axes differ", lambda: F.layer_norm(LINE, 3)),
    (ShapeError, "layer_norm: x is (3,) but normalized_shape is (1, 3)", lambda: F.layer_norm(C, (1, 3))),
    (ShapeError, "layer_norm: weight is (3,); needed (7,), normalized_shape", lambda: F.layer_norm(LINE, 7, C)),
    (ArgumentError, "layer_norm: normalized_shape is 0; needed an integer >= 1 or a tuple", lambda: F.layer_norm(LINE, 0)),
    (ArgumentError, "layer_norm: normalized_shape is (); needed", lambda: F.layer_norm(LINE, ())),
    (ArgumentError, "layer_norm: eps is -1; needed a number", lambda: F.layer_norm(LINE, 7, eps=-1)),
    (DtypeError, "layer_norm: x is NoneType; needed an array or a Tensor", lambda: F.layer_norm(None, 7)),
    (ArgumentError, "BatchNorm1d: num_features is 0; needed a positive integer", lambda: nn.BatchNorm1d(0)),
    (ArgumentError, "BatchNorm2d: num_features is 2.5; needed a positive integer", lambda: nn.BatchNorm2d(2.5)),
    (ArgumentError, "BatchNorm2d: eps is 0; needed", lambda: nn.BatchNorm2d(3, eps=0)),
    (ArgumentError, "BatchNorm2d: momentum is -0.1; needed", lambda: nn.BatchNorm2d(3, momentum=-0.1)),
    (ShapeError, "BatchNorm2d: x is (2, 3, 7); needed (n, 3, h, w)", lambda: nn.BatchNorm2d(3)(LINE)),
    (ShapeError, "BatchNorm1d: x is (2, 3, 5, 4); needed (n, 3) or (n, 3, l)", lambda: nn.BatchNorm1d(3)(PLANE)),
    (ShapeError, "BatchNorm1d: x is (2, 3, 7); needed (n, 4) or (n, 4, l)", lambda: nn.BatchNorm1d(4)(LINE)),
    (ArgumentError, "LayerNorm: normalized_shape is -1; needed", lambda: nn.LayerNorm(-1)),
    (ArgumentError, "LayerNorm: eps is inf; needed a finite number", lambda: nn.LayerNorm(3, eps=float("inf"))),
]
# fmt: on


@each_row(POOL + NORM)
def test_it_is_refused(error: type[Exception], message: str, call: Callable[[], Any]) -> None:
    def never(*arrays: Any, **options: Any) -> Any:
        raise AssertionError("a kernel ran on input that is refused")

    names = (
        "max_pool2d",
        "avg_pool2d",
        "adaptive_max_pool2d",
        "adaptive_avg_pool2d",
        "batch_norm",
        "layer_norm",
    )
    with ExitStack() as stack:
        for name in (*(f"{name}_forward" for name in names), "reduce_max", "reduce_sum"):
            stack.enter_context(tn.use_kernel(name, never))
        assert_refused(error, message, call)


def test_a_batch_that_is_refused_leaves_the_running_statistics_alone() -> None:
    layer = nn.BatchNorm1d(3)
    before = {name: array.copy() for name, array in layer.state_dict().items()}
    assert_refused(ShapeError, "training needed at least 2", lambda: layer(ones(1, 3)))
    assert all(np.array_equal(before[name], array) for name, array in layer.state_dict().items())
