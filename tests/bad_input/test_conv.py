"""Bad input to convolution and its layers: refused by name before a kernel runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tinynn as tn
from tinynn import functional as F
from tinynn import nn
from tinynn.errors import ArgumentError, DtypeError, ShapeError

from .rows import NAN, Row, assert_refused, each_row, ones

X, W, B = ones(2, 3, 6, 5), ones(4, 3, 3, 2), ones(4)  # 2 images of 3 channels, 4 kernels
LINE, FILTER = ones(2, 3, 6), ones(4, 3, 3)
BACK = ones(2, 4, 6, 5)  # what W leads back from

# fmt: off
SHAPES: list[Row] = [
    (ShapeError, "conv2d: x has 3 channels but w expects 4 (w is (8, 4, 3, 3))", lambda: F.conv2d(X, ones(8, 4, 3, 3))),
    (ShapeError, "x has 4 channels but w expects 2 (w is (8, 2, 3, 3)); did you mean groups=2?", lambda: F.conv2d(BACK, ones(8, 2, 3, 3))),
    (ShapeError, "conv2d: x has 3 channels but w expects 6 (w is (4, 3, 3, 2), groups is 2)", lambda: F.conv2d(X, W, groups=2)),
    (ShapeError, "conv2d: x is (3, 6, 5); needed (n, c, h, w); try x[None] for a single one", lambda: F.conv2d(X[0], W)),
    (ShapeError, "conv2d: x is (6, 5); needed (n, c, h, w)", lambda: F.conv2d(X[0, 0], W)),
    (ShapeError, "conv2d: x is (1, 2, 3, 6, 5); needed (n, c, h, w)", lambda: F.conv2d(X[None], W)),
    (ShapeError, "conv1d: x is (2, 3, 6, 5); needed (n, c, l)", lambda: F.conv1d(X, FILTER)),
    (ShapeError, "conv1d: x is (3, 6); needed (n, c, l); try x[None]", lambda: F.conv1d(LINE[0], FILTER)),
    (ShapeError, "conv2d: w is (4, 3, 3); needed (o, c / groups, kh, kw)", lambda: F.conv2d(X, FILTER)),
    (ShapeError, "conv1d: w is (4, 3, 3, 2); needed (o, c / groups, k)", lambda: F.conv1d(LINE, W)),
    (ShapeError, "w is (4, 3, 0, 2); needed (o, c / groups, kh, kw) with a kernel of at least one place", lambda: F.conv2d(X, ones(4, 3, 0, 2))),
    (ShapeError, "conv2d: b is (3,); needed (4,), one per output channel", lambda: F.conv2d(X, W, ones(3))),
    (ShapeError, "conv2d: b is (4, 1); needed (4,)", lambda: F.conv2d(X, W, ones(4, 1))),
    (ShapeError, "conv2d: the kernel is (7, 2), but the input with its padding is (6, 5)", lambda: F.conv2d(X, ones(4, 3, 7, 2))),
    (ShapeError, "conv2d: the kernel is (3, 2), (3, 6) with its dilation, but the input with its padding is (6, 5)", lambda: F.conv2d(X, W, dilation=(1, 5))),
    (ShapeError, "conv1d: the kernel is (3,), but the input with its padding is (2,); needed a kernel that fits in; try padding", lambda: F.conv1d(LINE[..., :2], FILTER)),
    (ShapeError, "conv1d: the kernel is (3,), but the input with its padding is (0,)", lambda: F.conv1d(LINE[..., :0], FILTER)),
    (ShapeError, "conv2d: slope is None; prelu needed (1,) or (4,)", lambda: F.conv2d(X, W, B, activation="prelu")),
    (ShapeError, "conv2d: slope is (3,); prelu needed (1,) or (4,)", lambda: F.conv2d(X, W, B, ones(3), activation="prelu")),
    (ShapeError, "conv_transpose2d: x has 3 channels but w expects 4 (w is (4, 3, 3, 2))", lambda: F.conv_transpose2d(X, W)),
    (ShapeError, "conv_transpose2d: b is (4,); needed (3,), one per output channel", lambda: F.conv_transpose2d(BACK, W, B)),
    (ShapeError, "conv_transpose1d: x is (2, 4, 6, 5); needed (n, c, l)", lambda: F.conv_transpose1d(BACK, FILTER)),
    (ShapeError, "conv_transpose1d: x is (1,) and padding is 4: the result would be (-5,)", lambda: F.conv_transpose1d(ones(2, 4, 1), FILTER, padding=4)),
    (ShapeError, "conv_transpose1d: x is (0,) and padding is 0: the result would be", lambda: F.conv_transpose1d(ones(2, 4, 0), FILTER)),
    (ShapeError, "conv2d_max_pool: the convolution leaves (4, 4) and pool is 5; needed a window that fits in", lambda: F.conv2d_max_pool(X, W, pool=5)),
    (ShapeError, "conv2d_max_pool: x has 4 channels but w expects 3", lambda: F.conv2d_max_pool(BACK, W)),
]

KINDS: list[Row] = [
    (DtypeError, "conv2d: x is float32 but w is float64; needed one dtype; try w.astype('float32')", lambda: F.conv2d(X, W.astype("f8"))),
    (DtypeError, "conv2d: x is float32 but b is float64; needed one dtype", lambda: F.conv2d(X, W, B.astype("f8"))),
    (DtypeError, "conv2d: x is uint8; needed float32 or float64; try x.astype('float32')", lambda: F.conv2d(X.astype("u1"), W)),
    (DtypeError, "conv1d: w is complex64; needed float32 or float64", lambda: F.conv1d(LINE, FILTER.astype("c8"))),
    (DtypeError, "conv2d: x is NoneType; needed an array or a Tensor", lambda: F.conv2d(None, W)),
    (DtypeError, "conv2d: w is NoneType; needed an array or a Tensor", lambda: F.conv2d(X, None)),
    (DtypeError, "conv_transpose2d: x is float32 but w is float64", lambda: F.conv_transpose2d(BACK, W.astype("f8"))),
    (DtypeError, "conv_transpose1d: w is NoneType; needed an array", lambda: F.conv_transpose1d(LINE, None)),
    (DtypeError, "conv2d_max_pool: x is int64; needed float32 or float64", lambda: F.conv2d_max_pool(X.astype(int), W)),
]

OPTIONS: list[Row] = [
    (ArgumentError, "conv2d: padding is -1; needed an integer >= 0 or a tuple of 2", lambda: F.conv2d(X, W, padding=-1)),
    (ArgumentError, "conv2d: padding is (1, -2); needed an integer >= 0", lambda: F.conv2d(X, W, padding=(1, -2))),
    (ArgumentError, "conv2d: padding is (1, 2, 3); needed an integer >= 0 or a tuple of 2", lambda: F.conv2d(X, W, padding=(1, 2, 3))),
    (ArgumentError, "conv2d: padding is ((1, 2),); needed 2 pairs (before, after)", lambda: F.conv2d(X, W, padding=((1, 2),))),
    (ArgumentError, "conv2d: padding is (1, 2, 3); needed", lambda: F.conv2d(X, W, padding=((1, 2, 3), (1, 2)))),
    (ArgumentError, "conv2d: padding is 'full'; needed one of same, valid", lambda: F.conv2d(X, W, padding="full")),
    (ArgumentError, "conv2d: padding is 'same' and stride is 2; needed stride 1", lambda: F.conv2d(X, W, padding="same", stride=2)),
    (ArgumentError, "conv2d: padding is None; needed an integer >= 0", lambda: F.conv2d(X, W, padding=None)),
    (ArgumentError, "conv1d: padding is 1.0; needed an integer >= 0", lambda: F.conv1d(LINE, FILTER, padding=1.0)),
    (ArgumentError, "conv2d: stride is 0; needed an integer >= 1 or a tuple of 2", lambda: F.conv2d(X, W, stride=0)),
    (ArgumentError, "conv2d: stride is (1, 0); needed", lambda: F.conv2d(X, W, stride=(1, 0))),
    (ArgumentError, "conv2d: stride is True; needed an integer", lambda: F.conv2d(X, W, stride=True)),
    (ArgumentError, "conv1d: stride is (1, 1); needed an integer >= 1", lambda: F.conv1d(LINE, FILTER, stride=(1, 1))),
    (ArgumentError, f"conv2d: stride is {2**70}; needed", lambda: F.conv2d(X, W, stride=2**70)),
    (ArgumentError, "conv2d: dilation is -1; needed an integer >= 1", lambda: F.conv2d(X, W, dilation=-1)),
    (ArgumentError, "conv2d: dilation is nan; needed an integer >= 1", lambda: F.conv2d(X, W, dilation=NAN)),
    (ArgumentError, "conv2d: groups is 0; needed an integer >= 1", lambda: F.conv2d(X, W, groups=0)),
    (ArgumentError, "conv2d: groups is 3 and w is (4, 3, 3, 2); needed a divisor of 4", lambda: F.conv2d(X, W, groups=3)),
    (ArgumentError, "conv2d: groups is -1; needed an integer >= 1", lambda: F.conv2d(X, W, groups=-1)),
    (ArgumentError, "conv2d: groups is 1.0; needed an integer", lambda: F.conv2d(X, W, groups=1.0)),
    (ArgumentError, "conv2d: flip is 1; needed True or False", lambda: F.conv2d(X, W, flip=1)),
    (ArgumentError, "conv2d: activation is 'cube'; needed one of identity, relu", lambda: F.conv2d(X, W, activation="cube")),
    (ArgumentError, "conv2d: alpha is -1; needed a number in 0", lambda: F.conv2d(X, W, activation="leaky_relu", alpha=-1)),
    (ArgumentError, "conv1d: got a slope with activation='relu'; only prelu has one", lambda: F.conv1d(LINE, FILTER, B, ones(1), activation="relu")),
    (ArgumentError, "conv_transpose2d: output_padding is 1, stride 1 and dilation 1; needed less than the stride or than the dilation", lambda: F.conv_transpose2d(BACK, W, output_padding=1)),
    (ArgumentError, "conv_transpose2d: output_padding is (1, 2), stride 1 and dilation 2; needed less", lambda: F.conv_transpose2d(BACK, W, output_padding=(1, 2), dilation=2)),
    (ArgumentError, "conv_transpose2d: output_padding is -1; needed an integer >= 0", lambda: F.conv_transpose2d(BACK, W, output_padding=-1)),
    (ArgumentError, "conv_transpose2d: padding is 'same'; needed integers", lambda: F.conv_transpose2d(BACK, W, padding="same")),
    (ArgumentError, "conv_transpose2d: groups is 3 and w is (4, 3, 3, 2)", lambda: F.conv_transpose2d(BACK, W, groups=3)),
    (ArgumentError, "conv2d_max_pool: activation is 'gelu'; needed one of identity, relu, leaky_relu, sigmoid, tanh", lambda: F.conv2d_max_pool(X, W, activation="gelu")),
    (ArgumentError, "conv2d_max_pool: pool is 0; needed an integer >= 1 or a tuple of 2", lambda: F.conv2d_max_pool(X, W, pool=0)),
    (ArgumentError, "conv2d_max_pool: pool is (17, 16); needed at most 256 places", lambda: F.conv2d_max_pool(ones(1, 1, 40, 40), ones(1, 1, 1, 1), pool=(17, 16))),
]

LAYERS: list[Row] = [
    (ArgumentError, "Conv2d: in_channels is 0; needed an integer >= 1", lambda: nn.Conv2d(0, 4, 3)),
    (ArgumentError, "Conv2d: out_channels is 4.0; needed an integer >= 1", lambda: nn.Conv2d(3, 4.0, 3)),  # type: ignore[arg-type]
    (ArgumentError, "Conv2d: kernel_size is (3, 3, 3); needed an integer >= 1 or a tuple of 2", lambda: nn.Conv2d(3, 4, (3, 3, 3))),
    (ArgumentError, "Conv2d: kernel_size is 0; needed", lambda: nn.Conv2d(3, 4, 0)),
    (ArgumentError, "Conv1d: kernel_size is 'x'; needed an integer", lambda: nn.Conv1d(3, 4, "x")),
    (ArgumentError, "Conv2d: groups is 2; needed a divisor of in_channels, 3, and of out_channels, 4", lambda: nn.Conv2d(3, 4, 3, groups=2)),
    (ArgumentError, "Conv2d: groups is 0; needed an integer >= 1", lambda: nn.Conv2d(3, 4, 3, groups=0)),
    (ArgumentError, "Conv2d: padding is -1; needed", lambda: nn.Conv2d(3, 4, 3, padding=-1)),
    (ArgumentError, "Conv2d: padding is 'same' and stride is 2", lambda: nn.Conv2d(3, 4, 3, 2, "same")),
    (ArgumentError, "Conv1d: stride is 0; needed", lambda: nn.Conv1d(3, 4, 3, 0)),
    (ArgumentError, "Conv2d: activation is 'rely'; needed one of", lambda: nn.Conv2d(3, 4, 3, activation="rely")),
    (ArgumentError, "ConvTranspose2d: padding is 'same'; needed integers", lambda: nn.ConvTranspose2d(3, 4, 3, padding="same")),
    (ArgumentError, "ConvTranspose1d: output_padding is -1; needed", lambda: nn.ConvTranspose1d(3, 4, 3, output_padding=-1)),
    (ShapeError, "x has 6 channels but w expects 3 (w is (4, 3, 3, 3)); try x.transpose(0, 3, 1, 2)", lambda: nn.Conv2d(3, 4, 3)(ones(2, 6, 5, 3))),
]
# fmt: on


@each_row([*SHAPES, *KINDS, *OPTIONS, *LAYERS])
def test_it_is_refused_with_a_sentence(error: type[Exception], message: str, call: Callable[[], Any]) -> None:
    assert_refused(error, message, call)


@each_row([*SHAPES, *KINDS])
def test_tensors_are_refused_in_the_same_words(
    error: type[Exception], message: str, call: Callable[[], Any]
) -> None:
    """On the rung without any checks of its own, too: they all stand before the kernel."""
    with tn.use_backend("numpy"):
        assert_refused(error, message, call)


def test_an_empty_batch_is_no_mistake() -> None:
    for y in (F.conv2d(X[:0], W, B), F.conv2d_max_pool(X[:0], W, B)):
        assert y.shape[:2] == (0, 4)
    assert F.conv_transpose2d(BACK[:0], W).shape == (0, 3, 8, 6)
    assert np.array_equal(F.conv1d(LINE[:0], FILTER), ones(0, 4, 4))
